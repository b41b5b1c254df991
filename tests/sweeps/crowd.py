"""A company of many rows, written in bulk: validating each of them would take minutes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Company
from notices.actions import record
from notices.models import Message
from proxies.flows import AssignProxy
from proxies.happenings import PROXY_CHANGED
from proxies.models import AccessRight, Assignment, Proxy, TickedService
from proxies.terms import last_allowed_day
from registrations.models import Ministry, Registration, Service
from sandbox.models import SimulatedEmail
from tests import factories as make
from tests.samples import OTHERS, SAMPLES, Sample
from tests.sweeps.addresses import (
    Arguments,
    Known,
    Who,
    address,
    address_with,
    cases,
    of_sample,
    shows,
)
from tests.sweeps.visits import Sweeper
from tests.sweeps.world import Ministries, World, a_world
from users.models import EmailChange, User

RIGHTS_OF_A_PROXY = 5
A_FEW = 5


@dataclass(frozen=True)
class Crowd:
    """One company, its people, and its agent's, by what each of them opens."""

    world: World
    #: the same as its agent sees it: the external proxy is in the agent's hands
    agents: World
    officer: User

    def visitors(self) -> dict[str, Sweeper]:
        people = {
            "esm": self.world.esm,
            "user": self.world.user,
            "agent_esm": self.world.agent_esm,
            "officer": self.officer,
        }
        return {role: Sweeper().sign_in(person) for role, person in people.items()}


def a_crowd(times: int) -> Crowd:
    """`times` 30 users, 30 proxies given and received, 6 registrations, and all that follows."""
    Group.objects.create(name="Agents")
    make.a_restore()
    world = a_world("Zyxowvut", Ministries.make(), samples=[])
    with across_companies(because="tests arrange every company"):
        return _Builder(world, times).build()


def count_the_rows() -> None:
    """Tell the planner of the many rows, as autovacuum does: plans made for a few are forgotten."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_user)")
        (role,) = cursor.fetchone()
        cursor.execute(f"RESET ROLE; ANALYZE; SET ROLE {role}")


class _Builder:
    def __init__(self, world: World, times: int) -> None:
        self.world = world
        self.times = times
        self.many = 30 * times
        self.today = clock.today()
        self.last = last_allowed_day(self.today)
        self.registrations: dict[tuple[int, int], Registration] = {}

    def build(self) -> Crowd:
        world, esm = self.world, self.world.esm
        self.ministries = self.make_ministries(6 * self.times)
        for n in range(self.times):
            make.a_question(ministry=world.ministries.free, code=f"q{n}")
        people, agents_people = (self.make_people(one) for one in (world.company, world.agent))
        self.register(world.company, self.ministries)
        internal = self.give(esm, count=self.many)
        self.give(esm, agent=world.agent, count=self.many)
        self.grant([world.internal, world.external])
        self.open_one_more_service()
        received = [world.received, *self.receive()]
        self.assign(world.internal, people[: self.many // 2], esm)
        self.assign(world.external, agents_people[: self.many // 2], world.agent_esm)
        self.assign(world.received, [esm], esm)
        for proxy in received[1:]:  # a user who holds a proxy of each client
            self.assign(proxy, [world.user, esm], esm)
        self.tell_of_it()
        larger = replace(
            world,
            holders=[world.user, *people[: A_FEW - 1]],
            newcomers=people[-A_FEW:],
            endings=[world.ending, *internal],
            granted=[*world.granted, *(self.services[one.pk] for one in self.some_ministries[1:])],
            drafts={},
            receipts={},
        )
        agents = replace(
            larger,
            company=world.agent,
            esm=world.agent_esm,
            internal=world.external,
            newcomers=agents_people[-A_FEW:],
            drafts={},
            receipts={},
        )
        for sample in (*SAMPLES.values(), *OTHERS):
            larger.fill_in(sample, groups=self.long_groups())
        agents.fill_in(SAMPLES[AssignProxy.slug], groups=self.long_groups())
        count_the_rows()
        return Crowd(larger, agents, make.an_officer())

    @property
    def some_ministries(self) -> list[Ministry]:
        return self.ministries[:RIGHTS_OF_A_PROXY]

    def make_ministries(self, count: int) -> list[Ministry]:
        made = [make.a_ministry() for _one in range(count)]
        services = [
            Service(
                ministry=ministry,
                code=f"{ministry.code}-s{n}",
                name_fr=f"Service {n}",
                name_en=f"Service {n}",
            )
            for ministry in made
            for n in range(2 * self.times)
        ]
        Service.objects.bulk_create(services)
        self.services = {one.ministry_id: one for one in services}
        return made

    def make_people(self, company: Company) -> list[User]:
        people = [
            User(
                company=company,
                user_code=f"C{company.pk:05}{n:05}"[:12],
                family_name=f"Roy-{chr(65 + n % 26)}",
                first_name="Alex",
                email=f"alex{n}@entreprise.example",
            )
            for n in range(self.many)
        ]
        return User.objects.bulk_create(people)

    def register(self, company: Company, ministries: list[Ministry]) -> None:
        made = [
            Registration(
                company=company,
                ministry=ministry,
                status=Registration.Status.ACTIVE,
                decided_at=clock.now(),
                requested_by=self.world.esm,
            )
            for ministry in ministries
        ]
        for one in Registration.objects.bulk_create(made):
            self.registrations[company.pk, one.ministry_id] = one

    def give(self, by: User, *, count: int, agent: Company | None = None) -> list[Proxy]:
        proxies = [
            Proxy(
                mandator=by.company,
                agent=agent,
                term_starts_on=self.today,
                ends_on=self.last - timedelta(days=1),
                description=f"Procuration {n}",
                given_by=by,
            )
            for n in range(count)
        ]
        Proxy.objects.bulk_create(proxies)
        self.grant(proxies)
        return proxies

    def grant(self, proxies: list[Proxy]) -> None:
        rights = [
            AccessRight(
                proxy=proxy,
                mandator_id=proxy.mandator_id,
                ministry=ministry,
                registration=self.registrations[proxy.mandator_id, ministry.pk],
                scope=AccessRight.Scope.RESTRICTED,
            )
            for proxy in proxies
            for ministry in self.some_ministries
        ]
        AccessRight.objects.bulk_create(rights)
        TickedService.objects.bulk_create(
            TickedService(
                access_right=right,
                ministry_id=right.ministry_id,
                service=self.services[right.ministry_id],
            )
            for right in rights
        )

    def open_one_more_service(self) -> None:
        """The e-service that the user of a world opens for the company."""
        right = AccessRight.objects.get(
            proxy=self.world.internal, ministry=self.world.ministries.active
        )
        make.a_ticked_service(access_right=right, service=self.world.ministries.full)

    def receive(self) -> list[Proxy]:
        """Proxies from as many clients."""
        proxies = []
        for n in range(self.many):
            client = make.a_company()
            esm = User(
                company=client,
                role=User.Role.ESM,
                user_code=f"E{client.pk:07}",
                family_name=f"Roy-{chr(65 + n % 26)}",
                first_name="Alex",
                email="alex@client.example",
            )
            esm.save()
            self.register(client, self.some_ministries)
            proxies += self.give(esm, agent=self.world.company, count=1)
        return proxies

    def assign(self, proxy: Proxy, users: list[User], by: User) -> None:
        Assignment.objects.bulk_create(
            Assignment(
                proxy=proxy,
                user=user,
                company=by.company,
                mandator_id=proxy.mandator_id,
                assigned_by=by,
            )
            for user in users
        )

    def tell_of_it(self) -> None:
        """Events of the proxy that many hold, and what people were sent."""
        esm, proxy = self.world.esm, self.world.internal
        for n in range(self.many):
            record(
                PROXY_CHANGED,
                company=self.world.company,
                by=esm,
                about=f"proxy:{proxy.pk}",
                proxy=f"Procuration {n}",
                ends_on=self.last,
            )
        Message.objects.bulk_create(
            Message(company=self.world.company, user=person, kind="assignment.made", facts=FACTS)
            for person in (esm, self.world.user)
            for _one in range(self.many)
        )
        SimulatedEmail.objects.bulk_create(
            SimulatedEmail(to=esm.email, subject=f"Objet {n}", body="Corps")
            for n in range(self.many)
        )
        EmailChange.objects.create(
            user=esm,
            new_email="neuve@entreprise.example",
            name="0",
            digest="0",
            expires_at=clock.now() + timedelta(minutes=40),
        )

    def long_groups(self) -> list[dict[str, Any]]:
        rows = [
            {"label": f"Question {n}", "values": [f"Réponse {m}" for m in range(self.times)]}
            for n in range(self.many)
        ]
        return [{"title": "R", "rows": rows}]


FACTS = {"proxy": "IQEA", "mandator": "Aciérie", "ends_on": "2027-01-31"}

# --- what is opened -------------------------------------------------------------------------------

Pages = dict[str, Callable[[Crowd], str]]
#: one is but a form of two passwords, the other a post
NOT_OPENED = {"users:own_password", "users:access_key"}
#: these lead to another page
LEAD_ELSEWHERE = {"proxies:present_proxy, holds none", "sandbox:answer, decided"}
#: rows of the ESM's own, which a user has none of
OF_THE_ESM = {"notices:message", "users:email_code"}


def known_pages(known: Callable[[str, Known], bool]) -> Pages:
    """Addresses of the register that show a page, by name and case."""

    def open_at(name: str, case: str) -> Callable[[Crowd], str]:
        return lambda crowd: address(name, case, crowd.world)

    found = {
        name if case in {"", "draft", "receipt"} else f"{name}, {case}": open_at(name, case)
        for name, case in cases(known)
        if shows(name, case) and name not in NOT_OPENED
    }
    return {page: where for page, where in found.items() if page not in LEAD_ELSEWHERE}


def pages_of(sample: Sample, *, by: str = "world") -> Pages:
    """The pages of a procedure, as one sample fills them in."""

    def open_at(name: str, arguments: Callable[[World], Arguments]) -> Callable[[Crowd], str]:
        return lambda crowd: address_with(name, arguments(getattr(crowd, by)))

    return {
        f"{name}, {sample.label}" if sample.label else name: open_at(name, arguments)
        for name, each in of_sample(sample).items()
        for case, arguments in each.items()
        if shows(name, case)
    }


def queried(name: str, query: str, case: str = "") -> Callable[[Crowd], str]:
    return lambda crowd: f"{address(name, case, crowd.world)}?{query}"


ESM = known_pages(lambda name, known: known.to in {Who.ESM, Who.PEOPLE})
USER = known_pages(lambda name, known: known.to is Who.PEOPLE and name not in OF_THE_ESM)
AGENT = {name: ESM[name] for name in ("home", "proxies:list")}
OFFICER = known_pages(lambda name, known: known.to is Who.OFFICER and name.endswith("_changelist"))
PAGES: dict[str, Pages] = {
    "esm": {
        **ESM,
        **{page: where for sample in OTHERS for page, where in pages_of(sample).items()},
        "sandbox:mailbox": lambda crowd: address("sandbox:mailbox", "", crowd.world),
        "users:files, page 2": queried("users:files", "page=2"),
        "users:files, found": queried("users:files", "q=roy+alex"),
        "proxies:list, page 2": queried("proxies:list", "page=2&received=2"),
        "access_of, page 2": queried("access_of", "page=2", "own"),
    },
    "user": USER,
    "agent_esm": AGENT | pages_of(SAMPLES[AssignProxy.slug], by="agents"),
    "officer": OFFICER,
}
