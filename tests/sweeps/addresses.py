"""Every address of the portal: who may open it, and what a row of a company puts into it.

The URLconf is the list; this is what the sweeps know of it. An address, or an argument of an
address, that is not told here fails `test_addresses.py`: whoever adds one says whose it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.urls import reverse
from django.utils import translation

from cse_portal.models import Company
from tests.sweeps.world import (
    ASSIGN_PROXY,
    CHANGE_PROXY,
    COPY_PROXY,
    CREATE_FILE,
    CREATE_PROXY,
    DEACTIVATE,
    EDIT_FILE,
    EXTEND_PROXY,
    GRANT_RIGHTS,
    MOVE_USER,
    REACTIVATE,
    REACTIVATE_FILE,
    REGISTER,
    REMOVE_PROXY,
    RENEW_PROXIES,
    RENOUNCE_PROXY,
    RESET_PASSWORD,
    REVOKE_PROXY,
    SUSPEND_FILE,
    World,
)

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
    """

    to: Who
    cases: Mapping[str, Callable[[World], Arguments]] = field(default_factory=lambda: NOTHING)
    is_a_companys: bool = False
    only_posted: bool = False
    because: str = ""


def public(because: str, **said: Any) -> Known:
    return Known(Who.ALL, because=because, **said)


def of_flow(
    flow: str, *pages: str, aside: str = "", start_is_a_companys: bool = False
) -> dict[str, Known]:
    """The addresses of one procedure, each with the draft and with the receipt of a world."""

    def about(world: World) -> Arguments:
        subject = world.subject_of(flow)
        return {"subject": subject} if subject else {}

    def at_draft(world: World) -> Arguments:
        return about(world) | {"draft": world.drafts[flow].pk}

    def at_receipt(world: World) -> Arguments:
        return about(world) | {"draft": world.receipts[flow].pk}

    def with_key(at: Callable[[World], Arguments]) -> Callable[[World], Arguments]:
        return lambda world: at(world) | {"key": world.ministries.active.code}

    both = {"draft": at_draft, "receipt": at_receipt}
    known = {f"{flow}-start": Known(Who.ESM, {"": about}, is_a_companys=start_is_a_companys)}
    for page in ("check", "receipt", *pages):
        known[f"{flow}-{page}"] = Known(Who.ESM, both, is_a_companys=True)
    if aside:
        asides = {case: with_key(at) for case, at in both.items()}
        known[f"{flow}-{aside}"] = Known(Who.ESM, asides, is_a_companys=True)
    return known


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
    "root": public("leads to the public page"),
    "csp_report": public("a browser says what it refused, signed in or not", only_posted=True),
    "healthz": public("a monitor asks whether the process is alive"),
    "readyz": public("a balancer asks whether the process can serve"),
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
    "users:session": Known(Who.PEOPLE),
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
    "notices:history_file": Known(Who.ESM),
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
        {"": lambda world: {"receipt": world.receipts[CREATE_FILE].pk}},
        is_a_companys=True,
    ),
    "registrations:list": Known(Who.ESM),
    "registrations:deactivation": Known(Who.ESM),
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
    **of_flow(CREATE_FILE, "user"),
    **of_flow(EDIT_FILE, "user", start_is_a_companys=True),
    **of_flow(SUSPEND_FILE, "file", start_is_a_companys=True),
    **of_flow(REACTIVATE_FILE, "file", start_is_a_companys=True),
    **of_flow(RESET_PASSWORD, "file", start_is_a_companys=True),
    **of_flow(REGISTER, "information", "consent"),
    **of_flow(DEACTIVATE, "registration"),
    **of_flow(REACTIVATE, "consent"),
    **of_flow(CREATE_PROXY, "proxy", aside="rights"),
    **of_flow(CHANGE_PROXY, "proxy", aside="rights", start_is_a_companys=True),
    **of_flow(ASSIGN_PROXY, "proxy", "users", start_is_a_companys=True),
    **of_flow(COPY_PROXY, "proxy", "users", aside="rights", start_is_a_companys=True),
    **of_flow(GRANT_RIGHTS, "proxy", aside="rights", start_is_a_companys=True),
    **of_flow(RENEW_PROXIES, "proxies"),
    **of_flow(REMOVE_PROXY, "users", start_is_a_companys=True),
    **of_flow(MOVE_USER, "proxy", start_is_a_companys=True),
    **of_flow(EXTEND_PROXY, "end-date", start_is_a_companys=True),
    **of_flow(REVOKE_PROXY, "proxy", start_is_a_companys=True),
    **of_flow(RENOUNCE_PROXY, "proxy", start_is_a_companys=True),
    **of_admin(
        *("cse_portal_company", "cse_portal_receipt", "users_user", "auth_group"),
        *("registrations_ministry", "registrations_service", "registrations_registration"),
        *("proxies_proxy", "proxies_assignment", "notices_event"),
    ),
}


def addresses(known: Callable[[str, Known], bool] = lambda name, known: True) -> list[str]:
    """Names of the known addresses that have a property."""
    return [name for name, one in KNOWN.items() if known(name, one)]


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
