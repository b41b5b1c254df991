"""Every address of the portal: who may open it, and what a row of a company puts into it.

The URLconf is the list; this is what the sweeps know of it. Those of a procedure follow from its
flow and its sample. Any other address that is not here, or an argument of it, fails
`test_addresses.py`: whoever adds one says whose it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.urls import reverse
from django.utils import translation

from cse_portal.flows.flow import Flow, Page
from cse_portal.flows.registry import all_flows
from cse_portal.models import Company
from proxies.flows import AssignProxy, CreateProxy
from tests.extent import EVERYTHING
from tests.samples import SAMPLES, Sample
from tests.sweeps.world import World
from users.flows import CreateUserFile
from users.models import User

Arguments = dict[str, Any]
LANGUAGES = ("fr", "en")
NOTHING: Mapping[str, Callable[[World], Arguments]] = {"": lambda world: {}}


class Who(Enum):
    """Those to whom an address is open."""

    ALL = "everybody, signed in or not"
    PEOPLE = "the people of a company"
    ESM = "its electronic services managers"
    OFFICER = "ministry officers"


@dataclass(frozen=True)
class Known:
    """What the sweeps know of an address. `cases` are rows of a world, as its arguments name them.

    `is_a_companys`: an argument is a row of a company, which does not exist for any other.
    `no_page`: why the browser does not look at it. `because`: why it is public.
    """

    to: Who
    cases: Mapping[str, Callable[[World], Arguments]] = field(default_factory=lambda: NOTHING)
    is_a_companys: bool = False
    only_posted: bool = False
    no_page: str = ""
    because: str = ""

    @property
    def is_a_page(self) -> bool:
        return not (self.only_posted or self.no_page)


def public(because: str, **said: Any) -> Known:
    return Known(Who.ALL, because=because, **said)


def of_flow(flow: type[Flow]) -> dict[str, Known]:
    """The addresses of one procedure; without a sample, nothing is known to put into them."""
    sample = SAMPLES.get(flow.slug)
    to = Who.PEOPLE if flow.is_open_to(User(role=User.Role.USER)) else Who.ESM
    if sample is None:
        return {name: Known(to, {}) for name in screens(flow)}
    is_of_a_company = bool(flow.subject_converter) and not sample.is_subject_shared
    return {
        name: Known(to, cases, is_of_a_company or "draft" in cases)
        for name, cases in of_sample(sample).items()
    }


def every_page(flow: type[Flow]) -> list[Page]:
    """The pages of a procedure, those opened aside too."""
    return [one for page in flow.pages for one in (page, page.detour) if one]


def screens(flow: type[Flow]) -> list[str]:
    """The names of the addresses of a procedure."""
    pages = [page.slug for page in every_page(flow)]
    return [f"{flow.slug}-{screen}" for screen in ("start", *pages, "check", "receipt")]


def of_sample(sample: Sample) -> dict[str, Mapping[str, Callable[[World], Arguments]]]:
    """By address of its procedure: with the draft of a world, and with the receipt."""

    def at(name: str, rows: str) -> Callable[[World], Arguments]:
        aside = asides.get(name)

        def arguments(world: World) -> Arguments:
            subject = {"subject": sample.key(world)} if sample.flow.subject_converter else {}
            row = {"draft": getattr(world, rows)[sample.name].pk} if rows else {}
            return subject | row | ({"key": sample.aside(aside, world)} if aside else {})

        return arguments

    flow = sample.flow
    asides = {f"{flow.slug}-{one.detour.slug}": one.detour.slug for one in flow.pages if one.detour}
    start, *others = screens(flow)
    both = {name: {"draft": at(name, "drafts"), "receipt": at(name, "receipts")} for name in others}
    return {start: {"": at(start, "")}, **both}


def chain_of(world: World, mandator: Company) -> Arguments:
    """Why a user of that world may open an e-service for that company, or not."""
    return {
        "person": world.user.pk,
        "service": world.ministries.full.code,
        "mandator": mandator.identification_number,
    }


def of_admin(*models: str) -> dict[str, Known]:
    """Every address of Django's admin; those without a name go by their route."""
    known = {
        f"admin:{name}": Known(Who.OFFICER)
        for name in (
            *("index", "login", "password_change", "password_change_done"),
            *("autocomplete", "jsi18n"),
        )
    }
    known["admin:logout"] = Known(Who.OFFICER, only_posted=True)
    known["admin:app_list"] = Known(Who.OFFICER, {"": lambda world: {"app_label": "registrations"}})
    known["fr/admin/(?P<url>.*)$"] = Known(Who.OFFICER, {"": lambda world: {"url": "rien/"}})
    for model in models:
        row = {"": lambda world, model=model: {"object_id": str(world.row_of(model).pk)}}
        for screen in ("changelist", "add"):
            known[f"admin:{model}_{screen}"] = Known(Who.OFFICER)
        for screen in ("history", "delete", "change"):
            known[f"admin:{model}_{screen}"] = Known(Who.OFFICER, row)
        route = "/".join(model.rsplit("_", 1))
        known[f"fr/admin/{route}/<path:object_id>/"] = Known(Who.OFFICER, row)
    return known


KNOWN: dict[str, Known] = {
    "root": public("leads to the public page", no_page="it shows nothing itself"),
    "csp_report": public("a browser says what it refused, signed in or not", only_posted=True),
    "healthz": public("a monitor asks whether the process is alive", no_page="for a program"),
    "readyz": public("a balancer asks whether the process can serve", no_page="for a program"),
    "landing": public("says what this is, and where to sign in"),
    "help": public("how the four steps go, and the words"),
    "accessibility": public("what is done for everybody to use the portal"),
    "conditions": public("what is kept, and what the simulation is not"),
    "contact": public("whom to ask"),
    "verify": public("whoever holds an acknowledgment may learn whether it is authentic"),
    "users:sign_in": public("the way in: user code"),
    "users:password": public("the way in: password"),
    "users:code": public("the way in: verification code"),
    "users:new_code": public("the way in: another code", only_posted=True),
    "users:sign_out": public("the way out", only_posted=True),
    "users:signed_out": public("what is shown after the way out"),
    "users:session_ended": public("what is shown when a session has ended by itself"),
    "sandbox:components": public("the parts of the pages, with sample words; none in production"),
    "sandbox:error_example": public(
        "the pages that say what went wrong, without a cause; none in production",
        cases={"": lambda world: {"code": "404"}},
    ),
    "sandbox:mailbox": public("a simulation's e-mails are there to be read; none in production"),
    "sandbox:email": public(
        "a simulation's e-mails are there to be read; none in production",
        cases={"": lambda world: {"pk": world.email.pk}},
    ),
    "sandbox:email_html": public(
        "a simulation's e-mails are there to be read; none in production",
        cases={"": lambda world: {"pk": world.email.pk}},
    ),
    "users:own_password": Known(Who.PEOPLE),
    "users:session": Known(Who.PEOPLE, no_page="what a page asks by itself"),
    "home": Known(Who.PEOPLE),
    "users:profile": Known(Who.PEOPLE),
    "users:sessions": Known(Who.PEOPLE),
    "users:contact": Known(Who.PEOPLE),
    "users:change_password": Known(Who.PEOPLE),
    "users:new_email": Known(Who.PEOPLE),
    "users:email_code": Known(Who.PEOPLE),
    "notices:messages": Known(Who.PEOPLE),
    "notices:message": Known(
        Who.PEOPLE, {"own": lambda world: {"pk": world.message.pk}}, is_a_companys=True
    ),
    "notices:history": Known(Who.ESM),
    "notices:history_file": Known(Who.ESM, no_page="a file for a spreadsheet"),
    "open_service": Known(
        Who.PEOPLE,
        {
            "own": lambda world: {
                "service": world.ministries.full.code,
                "mandator": world.company.identification_number,
            },
            "of a client": lambda world: {
                "service": world.ministries.full.code,
                "mandator": world.client.identification_number,
            },
        },
        is_a_companys=True,
    ),
    "users:files": Known(Who.ESM),
    "users:file": Known(
        Who.ESM,
        {
            "a user": lambda world: {"person": world.user.pk},
            "another ESM": lambda world: {"person": world.colleague.pk},
            "one's own": lambda world: {"person": world.esm.pk},
        },
        is_a_companys=True,
    ),
    "access_of": Known(
        Who.ESM, {"own": lambda world: {"person": world.user.pk}}, is_a_companys=True
    ),
    "access_chain": Known(
        Who.ESM,
        {
            "own": lambda world: chain_of(world, world.company),
            "of a client": lambda world: chain_of(world, world.client),
        },
        is_a_companys=True,
    ),
    "users:access_key": Known(
        Who.ESM,
        {"": lambda world: {"receipt": world.receipts[CreateUserFile.slug].pk}},
        is_a_companys=True,
    ),
    "registrations:list": Known(Who.ESM),
    "proxies:deactivation": Known(Who.ESM),
    "proxies:list": Known(Who.ESM),
    "proxies:proxy": Known(
        Who.ESM,
        {
            "given": lambda world: {"proxy": world.internal.pk},
            "external": lambda world: {"proxy": world.external.pk},
            "received": lambda world: {"proxy": world.received.pk},
        },
        is_a_companys=True,
    ),
    "proxies:one_user": Known(Who.ESM),
    "proxies:present_proxy": Known(
        Who.ESM,
        {
            "holds one": lambda world: {"person": world.user.pk},
            "holds none": lambda world: {"person": world.newcomer.pk},
        },
        is_a_companys=True,
    ),
    "sandbox:answer": Known(
        Who.ESM,
        {
            "pending": lambda world: {"registration": world.pending.pk},
            "decided": lambda world: {"registration": world.decided.pk},
        },
        is_a_companys=True,
    ),
    **of_admin(
        *("cse_portal_company", "cse_portal_receipt", "users_user", "auth_group"),
        *("registrations_ministry", "registrations_service", "registrations_registration"),
        *("proxies_proxy", "proxies_assignment", "notices_event", "home_restore"),
        *("notices_message", "notices_accountletter"),
    ),
}
for _flow in all_flows():
    KNOWN |= of_flow(_flow)


def addresses(known: Callable[[str, Known], bool] = lambda name, known: True) -> list[str]:
    """Names of the known addresses that have a property, and something to be tried with."""
    return [name for name, one in KNOWN.items() if one.cases and known(name, one)]


#: the procedures of which every page is asked for what all of them do by the same code
IN_FULL = {CreateProxy, AssignProxy}
ALIKE = {
    screen
    for flow in all_flows()
    if flow not in IN_FULL and not EVERYTHING
    for screen in screens(flow)
    if not screen.endswith("-start")
}


def has_code_of_its_own(name: str, known: Known) -> bool:
    """All but most pages of most procedures, which one view serves; `make test-all` asks them too.

    For what is decided before a page is (who is signed in, how a request is read), two procedures
    and the start of the others stand for all.
    """
    return name not in ALIKE


def shows(name: str, case: str) -> bool:
    """Of a draft the pages are shown, of a receipt the acknowledgment: the others lead there."""
    return case not in {"draft", "receipt"} or (case == "receipt") == name.endswith("-receipt")


def cases(known: Callable[[str, Known], bool] = lambda name, known: True) -> list[tuple[str, str]]:
    """The same, each with the label of each of its cases: what a test is parametrized by."""
    return [(name, case) for name in addresses(known) for case in KNOWN[name].cases]


def address(name: str, case: str, world: World, *, language: str = "fr") -> str:
    """The address itself, with what stands in it for that world."""
    return address_with(name, KNOWN[name].cases[case](world), language=language)


def address_with(name: str, arguments: Arguments, *, language: str = "fr") -> str:
    with translation.override(language):
        if "/" not in name:
            return reverse(name, kwargs=arguments)
        for argument, value in arguments.items():
            name = name.replace(f"<path:{argument}>", value)
            name = name.replace(f"(?P<{argument}>.*)$", value)
        return "/" + name.replace("fr/", f"{language}/", 1)
