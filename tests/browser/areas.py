"""Every kind of page, in every state, reached by short walks: one for each part of the portal.

An area is a generator: each `yield` stops on a page to be looked at, and says in which state it is.
`covers` names the addresses that the walk stops at, those of a procedure by its flow; the test of
the list fails when a named address that is a page is in none of them. A procedure that no walk here
covers is walked through as its sample fills it in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any

from django.conf import settings

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.flows.authenticity import code_of
from cse_portal.flows.flow import Flow
from cse_portal.models import Company
from proxies.flows import (
    AssignProxy,
    ChangeProxy,
    CopyProxy,
    CreateProxy,
    ExtendProxy,
    RenewProxies,
    RenounceProxy,
    RevokeProxy,
)
from proxies.models import Proxy
from proxies.terms import last_allowed_day
from registrations.flows import Register
from registrations.models import Ministry, Registration, Service
from sandbox.component_page import ERRORS
from sandbox.demo_companies import PASSWORD as DEMO_PASSWORD
from tests import factories as make
from tests.browser.portal import Portal
from tests.browser.words import (
    AS_A_LETTER,
    DESCRIBED,
    EDIT_THE_RIGHTS,
    PLAY_FOR_MELCCFP,
)
from tests.journeys.words import (
    ACKNOWLEDGMENT_NUMBER,
    AMF,
    ASSIGN,
    AUTHENTICITY_CODE,
    BACK,
    CONTINUE,
    CORRECT,
    DESCRIPTION,
    EDIT,
    EMAIL,
    END_DATE,
    EXTEND,
    EXTENSION,
    FAMILY_NAME,
    FIRST_NAME,
    FRENCH,
    I_CONSENT,
    I_HAVE_READ,
    INTERNAL,
    MELCCFP,
    NEW_EMAIL,
    NEW_END_DATE,
    OPERATOR_RIGHT,
    PASSWORD,
    PRESENT_PASSWORD,
    REFUSE_THE_REGISTRATION,
    REGISTER,
    SAVE,
    SEND_A_CODE,
    SEND_A_NEW_CODE,
    SUBMIT,
    TELEPHONE,
    USER,
    USER_CODE,
    VERIFICATION_CODE,
    VERIFIER_RIGHT,
    VERIFY,
    WITH_RESTRICTION,
    WITHOUT_RESTRICTION,
    Said,
)
from tests.samples import SAMPLES, Sample
from tests.sweeps.addresses import of_sample, screens
from tests.sweeps.world import Ministries, a_world
from users.actions import renew_temporary_password
from users.flows import (
    CreateUserFile,
    EditUserFile,
    ReactivateUserFile,
    ResetPassword,
    SuspendUserFile,
)
from users.models import SignInCode, User

ACIERY, CIMENTERIE = "1000000001", "1000000004"
CLIENT_NUMBER = Said("Numéro de client de l’AMF", "AMF client number")

Walk = Callable[[Portal], Iterator[str]]


@dataclass(frozen=True)
class Area:
    """A walk through one part of the portal, and the named addresses where it stops."""

    name: str
    walk: Walk
    addresses: frozenset[str]


AREAS: list[Area] = []


def covers(*stops: str | type[Flow]) -> Callable[[Walk], Walk]:
    named = [[stop] if isinstance(stop, str) else screens(stop) for stop in stops]

    def register(walk: Walk) -> Walk:
        AREAS.append(Area(walk.__name__, walk, frozenset(chain.from_iterable(named))))
        return walk

    return register


# --- what is there before a walk ----------------------------------------------------------------


def company(number: str) -> Company:
    return Company.objects.get(identification_number=number)


def melccfp() -> Ministry:
    return Ministry.objects.get(code="melccfp")


def registers(number: str) -> Registration:
    return make.an_active_registration(company=company(number), ministry=melccfp())


def gives_proxy(**fields: Any) -> Proxy:
    """A proxy of the emitter with the operator's right."""
    mandator = company(ACIERY)
    with across_companies(because="tests arrange every company"):
        esm = User.objects.get(user_code="TREM1001")
    proxy = make.a_proxy(mandator=mandator, given_by=esm, **{"description": DESCRIBED} | fields)
    make.an_access_right(proxy=proxy, services=[Service.objects.get(code="iqea-operator")])
    return proxy


def last_day() -> str:
    return last_allowed_day(clock.today()).isoformat()


# --- the walks ----------------------------------------------------------------------------------


@covers(
    "landing",
    "users:sign_in",
    "users:password",
    "users:code",
    "users:signed_out",
    "users:own_password",
)
def sign_in(portal: Portal) -> Iterator[str]:
    temporary = renew_temporary_password(User.objects.get_by_natural_key("OBRI1004"))
    portal.opens("landing")
    yield "as it is"
    portal.opens("users:sign_in")
    yield "empty"
    portal.presses(CONTINUE)
    yield "in error"
    portal.fills({USER_CODE: "OBRI1004"})
    portal.presses(CONTINUE)
    yield "empty"
    portal.fills({PASSWORD: "not-this-one"})
    portal.presses(CONTINUE)
    yield "in error"
    portal.fills({PASSWORD: temporary})
    portal.presses(CONTINUE)
    yield "empty"
    portal.fills({VERIFICATION_CODE: "12"})
    portal.presses(CONTINUE)
    yield "in error"
    portal.presses(SEND_A_NEW_CODE)
    yield "a new code asked for too early"
    portal.fills({VERIFICATION_CODE: portal.reads_code_in_mailbox()})
    portal.presses(CONTINUE)
    yield "empty"
    portal.presses(CONTINUE)
    yield "in error"
    portal.signs_out()
    yield "as it is"


@covers("help", "accessibility", "conditions", "contact")
def public_pages(portal: Portal) -> Iterator[str]:
    for name in ("help", "accessibility", "conditions", "contact"):
        portal.opens(name)
        yield "as it is"


@covers("verify")
def verification(portal: Portal) -> Iterator[str]:
    receipt = make.a_receipt()
    proxy = make.a_proxy(mandator=receipt.company)
    make.an_event(
        company=receipt.company,
        kind="proxy.given",
        about=f"proxy:{proxy.pk}",
        receipt=receipt,
    )
    portal.opens("verify")
    yield "empty"
    portal.presses(VERIFY)
    yield "in error"
    portal.fills({ACKNOWLEDGMENT_NUMBER: receipt.number, AUTHENTICITY_CODE: "0000-0000-00"})
    portal.presses(VERIFY)
    yield "unknown"
    restore = make.a_restore()
    portal.presses(VERIFY)
    yield "unknown, after a restore"
    restore.delete()
    portal.fills({AUTHENTICITY_CODE: code_of(receipt)})
    portal.presses(VERIFY)
    yield "authentic, in force"
    Proxy._base_manager.filter(pk=proxy.pk).update(revoked_at=clock.now())
    portal.presses(VERIFY)
    yield "authentic, ended"


@covers("sandbox:components", "sandbox:error_example", "users:session_ended")
def parts_of_the_pages(portal: Portal) -> Iterator[str]:
    portal.opens("sandbox:components")
    yield "as it is"
    # French first, then English, whatever the address
    plain = {one for one in ERRORS if one.startswith("5")}
    for code in ERRORS if portal.language == "fr" else sorted(set(ERRORS) - plain):
        portal.opens("sandbox:error_example", code=code)
        yield code
    portal.opens("users:session_ended")
    yield "as it is"


@covers("sandbox:mailbox", "sandbox:email", "sandbox:email_html")
def simulation_mailbox(portal: Portal) -> Iterator[str]:
    portal.opens("sandbox:mailbox")
    yield "empty"
    portal.opens("users:sign_in")
    reader = {"fr": "TREM1001", "en": "OBRI1004"}[portal.language]  # letters are in theirs
    portal.fills({USER_CODE: reader})
    portal.presses(CONTINUE)
    portal.fills({PASSWORD: DEMO_PASSWORD})
    portal.presses(CONTINUE)
    portal.opens("sandbox:mailbox")
    yield "filled"
    portal.leaves_by(portal.main.locator("table a").first)
    yield "as it is"
    portal.presses(AS_A_LETTER)
    yield "as it is"


@covers("home", "open_service")
def outcome(portal: Portal) -> Iterator[str]:
    portal.signed_in_as("LAVO4003").opens("home")
    yield "a user without a proxy"
    portal.opens("open_service", service="iqea-operator", mandator=CIMENTERIE)
    yield "closed"
    portal.signed_in_as("COTE4002").opens("home")
    yield "a user with a proxy"
    portal.opens("open_service", service="iqea-operator", mandator=CIMENTERIE)
    yield "open"
    portal.signed_in_as("BOUC4001").opens("home")
    yield "an ESM whose four steps are done"
    portal.opens("open_service", service="mon-dossier-entreprises", mandator=CIMENTERIE)
    yield "open, of another department"
    portal.opens("open_service", service="iqea-verifier", mandator=CIMENTERIE)
    yield "closed, with a screen that mends it"
    portal.signed_in_as("TREM1001").opens("home")
    yield "an ESM whose four steps are to do"
    restore = make.a_restore()
    portal.opens("home")
    yield "an ESM, after a restore"
    restore.delete()


@covers("users:files", "access_of", "access_chain")
def why_not(portal: Portal) -> Iterator[str]:
    registers(ACIERY)
    make.an_assignment(proxy=gives_proxy(), user=User.objects.get_by_natural_key("OBRI1004"))
    portal.signed_in_as("TREM1001").opens("users:files")
    yield "with a way to what each person can open"
    holder = User.objects.get_by_natural_key("OBRI1004")
    portal.opens("access_of", person=holder.pk)
    yield "a user who holds a proxy"
    portal.opens("access_chain", person=holder.pk, service="iqea-operator", mandator=ACIERY)
    yield "every condition is met"
    portal.opens("access_chain", person=holder.pk, service="iqea-verifier", mandator=ACIERY)
    yield "one is not met, with a screen that mends it"
    without = User.objects.get_by_natural_key("COTE1002")
    portal.opens("access_chain", person=without.pk, service="iqea-operator", mandator=ACIERY)
    yield "no proxy"


@covers()
def refusals(portal: Portal) -> Iterator[str]:
    portal.signed_in_as("COTE4002").opens("users:files")
    yield "not part of the role"
    portal.signed_in_as("TREM1001").opens("users:files")
    portal.goes_to(f"/{portal.language}/nowhere/")
    yield "no such page"
    portal.opens("proxies:list")
    portal.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    portal.signs_out()
    yield "a form that has expired"


@covers(
    "registrations:list",
    "sandbox:answer",
    Register,
)
def step_1(portal: Portal) -> Iterator[str]:
    make.a_refused_registration(company=company(ACIERY), ministry=Ministry.objects.get(code="amp"))
    portal.signed_in_as("TREM1001").opens("registrations:list")
    yield "one refused"
    portal.presses(REGISTER)
    yield "in error"
    portal.picks(AMF)
    portal.presses(REGISTER)
    yield "with a question, empty"
    portal.fills({CLIENT_NUMBER: "12"})
    portal.presses(CONTINUE)
    yield "with a question, in error"
    portal.opens("register-start", subject="melccfp")
    yield "without a question"
    portal.presses(CONTINUE)
    yield "empty"
    portal.presses(CONTINUE)
    yield "in error"
    portal.ticks(I_CONSENT)
    portal.presses(CONTINUE)
    yield "as it is"
    portal.presses(CORRECT)
    yield "filled"
    portal.page.go_back()
    portal.presses(SUBMIT)
    yield "receipt"
    portal.opens("register-start", subject="melccfp")
    yield "already asked for"
    portal.opens("registrations:list")
    yield "one in process"
    portal.follows(PLAY_FOR_MELCCFP)
    yield "empty"
    portal.picks(REFUSE_THE_REGISTRATION)
    portal.presses(SUBMIT)
    yield "in error"


@covers(
    "users:files",
    "users:access_key",
    CreateUserFile,
)
def step_2(portal: Portal) -> Iterator[str]:
    portal.signed_in_as("TREM1001").opens("users:files")
    yield "filled"
    portal.goes_to(portal.path + "?q=nobody")
    yield "nothing found"
    portal.opens("create-user-file-start")
    yield "empty"
    portal.presses(CONTINUE)
    yield "in error"
    portal.fills(
        {
            FAMILY_NAME: "Lavallée-O’Neil",
            FIRST_NAME: "Zoé",
            EMAIL: "zoe@acierie-boreale.example",
            TELEPHONE: "418 555-0199",
            EXTENSION: "12345",
        }
    )
    portal.picks(FRENCH, USER)
    portal.presses(CONTINUE)
    yield "in error, with the rest filled in"
    portal.fills({EXTENSION: "1234"})
    portal.presses(CONTINUE)
    yield "as it is"
    portal.presses(CORRECT)
    yield "filled"
    portal.presses(CONTINUE)
    portal.presses(SUBMIT)
    yield "receipt"
    portal.presses(CONTINUE)
    yield "shown once"
    portal.page.go_back()
    portal.presses(CONTINUE)
    yield "shown already"


@covers(
    "proxies:list",
    CreateProxy,
)
def step_3(portal: Portal) -> Iterator[str]:
    portal.signed_in_as("TREM1001").opens("proxies:list")
    yield "empty"
    portal.opens("create-proxy-start")
    yield "with Revenu Québec alone"
    registers(ACIERY)
    portal.opens("create-proxy-start")
    yield "empty"
    portal.presses(CONTINUE)
    yield "in error"
    portal.picks(INTERNAL, MELCCFP)
    portal.fills({END_DATE: last_day(), DESCRIPTION: DESCRIBED})
    portal.presses(EDIT_THE_RIGHTS)
    yield "empty"
    portal.presses(EDIT)
    yield "in error, nothing chosen"
    portal.picks(WITH_RESTRICTION)
    portal.ticks(VERIFIER_RIGHT)
    portal.presses(EDIT)
    yield "in error, a right refused"
    portal.unticks(VERIFIER_RIGHT)
    portal.ticks(OPERATOR_RIGHT)
    portal.presses(EDIT)
    yield "filled"
    portal.picks(MELCCFP)
    portal.presses(EDIT_THE_RIGHTS)
    yield "filled"
    portal.presses(EDIT)
    portal.presses(CONTINUE)
    yield "as it is"
    portal.presses(SUBMIT)
    yield "just transmitted"
    portal.leaves_by(portal.main.locator("[role=status] a"))
    yield "receipt"
    portal.opens("proxies:list")
    portal.presses(EDIT)
    yield "in error"


@covers(
    "proxies:list",
    ChangeProxy,
)
def step_3_edit(portal: Portal) -> Iterator[str]:
    registers(ACIERY)
    proxy = gives_proxy(agent=company("1000000002"))
    over = gives_proxy(description="Ancienne")
    with across_companies(because="tests arrange every company"):
        over.revoked_at = clock.now()
        over.save()
    portal.signed_in_as("TREM1001").opens("proxies:list")
    yield "one in force, one revoked"
    portal.opens("change-proxy-start", subject=over.pk)
    yield "revoked: not possible"
    portal.opens("change-proxy-start", subject=proxy.pk)
    yield "as it stands"
    portal.fills({END_DATE: "2099-01-01"})
    portal.presses(CONTINUE)
    yield "in error"
    portal.fills({END_DATE: last_day(), DESCRIPTION: "IQEA – usine de Sorel"})
    portal.picks(MELCCFP)
    portal.presses(EDIT_THE_RIGHTS)
    yield "filled"
    portal.picks(WITHOUT_RESTRICTION)
    portal.presses(EDIT)
    yield "filled"
    portal.presses(CONTINUE)
    yield "as it is"
    portal.presses(SUBMIT)
    portal.leaves_by(portal.main.locator("[role=status] a"))
    yield "receipt"


@covers(
    "proxies:list",
    AssignProxy,
)
def step_4(portal: Portal) -> Iterator[str]:
    registers(ACIERY)
    proxy = gives_proxy()
    make.an_assignment(proxy=proxy, user=User.objects.get_by_natural_key("OBRI1004"))
    received = gives_proxy(agent=company("1000000002"), description="Consultant")
    portal.signed_in_as("GAGN2001").opens("proxies:list")
    yield "one received"
    portal.presses(ASSIGN)
    yield "received, in error"
    portal.opens("assign-proxy-start", subject=received.pk)
    yield "received"
    portal.signed_in_as("TREM1001").opens("assign-proxy-start", subject=proxy.pk)
    yield "as it is"
    portal.presses(CONTINUE)
    yield "empty, with a holder apart"
    portal.presses(CONTINUE)
    yield "in error"
    portal.presses(BACK)
    yield "kept in a draft"
    portal.presses(CONTINUE)
    portal.ticks("Émile Nguyen")
    portal.presses(CONTINUE)
    yield "as it is"
    portal.presses(CORRECT)
    yield "filled"
    portal.presses(CONTINUE)
    portal.presses(SUBMIT)
    yield "receipt"
    make.an_assignment(proxy=proxy, user=User.objects.get_by_natural_key("COTE1002"))
    portal.opens("assign-proxy-start", subject=proxy.pk)
    portal.presses(CONTINUE)
    yield "everyone holds one"


@covers(
    "proxies:proxy",
    ExtendProxy,
    RenewProxies,
    RevokeProxy,
    RenounceProxy,
)
def end_of_a_proxy(portal: Portal) -> Iterator[str]:
    registers(ACIERY)
    proxy = gives_proxy(ends_on=clock.today() + timedelta(days=20))
    marie = User.objects.get_by_natural_key("TREM1001")
    holder = User.objects.get_by_natural_key("OBRI1004")
    make.an_assignment(proxy=proxy, user=holder, assigned_by=marie)
    received = gives_proxy(agent=company("1000000002"), description="Consultant")
    portal.signed_in_as("TREM1001").opens("proxies:proxy", proxy=received.pk)
    yield "given to an agent"
    portal.opens("proxies:proxy", proxy=proxy.pk)
    yield "internal, held"
    portal.presses(EXTEND)
    yield "empty"
    portal.presses(CONTINUE)
    yield "in error"
    portal.fills({NEW_END_DATE: last_day()})
    portal.presses(CONTINUE)
    yield "as it is"
    portal.presses(CORRECT)
    yield "filled"
    portal.presses(CONTINUE)
    portal.presses(SUBMIT)
    yield "receipt"
    portal.opens("renew-proxies-start")
    yield "empty"
    portal.presses(CONTINUE)
    yield "in error"
    gives_proxy(ends_on=clock.today() + timedelta(days=9), description="Bientôt")
    portal.opens("renew-proxies-start")
    for box in portal.main.locator("input[type=checkbox]").all():
        box.check()
    portal.fills({NEW_END_DATE: last_day()})
    portal.presses(CONTINUE)
    yield "one that can't be extended"
    portal.presses(CORRECT)
    yield "filled"
    portal.presses(CONTINUE)
    portal.presses(SUBMIT)
    yield "receipt, one not extended"
    portal.opens("revoke-proxy-start", subject=proxy.pk)
    yield "as it is"
    portal.presses(CONTINUE)
    yield "with who loses what"
    portal.presses(CORRECT)
    yield "kept"
    portal.presses(CONTINUE)
    portal.presses(SUBMIT)
    yield "receipt"
    portal.opens("proxies:proxy", proxy=proxy.pk)
    yield "revoked"
    portal.signed_in_as("GAGN2001").opens("proxies:proxy", proxy=received.pk)
    yield "received"
    portal.opens("renounce-proxy-start", subject=received.pk)
    yield "as it is"
    portal.presses(CONTINUE)
    yield "with who loses what"
    portal.presses(CORRECT)
    yield "kept"
    portal.presses(CONTINUE)
    portal.presses(SUBMIT)
    yield "receipt"


@covers(CopyProxy)
def users_of_a_proxy(portal: Portal) -> Iterator[str]:
    registers(ACIERY)
    proxy = gives_proxy()
    marie = User.objects.get_by_natural_key("TREM1001")
    emile = User.objects.get_by_natural_key("NGUY1003")
    kathleen = User.objects.get_by_natural_key("OBRI1004")
    held = make.an_assignment(proxy=proxy, user=emile, assigned_by=marie)
    make.an_assignment(proxy=proxy, user=kathleen, assigned_by=marie)
    portal.signed_in_as("TREM1001").opens("move-user-start", subject=held.pk)
    yield "no other proxy"
    gives_proxy(description="Usine de Sorel")
    portal.opens("copy-proxy-start", subject=proxy.pk)
    yield "as the old one"
    portal.picks(MELCCFP)
    portal.presses(EDIT_THE_RIGHTS)
    yield "filled"
    portal.presses(EDIT)
    yield "kept"
    portal.presses(CONTINUE)
    yield "everyone ticked"
    portal.presses(CONTINUE)
    yield "as it is"
    portal.presses(SUBMIT)
    portal.leaves_by(portal.main.locator("[role=status] a"))
    yield "receipt"
    portal.opens("remove-proxy-start", subject=proxy.pk)
    yield "held by nobody"


@covers(
    "proxies:one_user",
    "proxies:present_proxy",
)
def the_short_way(portal: Portal) -> Iterator[str]:
    registers(ACIERY)
    proxy = gives_proxy()
    marie = User.objects.get_by_natural_key("TREM1001")
    holders = [User.objects.get_by_natural_key(code) for code in ("OBRI1004", "COTE1002")]
    for holder in holders:
        make.an_assignment(proxy=proxy, user=holder, assigned_by=marie)
    portal.signed_in_as("TREM1001").opens("proxies:one_user")
    yield "filled"
    portal.presses(CONTINUE)
    yield "in error"
    portal.goes_to(portal.path + "?q=nobody")
    yield "nothing found"
    portal.opens("proxies:present_proxy", person=holders[0].pk)
    yield "as it is"


@covers("registrations:list", "proxies:deactivation")
def end_of_a_registration(portal: Portal) -> Iterator[str]:
    registration = registers(ACIERY)
    portal.signed_in_as("TREM1001").opens("proxies:deactivation")
    yield "filled"
    portal.presses(CONTINUE)
    yield "in error"
    Registration._base_manager.filter(pk=registration.pk).update(**make.DEACTIVATED)
    portal.opens("registrations:list")
    yield "one deactivated"


@covers(
    "users:file",
    EditUserFile,
    SuspendUserFile,
    ReactivateUserFile,
    ResetPassword,
)
def life_of_a_file(portal: Portal) -> Iterator[str]:
    emile = User.objects.get_by_natural_key("NGUY1003")
    marie = User.objects.get_by_natural_key("TREM1001")
    portal.signed_in_as("TREM1001").opens("users:file", person=marie.pk)
    yield "one's own, the last ESM"
    portal.opens("suspend-user-file-start", subject=marie.pk)
    yield "not possible"
    portal.opens("edit-user-file-start", subject=emile.pk)
    yield "as it stands"
    portal.fills({EXTENSION: "12345"})
    portal.presses(CONTINUE)
    yield "in error"
    portal.fills({EXTENSION: "12"})
    portal.presses(CONTINUE)
    yield "with what changes"
    portal.presses(CORRECT)
    yield "filled"
    portal.presses(CONTINUE)
    portal.presses(SUBMIT)
    yield "receipt"
    for flow in (SuspendUserFile, ReactivateUserFile, ResetPassword):
        portal.opens(f"{flow.slug}-start", subject=emile.pk)
        yield "as it is"
        portal.presses(CONTINUE)
        yield "with what follows"
        portal.presses(CORRECT)
        yield "kept"
        portal.presses(CONTINUE)
        portal.presses(SUBMIT)
        yield "receipt"
        portal.opens("users:file", person=emile.pk)
        yield f"after {flow.slug}"
    portal.opens("users:files")
    portal.goes_to(portal.path + "?status=suspended")
    yield "nobody suspended"


@covers(
    "users:profile",
    "users:sessions",
    "users:contact",
    "users:change_password",
    "users:new_email",
    "users:email_code",
)
def profile(portal: Portal) -> Iterator[str]:
    portal.signed_in_as("OBRI1004").opens("users:profile")
    yield "as it is"
    portal.opens("users:sessions")
    yield "one"
    kathleen = User.objects.get_by_natural_key("OBRI1004")
    make.make(
        SignInCode,
        user=kathleen,
        name="elsewhere",
        digest="elsewhere",
        confirmed=True,
        expires_at=clock.now(),
        signed_in_at=clock.now(),
        seen_at=clock.now(),
        browser="Firefox, Windows",
    )
    portal.opens("users:sessions")
    yield "two"
    portal.opens("users:contact")
    yield "filled"
    portal.fills({EXTENSION: "12345"})
    portal.presses(SAVE)
    yield "in error"
    portal.fills({EXTENSION: "12"})
    portal.presses(SAVE)
    yield "just changed"
    portal.opens("users:change_password")
    yield "empty"
    portal.presses(SAVE)
    yield "in error"
    portal.opens("users:new_email")
    yield "empty"
    portal.presses(SEND_A_CODE)
    yield "in error"
    portal.fills({NEW_EMAIL: "kathleen@acierie-boreale.example", PRESENT_PASSWORD: DEMO_PASSWORD})
    portal.presses(SEND_A_CODE)
    yield "empty"
    portal.fills({VERIFICATION_CODE: "12"})
    portal.presses(CONTINUE)
    yield "in error"
    portal.opens("users:profile")
    yield "an address waits for its code"


@covers("notices:messages", "notices:message", "notices:history")
def being_told(portal: Portal) -> Iterator[str]:
    marie = User.objects.get_by_natural_key("TREM1001")
    portal.signed_in_as("TREM1001").opens("notices:messages")
    yield "empty"
    facts = {"proxy": "IQEA", "mandator": "Aciérie", "agent": "", "ends_on": "2027-01-31"}
    message = make.a_message(user=marie, facts=facts)
    portal.opens("notices:messages")
    yield "one unread"
    portal.opens("notices:message", pk=message.pk)
    yield "unread"
    portal.presses(I_HAVE_READ)
    yield "one read"
    portal.opens("notices:message", pk=message.pk)
    yield "read"
    portal.opens("notices:history")
    yield "empty"
    make.an_event(company=marie.company, by=marie)
    portal.opens("notices:history")
    yield "one line"


# --- the procedures that no walk above covers -----------------------------------------------------


def walk_of(sample: Sample) -> Walk:
    """Through a procedure as its sample fills it in, in a company made for it."""

    def walk(portal: Portal) -> Iterator[str]:
        world = a_world("Zyxowvut", Ministries.make(), samples=[sample])
        at = of_sample(sample)
        start, *pages, check, receipt = screens(sample.flow)
        portal.signed_in_as(world.esm.user_code).opens(start, **at[start][""](world))
        yield "as it opens"
        portal.presses(CONTINUE)
        if portal.address_name == start:
            yield "in error"
        for page in (*pages, check):
            portal.opens(page, **at[page]["draft"](world))
            yield "filled"
        transmitted = at[receipt]["draft"](world)
        portal.presses(SUBMIT)
        portal.opens(receipt, **transmitted)
        yield "receipt"

    return walk


_covered = frozenset().union(*(area.addresses for area in AREAS))
AREAS += [
    Area(slug, walk_of(sample), frozenset(screens(sample.flow)))
    for slug, sample in SAMPLES.items()
    if not _covered.issuperset(screens(sample.flow))
]
