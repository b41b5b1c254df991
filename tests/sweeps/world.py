"""A company with a row of every kind, all of them bearing its mark: what no stranger may see."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from cse_portal import clock
from cse_portal.models import Company, Draft, Receipt
from home.models import Restore
from notices.models import AccountLetter, Event, Message
from proxies.flows import CreateProxy
from proxies.models import Assignment, Proxy
from registrations.models import Ministry, Registration, Service
from sandbox.models import SimulatedEmail
from tests import factories as make
from tests.samples import SAMPLES, Sample
from tests.sweeps.visits import Sweeper
from users.models import User


@dataclass(frozen=True)
class Ministries:
    """The departments and agencies that all companies share."""

    active: Ministry
    pending: Ministry
    refused: Ministry
    free: Ministry
    internal_only: Ministry
    left: Ministry
    full: Service
    ticked: Service
    operator: Service
    verifier: Service

    @classmethod
    def make(cls) -> "Ministries":
        active, pending, refused, free, left = (make.a_ministry() for _one in range(5))
        internal_only = make.a_ministry(takes_external_proxies=False)
        for ministry in (free, refused):
            make.a_question(ministry=ministry, code="words")
            make.a_question(ministry=ministry, code="number", digits=6)
        make.a_service(ministry=internal_only)
        return cls(
            active=active,
            pending=pending,
            refused=refused,
            free=free,
            internal_only=internal_only,
            left=left,
            full=make.a_service(ministry=active),
            ticked=make.a_service(ministry=active),
            operator=make.an_operator_service(ministry=active),
            verifier=make.a_verifier_service(ministry=active),
        )


@dataclass(frozen=True, eq=False)
class World:
    """One company, its people, its partners, and a draft and a receipt of every procedure.

    What stands in the singular is one of those in the plural: a larger world has more of them.
    """

    mark: str
    ministries: Ministries
    company: Company
    esm: User
    colleague: User
    user: User
    newcomer: User
    suspended: User
    agent: Company
    agent_esm: User
    client: Company
    pending: Registration
    decided: Registration
    refused: Registration
    internal: Proxy
    external: Proxy
    received: Proxy
    other: Proxy
    ending: Proxy
    assignment: Assignment
    event: Event
    message: Message
    letter: AccountLetter
    email: SimulatedEmail
    #: who hold the internal proxy, and who hold none
    holders: list[User]
    newcomers: list[User]
    #: proxies that end soon, and the services that a new proxy opens, each at another ministry
    endings: list[Proxy]
    granted: list[Service]
    #: by the name of their sample
    drafts: dict[str, Draft] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)

    def row_of(self, model: str) -> Any:
        """The row that an officer opens in the admin."""
        return {
            "cse_portal_company": self.company,
            "cse_portal_receipt": self.receipts[CreateProxy.slug],
            "users_user": self.user,
            "registrations_ministry": self.ministries.active,
            "registrations_service": self.ministries.full,
            "registrations_registration": self.pending,
            "proxies_proxy": self.external,
            "proxies_assignment": self.assignment,
            "notices_event": self.event,
            "notices_message": self.message,
            "notices_accountletter": self.letter,
            "auth_group": Group.objects.get(),
            "home_restore": Restore.objects.get(),
        }[model]

    def fill_in(self, sample: Sample, groups: list[dict[str, Any]] | None = None) -> None:
        """A draft of the procedure that is all filled in, and a receipt of it."""
        flow, subject = sample.flow.slug, sample.key(self)
        answers = sample.lists(self)
        self.drafts[sample.name] = make.a_draft(
            author=self.esm, flow=flow, subject=subject, answers=answers
        )
        rows = [{"label": "Nom", "values": [self.mark]}]
        self.receipts[sample.name] = make.a_receipt(
            transmitted_by=self.esm,
            flow=flow,
            subject=subject or str(self.newcomer.pk),
            outcome=f"Fait pour {self.mark}.",
            groups=groups or [{"title": f"Groupe {self.mark}", "rows": rows}],
            consequences=[f"Conséquence {self.mark}"],
        )


def a_world(
    mark: str, ministries: Ministries, *, samples: Iterable[Sample] = SAMPLES.values()
) -> World:
    """Build it; `mark` is a word of capitals and small letters that stands nowhere else."""

    def person(n: int, company: Company, **fields: Any) -> User:
        usual = {
            "user_code": f"{mark.upper()}{n}",
            "family_name": f"{mark}-Gagné",
            "first_name": mark,
            "email": f"p{n}@{mark.lower()}.example",
            "password": make_password(None),
        }
        return make.a_user(company=company, **usual | fields)

    company = make.a_company(name=f"Aciérie {mark} inc.")
    agent = make.a_company(name=f"Conseils {mark} inc.")
    client = make.a_company(name=f"Cimenterie {mark} inc.")
    esm = person(1, company, role=User.Role.ESM)
    colleague = person(2, company, role=User.Role.ESM)
    user, newcomer = person(3, company), person(4, company)
    suspended = person(7, company, is_active=False)
    agent_esm = person(5, agent, role=User.Role.ESM)
    client_esm = person(6, client, role=User.Role.ESM)

    decided = make.an_active_registration(
        company=company, ministry=ministries.active, requested_by=esm
    )
    answers = [{"question": "words", "answer": f"Réponse {mark}"}]
    pending = make.a_registration(
        company=company, ministry=ministries.pending, requested_by=esm, answers=answers
    )
    make.a_deactivated_registration(company=company, ministry=ministries.left, requested_by=esm)
    refused = make.a_refused_registration(
        company=company,
        ministry=ministries.refused,
        requested_by=esm,
        reason_fr=f"Motif {mark}",
        reason_en=f"Reason {mark}",
    )
    internal = make.a_proxy(given_by=esm, description=f"Interne {mark}")
    make.an_access_right(proxy=internal, services=[ministries.operator, ministries.ticked])
    other = make.a_proxy(given_by=esm, description=f"Autre {mark}")
    ending = make.a_proxy(
        given_by=esm, description=f"Bientôt {mark}", ends_on=clock.today() + timedelta(days=20)
    )
    external = make.a_proxy(given_by=esm, agent=agent, description=f"Externe {mark}")
    make.an_access_right(proxy=external, services=[ministries.verifier])
    received = make.a_proxy(given_by=client_esm, agent=company, description=f"Reçue {mark}")
    make.an_access_right(proxy=received, ministry=ministries.active)
    assignment = make.an_assignment(proxy=internal, user=user, assigned_by=esm)
    make.an_assignment(proxy=received, user=user, assigned_by=esm)

    world = World(
        mark=mark,
        ministries=ministries,
        company=company,
        esm=esm,
        colleague=colleague,
        user=user,
        newcomer=newcomer,
        suspended=suspended,
        agent=agent,
        agent_esm=agent_esm,
        client=client,
        pending=pending,
        decided=decided,
        refused=refused,
        internal=internal,
        external=external,
        received=received,
        other=other,
        ending=ending,
        assignment=assignment,
        event=make.an_event(
            company=company, by=esm, facts={"name": f"{mark} Gagné", "code": f"{mark.upper()}9"}
        ),
        message=make.a_message(
            user=esm,
            facts={"proxy": f"Lue {mark}", "mandator": mark, "ends_on": "2027-01-31"},
        ),
        letter=make.an_account_letter(user=esm),
        email=SimulatedEmail.objects.create(
            to=esm.email, subject=f"Objet {mark}", body=f"Corps {mark}", html=f"<p>{mark}</p>"
        ),
        holders=[user],
        newcomers=[newcomer],
        endings=[ending],
        granted=[ministries.ticked],
    )
    for sample in samples:
        world.fill_in(sample)
    return world


@dataclass(frozen=True)
class Worlds:
    """Two companies with nothing in common but the ministries, and an officer of those."""

    theirs: World
    mine: World
    officer: User
    #: key of an open session, by person
    sessions: dict[int, str]

    @classmethod
    def make(cls) -> "Worlds":
        Group.objects.create(name="Agents")
        make.a_restore()
        ministries = Ministries.make()
        theirs, mine = a_world("Zyxowvut", ministries), a_world("Quorndle", ministries)
        officer = make.an_officer()
        people = [
            *(theirs.esm, theirs.colleague, theirs.user, theirs.agent_esm),
            *(mine.esm, mine.user, mine.agent_esm, officer),
        ]
        sessions = {one.pk: Sweeper().sign_in(one).cookies["sessionid"].value for one in people}
        return cls(theirs, mine, officer, sessions)

    def visitor(self, person: User, **options: Any) -> Sweeper:
        """A browser in which that person is signed in."""
        return Sweeper(**options).with_session(self.sessions[person.pk])
