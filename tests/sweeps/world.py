"""A company with a row of every kind, all of them bearing its mark: what no stranger may see."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from cse_portal import clock
from cse_portal.models import Company, Draft, Receipt
from notices.models import Event, Message
from proxies.models import Assignment, Proxy
from proxies.terms import last_allowed_day
from registrations.models import Ministry, Registration, Service
from sandbox.models import SimulatedEmail
from tests import factories as make
from tests.sweeps.visits import Sweeper
from users.models import User

CREATE_FILE, REGISTER = "create-user-file", "register"
CREATE_PROXY, CHANGE_PROXY, ASSIGN_PROXY = "create-proxy", "change-proxy", "assign-proxy"
COPY_PROXY, GRANT_RIGHTS, RENEW_PROXIES = "copy-proxy", "grant-rights", "renew-proxies"
REMOVE_PROXY, MOVE_USER, EXTEND_PROXY = "remove-proxy", "move-user", "extend-proxy"
REVOKE_PROXY, RENOUNCE_PROXY = "revoke-proxy", "renounce-proxy"
DEACTIVATE, REACTIVATE = "deactivate-registration", "reactivate-registration"
EDIT_FILE, SUSPEND_FILE = "edit-user-file", "suspend-user-file"
REACTIVATE_FILE, RESET_PASSWORD = "reactivate-user-file", "reset-password"
FLOWS = (
    *(EDIT_FILE, SUSPEND_FILE, REACTIVATE_FILE, RESET_PASSWORD),
    *(CREATE_FILE, REGISTER, CREATE_PROXY, CHANGE_PROXY, ASSIGN_PROXY),
    *(COPY_PROXY, GRANT_RIGHTS, RENEW_PROXIES, REMOVE_PROXY, MOVE_USER, EXTEND_PROXY),
    *(REVOKE_PROXY, RENOUNCE_PROXY, DEACTIVATE, REACTIVATE),
)


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


@dataclass(frozen=True)
class World:
    """One company, its people, its partners, and a draft and a receipt of every procedure."""

    mark: str
    ministries: Ministries
    company: Company
    esm: User
    colleague: User
    user: User
    newcomer: User
    agent: Company
    agent_esm: User
    client: Company
    pending: Registration
    decided: Registration
    refused: Registration
    internal: Proxy
    external: Proxy
    received: Proxy
    assignment: Assignment
    drafts: dict[str, Draft]
    receipts: dict[str, Receipt]
    subjects: dict[str, str]
    event: Event
    message: Message
    email: SimulatedEmail

    def row_of(self, model: str) -> Any:
        """The row that an officer opens in the admin."""
        return {
            "cse_portal_company": self.company,
            "cse_portal_receipt": self.receipts[CREATE_PROXY],
            "users_user": self.user,
            "registrations_ministry": self.ministries.active,
            "registrations_service": self.ministries.full,
            "registrations_registration": self.pending,
            "proxies_proxy": self.external,
            "proxies_assignment": self.assignment,
            "notices_event": self.event,
            "auth_group": Group.objects.get(),
        }[model]

    def subject_of(self, flow: str) -> str:
        """What stands in the addresses of a procedure that is about a row."""
        return self.subjects.get(flow, "")


def a_world(mark: str, ministries: Ministries) -> World:
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

    last = last_allowed_day(clock.today()).isoformat()
    rights = {"scope": ["restricted"], "services": [ministries.ticked.code]}
    terms = {"ends_on": [last], "description": [f"Brouillon {mark}"]}
    code = ministries.active.code
    kept = {
        CREATE_FILE: {
            "user": {
                "family_name": [mark],
                "first_name": [mark],
                "email": [f"brouillon@{mark.lower()}.example"],
                "telephone": ["418 555-0142"],
                "extension": ["42"],
                "language": ["fr"],
                "role": ["user"],
            }
        },
        EDIT_FILE: {
            "user": {
                "family_name": [mark],
                "first_name": [mark],
                "email": [f"autre@{mark.lower()}.example"],
                "telephone": ["418 555-0142"],
                "extension": [""],
                "language": ["en"],
                "role": ["user"],
            }
        },
        SUSPEND_FILE: {"file": {}},
        REACTIVATE_FILE: {"file": {}},
        RESET_PASSWORD: {"file": {}},
        REGISTER: {
            "information": {"words": [f"Brouillon {mark}"], "number": ["123456"]},
            "consent": {"consents": ["on"]},
        },
        CREATE_PROXY: {
            "proxy": {"kind": ["internal"], "agent_number": [""], **terms},
            f"rights.{code}": rights,
        },
        CHANGE_PROXY: {
            "proxy": terms,
            f"rights.{code}": {"scope": ["restricted"], "services": [ministries.verifier.code]},
        },
        ASSIGN_PROXY: {"proxy": {}, "users": {"users": [str(newcomer.pk)]}},
        COPY_PROXY: {
            "proxy": {"kind": ["internal"], "agent_number": [""], **terms},
            f"rights.{code}": rights,
            "users": {"users": [str(user.pk)]},
        },
        GRANT_RIGHTS: {"proxy": terms, f"rights.{code}": rights},
        RENEW_PROXIES: {"proxies": {"proxies": [str(ending.pk)], "ends_on": [last]}},
        REMOVE_PROXY: {"users": {"users": [str(user.pk)]}},
        MOVE_USER: {"proxy": {"proxy": [str(other.pk)]}},
        EXTEND_PROXY: {"end-date": {"ends_on": [last]}},
        REVOKE_PROXY: {"proxy": {}},
        RENOUNCE_PROXY: {"proxy": {}},
        DEACTIVATE: {"registration": {}},
        REACTIVATE: {"consent": {"consents": ["on"]}},
    }
    subjects = {
        REGISTER: ministries.free.code,
        CHANGE_PROXY: str(external.pk),
        ASSIGN_PROXY: str(internal.pk),
        EDIT_FILE: str(newcomer.pk),
        SUSPEND_FILE: str(newcomer.pk),
        REACTIVATE_FILE: str(suspended.pk),
        RESET_PASSWORD: str(newcomer.pk),
        COPY_PROXY: str(internal.pk),
        GRANT_RIGHTS: str(newcomer.pk),
        REMOVE_PROXY: str(internal.pk),
        MOVE_USER: str(assignment.pk),
        EXTEND_PROXY: str(ending.pk),
        REVOKE_PROXY: str(internal.pk),
        RENOUNCE_PROXY: str(received.pk),
        DEACTIVATE: ministries.active.code,
        REACTIVATE: ministries.left.code,
    }
    said = [{"title": f"Groupe {mark}", "rows": [{"label": "Nom", "values": [mark]}]}]
    return World(
        mark=mark,
        ministries=ministries,
        company=company,
        esm=esm,
        colleague=colleague,
        user=user,
        newcomer=newcomer,
        agent=agent,
        agent_esm=agent_esm,
        client=client,
        pending=pending,
        decided=decided,
        refused=refused,
        internal=internal,
        external=external,
        received=received,
        assignment=assignment,
        drafts={
            flow: make.a_draft(
                author=esm, flow=flow, subject=subjects.get(flow, ""), answers=kept[flow]
            )
            for flow in FLOWS
        },
        receipts={
            flow: make.a_receipt(
                transmitted_by=esm,
                flow=flow,
                subject=subjects.get(flow, str(newcomer.pk)),
                outcome=f"Fait pour {mark}.",
                groups=said,
                consequences=[f"Conséquence {mark}"],
            )
            for flow in FLOWS
        },
        subjects=subjects,
        event=make.an_event(
            company=company, by=esm, facts={"name": f"{mark} Gagné", "code": f"{mark.upper()}9"}
        ),
        message=make.a_message(
            user=esm,
            facts={"proxy": f"Lue {mark}", "mandator": mark, "ends_on": "2027-01-31"},
        ),
        email=SimulatedEmail.objects.create(
            to=esm.email, subject=f"Objet {mark}", body=f"Corps {mark}", html=f"<p>{mark}</p>"
        ),
    )


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
