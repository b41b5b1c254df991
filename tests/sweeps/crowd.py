"""A company of many rows, written in bulk: validating each of them would take minutes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Company, Draft
from notices.actions import record
from notices.kinds import EventKind, MessageKind
from notices.models import Message
from proxies.models import AccessRight, Assignment, Proxy, TickedService
from proxies.terms import last_allowed_day
from registrations.models import Ministry, Registration, Service
from sandbox.models import SimulatedEmail
from tests import factories as make
from tests.sweeps.visits import Sweeper
from users.models import EmailChange, User

RIGHTS_OF_A_PROXY = 5


@dataclass(frozen=True)
class Crowd:
    """One company, its people, and the addresses that they open."""

    esm: User
    user: User
    agent_esm: User
    officer: User
    pages: dict[str, dict[str, str]]

    def visitors(self) -> dict[str, Sweeper]:
        people = {
            "esm": self.esm,
            "user": self.user,
            "agent_esm": self.agent_esm,
            "officer": self.officer,
        }
        return {role: Sweeper().sign_in(person) for role, person in people.items()}


def a_crowd(times: int) -> Crowd:
    """`times` 30 users, 30 proxies given and received, 6 registrations, and all that follows."""
    with across_companies(because="tests arrange every company"):
        return _Builder(times).build()


class _Builder:
    def __init__(self, times: int) -> None:
        self.times = times
        self.many = 30 * times
        self.today = clock.today()
        self.last = last_allowed_day(self.today)

    def build(self) -> Crowd:
        self.ministries = self.make_ministries(6 * self.times)
        self.free, self.left = make.a_ministry(), make.a_ministry()
        for n in range(self.times):
            make.a_question(ministry=self.free, code=f"q{n}")
        self.company, self.agent = make.a_company(), make.a_company()
        self.esm, self.people = self.make_people(self.company)
        self.agent_esm, self.agents_people = self.make_people(self.agent)
        self.register(self.company, self.ministries)
        make.a_deactivated_registration(company=self.company, ministry=self.left)
        self.internal = self.give(self.esm)
        self.external = self.give(self.esm, agent=self.agent)
        self.received = self.receive()
        self.assign(self.internal[0], self.people[: self.many // 2], self.esm)
        self.assign(self.external[0], self.agents_people[: self.many // 2], self.agent_esm)
        # a user who holds a proxy of each client
        for proxy in self.received:
            self.assign(proxy, [self.people[0], self.esm], self.esm)
        SimulatedEmail.objects.bulk_create(
            SimulatedEmail(to=self.esm.email, subject=f"Objet {n}", body="Corps")
            for n in range(self.many)
        )
        pages = self.pages()
        return Crowd(self.esm, self.people[0], self.agent_esm, make.an_officer(), pages)

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

    def make_people(self, company: Company) -> tuple[User, list[User]]:
        esm = make.an_esm(company=company)
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
        return esm, User.objects.bulk_create(people)

    def register(self, company: Company, ministries: list[Ministry]) -> None:
        made = [
            Registration(
                company=company,
                ministry=ministry,
                status=Registration.Status.ACTIVE,
                decided_at=clock.now(),
                requested_by=self.esm,
            )
            for ministry in ministries
        ]
        for one in Registration.objects.bulk_create(made):
            self.registrations = getattr(self, "registrations", {}) | {
                (company.pk, one.ministry_id): one
            }

    def give(self, by: User, agent: Company | None = None, count: int | None = None) -> list[Proxy]:
        proxies = [
            Proxy(
                mandator=by.company,
                agent=agent,
                term_starts_on=self.today,
                ends_on=self.last,
                description=f"Procuration {n}",
                given_by=by,
            )
            for n in range(self.many if count is None else count)
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
            for ministry in self.ministries[:RIGHTS_OF_A_PROXY]
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

    def receive(self) -> list[Proxy]:
        """Proxies from as many clients."""
        proxies = []
        for _client in range(self.many):
            client = make.a_company()
            esm = User(
                company=client,
                user_code=f"K{client.pk:06}",
                role=User.Role.ESM,
                family_name="Roy",
                first_name="Alex",
                email="alex@client.example",
            )
            esm.save()
            self.register(client, self.ministries[:RIGHTS_OF_A_PROXY])
            proxies += self.give(esm, agent=self.company, count=1)
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

    # --- the pages, of every procedure with a draft that is all filled in -------------------------

    def pages(self) -> dict[str, dict[str, str]]:
        mine = self.esm
        esm = {
            name: reverse(name)
            for name in ("home", "registrations:list", "users:files", "proxies:list")
        }
        esm["proxies:list, page 2"] = f"{esm['proxies:list']}?page=2&received=2"
        esm["users:files, page 2"] = f"{esm['users:files']}?page=2"
        esm["users:files, found"] = f"{esm['users:files']}?q=roy+alex"
        esm["sandbox:mailbox"] = reverse("sandbox:mailbox")
        esm["sandbox:answer"] = reverse("sandbox:answer", kwargs={"registration": self.pending()})
        esm |= self.of_flow(mine, "create-user-file", "", {"user": PERSON}, "user")
        register = {
            "information": {f"q{n}": ["Mots"] for n in range(self.times)},
            "consent": {"consents": ["on"]},
        }
        code = self.free.code
        esm |= self.of_flow(mine, "register", code, register, "information", "consent")
        esm |= self.of_flow(mine, "create-proxy", "", self.terms(kind=["internal"]), "proxy")
        to_agent = {"kind": ["external"], "agent_number": [self.agent.identification_number]}
        external = self.of_flow(mine, "create-proxy", "", self.terms(**to_agent), "proxy")
        esm |= {f"{name}, external": where for name, where in external.items()}
        given = self.external[1]
        esm |= self.of_flow(mine, "change-proxy", str(given.pk), self.terms(), "proxy")
        held = self.internal[0]
        esm |= self.assigning(mine, held, self.people[-5:])
        received = self.assigning(mine, self.received[1], self.people[-5:])
        esm |= {f"{name}, received": where for name, where in received.items()}
        esm |= self.life_of_a_proxy(mine, held)
        esm["open_service"] = self.service(self.company)
        esm |= self.access(self.people[0])
        names = ("profile", "sessions", "contact", "change_password", "new_email", "email_code")
        for name in (
            *(f"users:{one}" for one in names),
            "users:session",
            "notices:messages",
            "notices:history",
            "notices:history_file",
        ):
            esm[name] = reverse(name)
        first = Message.objects.filter(user=mine).earliest("pk")
        esm["notices:message"] = reverse("notices:message", kwargs={"pk": first.pk})
        user = {
            "notices:messages": reverse("notices:messages"),
            "users:session": reverse("users:session"),
            "users:profile": reverse("users:profile"),
            "home": reverse("home"),
            "open_service": self.service(self.company),
            "open_service, of a client": self.service(self.received[0].mandator),
        }
        agent = {"home": reverse("home"), "proxies:list": reverse("proxies:list")}
        agent |= self.assigning(self.agent_esm, self.external[0], self.agents_people[-5:])
        agent["open_service"] = self.service(self.company)
        return {"esm": esm, "user": user, "agent_esm": agent, "officer": self.change_lists()}

    def life_of_a_proxy(self, esm: User, held: Proxy) -> dict[str, str]:
        """What is done to proxies given: `held` is the one that many users hold."""
        for n in range(self.many):
            record(
                EventKind.PROXY_CHANGED,
                company=self.company,
                by=esm,
                about=f"proxy:{held.pk}",
                proxy=f"Procuration {n}",
                ends_on=self.last,
            )
        Message.objects.bulk_create(
            Message(company=self.company, user=person, kind=MessageKind.ASSIGNED, facts=FACTS)
            for person in (esm, self.people[0])
            for _one in range(self.many)
        )
        EmailChange.objects.create(
            user=esm,
            new_email="neuve@entreprise.example",
            name="0",
            digest="0",
            expires_at=clock.now() + timedelta(minutes=40),
        )
        pages = {"proxies:one_user": reverse("proxies:one_user")}
        pages["registrations:deactivation"] = reverse("registrations:deactivation")
        for label, proxy in (
            ("", held),
            (", given", self.external[0]),
            (", received", self.received[0]),
        ):
            address = reverse("proxies:proxy", kwargs={"proxy": proxy.pk})
            pages[f"proxies:proxy{label}"] = address
        holder = self.people[1]
        kwargs = {"person": holder.pk}
        pages["proxies:present_proxy"] = reverse("proxies:present_proxy", kwargs=kwargs)
        ends = {"ends_on": [self.last.isoformat()]}
        with_users = {"users": {"users": [str(one.pk) for one in self.people[:5]]}}
        copy = self.terms(kind=["internal"], agent_number=[""]) | with_users
        soon = Proxy.objects.create(
            mandator=self.company, given_by=esm, description="Bientôt", ends_on=self.today
        )
        assignment = Assignment.objects.get(proxy=held, user=holder)
        ticked = {
            "proxies": {"proxies": [str(soon.pk), *(str(one.pk) for one in self.internal)], **ends}
        }
        moved = {"proxy": {"proxy": [str(self.internal[1].pk)]}}
        nothing: dict[str, Any] = {"proxy": {}}
        pages["users:file"] = reverse("users:file", kwargs={"person": holder.pk})
        out = make.a_user(company=self.company, is_active=False)
        key, free = str(held.pk), str(self.people[-1].pk)
        for flow, subject, answers, *names in (
            ("edit-user-file", free, {"user": PERSON}, "user"),
            ("suspend-user-file", free, {"file": {}}, "file"),
            ("reactivate-user-file", str(out.pk), {"file": {}}, "file"),
            ("reset-password", free, {"file": {}}, "file"),
            ("copy-proxy", key, copy, "proxy", "users"),
            ("grant-rights", free, self.terms(), "proxy"),
            ("renew-proxies", "", ticked, "proxies"),
            ("remove-proxy", key, with_users, "users"),
            ("move-user", str(assignment.pk), moved, "proxy"),
            ("extend-proxy", str(soon.pk), {"end-date": ends}, "end-date"),
            ("revoke-proxy", key, nothing, "proxy"),
            (
                "deactivate-registration",
                self.ministries[0].code,
                {"registration": {}},
                "registration",
            ),
            (
                "reactivate-registration",
                self.left.code,
                {"consent": {"consents": ["on"]}},
                "consent",
            ),
            ("renounce-proxy", str(self.received[0].pk), nothing, "proxy"),
        ):
            pages |= self.of_flow(esm, flow, subject, answers, *names)
        return pages

    def service(self, mandator: Company) -> str:
        kwargs = {
            "service": self.services[self.ministries[0].pk].code,
            "mandator": mandator.identification_number,
        }
        return reverse("open_service", kwargs=kwargs)

    def access(self, person: User) -> dict[str, str]:
        """Of the user who holds a proxy of each client."""
        whole = reverse("access_of", kwargs={"person": person.pk})

        def chain(mandator: Company) -> str:
            service, number = self.services[self.ministries[0].pk], mandator.identification_number
            kwargs = {"person": person.pk, "service": service.code, "mandator": number}
            return reverse("access_chain", kwargs=kwargs)

        return {
            "access_of": whole,
            "access_of, page 2": f"{whole}?page=2",
            "access_chain": chain(self.company),
            "access_chain, of a client": chain(self.received[0].mandator),
        }

    def pending(self) -> int:
        return make.a_registration(company=self.company, ministry=make.a_ministry()).pk

    def terms(self, **more: list[str]) -> dict[str, Any]:
        rights = {
            f"rights.{ministry.code}": {
                "scope": ["restricted"],
                "services": [self.services[ministry.pk].code],
            }
            for ministry in self.ministries[:RIGHTS_OF_A_PROXY]
        }
        earlier = (self.last - timedelta(days=1)).isoformat()
        return {"proxy": {"ends_on": [earlier], "description": ["Mots"], **more}, **rights}

    def assigning(self, esm: User, proxy: Proxy, users: list[User]) -> dict[str, str]:
        answers = {"proxy": {}, "users": {"users": [str(user.pk) for user in users]}}
        return self.of_flow(esm, "assign-proxy", str(proxy.pk), answers, "proxy", "users")

    def of_flow(
        self, author: User, flow: str, subject: str, answers: dict[str, Any], *pages: str
    ) -> dict[str, str]:
        """Every page of a procedure: the empty one, those of a draft, and the receipt."""
        draft = Draft.objects.create(
            company=author.company, author=author, flow=flow, subject=subject, answers=answers
        )
        rows = [
            {"label": f"Question {n}", "values": [f"Réponse {m}" for m in range(self.times)]}
            for n in range(self.many)
        ]
        receipt = make.a_receipt(
            transmitted_by=author, flow=flow, subject=subject, groups=[{"title": "R", "rows": rows}]
        )
        about = {"subject": subject} if subject else {}
        at = about | {"draft": draft.pk}
        found = {f"{flow}-start": reverse(f"{flow}-start", kwargs=about)}
        for page in (*pages, "check"):
            found[f"{flow}-{page}"] = reverse(f"{flow}-{page}", kwargs=at)
        if any(name.startswith("rights.") for name in answers):
            key = self.ministries[0].code
            found[f"{flow}-rights"] = reverse(f"{flow}-rights", kwargs=at | {"key": key})
        kwargs = about | {"draft": receipt.pk}
        found[f"{flow}-receipt"] = reverse(f"{flow}-receipt", kwargs=kwargs)
        return found

    def change_lists(self) -> dict[str, str]:
        models = (
            *("cse_portal_company", "cse_portal_receipt", "users_user", "auth_group"),
            *("registrations_ministry", "registrations_service", "registrations_registration"),
            *("proxies_proxy", "proxies_assignment", "notices_event"),
        )
        return {f"admin:{model}": reverse(f"admin:{model}_changelist") for model in models}


FACTS = {"proxy": "IQEA", "mandator": "Aciérie", "ends_on": "2027-01-31"}
PERSON = {
    "family_name": ["Roy"],
    "first_name": ["Alex"],
    "email": ["alex@entreprise.example"],
    "telephone": ["418 555-0142"],
    "language": ["fr"],
    "role": ["user"],
}
