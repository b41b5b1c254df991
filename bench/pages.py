"""The pages that are measured, who opens them, and what each may cost: times the floor's CPU."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench import ways
from bench.seeding import NOW
from bench.visitor import Answer, Visitor

DRAFTS, ROWS, ASSIGNMENTS = "drafts", "rows", "assignments"
#: a company registers once with a ministry, and has few users who hold no proxy: made undone
UNREGISTERED = (
    "DELETE FROM registrations_registration WHERE company_id = %s AND status = 'in_process'"
)
UNASSIGNED = f"DELETE FROM proxies_assignment WHERE company_id = %s AND assigned_at > '{NOW}'"  # noqa: S608


@dataclass(frozen=True)
class Page:
    """A page: `prepare` is not measured and hands `visit` what it needs."""

    name: str
    goal: float
    visit: Callable[[Visitor, Any], Answer]
    prepare: Callable[[Visitor, dict[str, Any]], Any] = lambda _visitor, company: company
    who: str = "esm"
    expects: int = 200
    #: which of the companies: one of them all, or the n-th of the larger ones
    larger: int | None = None
    #: what it leaves in its companies: nothing, drafts, or rows; each kind has companies of its own
    leaves: str = ""
    #: whether what was prepared for a company is good for all visits
    is_prepared_once: bool = False
    #: what was left in a company goes before the next visit is prepared there, by this SQL
    undone_by: str = ""


def at(path: str) -> Callable[[Visitor, Any], Answer]:
    return lambda visitor, _company: visitor.get(path)


def shown(visitor: Visitor, address: str) -> Answer:
    return visitor.get(address)


def verification(of: str, check: ways.Way) -> Page:
    return Page(f"verification of {of}", 3.0, shown, check, leaves=DRAFTS)


def transmission(of: str, check: ways.Way, leaves: str = ROWS, undone_by: str = "") -> Page:
    ready = ways.to_transmit(check)
    name = f"transmission of {of}"
    return Page(name, 5.0, ways.transmitted, ready, expects=302, leaves=leaves, undone_by=undone_by)


def acknowledgment(of: str, check: ways.Way, leaves: str = ROWS, undone_by: str = "") -> Page:
    sent = ways.to_the_acknowledgment(check)
    name = f"acknowledgment of {of}"
    return Page(name, 2.0, shown, sent, leaves=leaves, undone_by=undone_by, is_prepared_once=True)


PAGES = [
    Page("sign-in: user code", 1.0, at(ways.SIGN_IN), who=""),
    Page("sign-in: user code, posted", 1.0, ways.post_user_code, who="", expects=302),
    Page("sign-in: password", 1.0, shown, ways.to_password, who=""),
    Page("home of an ESM", 2.0, at(ways.HOME)),
    Page("home of a user", 2.0, at(ways.HOME), who="user"),
    Page("list of 5 people", 3.0, at(ways.FILES)),
    Page("list of 25 people of 25", 3.0, at(ways.FILES), larger=0),
    Page("list of 25 people of 5,000", 3.0, at(ways.FILES), larger=1),
    Page("list of 2 proxies", 3.0, at(ways.PROXIES)),
    Page("list of 25 proxies", 3.0, at(ways.PROXIES), larger=2),
    Page("list of ministries", 3.0, at(ways.MINISTRIES)),
    Page("form of a registration", 3.0, at(ways.REGISTRATION)),
    Page("consent of a registration", 3.0, shown, ways.to_the_consent, leaves=DRAFTS),
    Page("form of a user file", 3.0, at(ways.CREATION)),
    Page("form of a proxy", 3.0, at(ways.NEW_PROXY)),
    Page("rights of a proxy", 3.0, shown, ways.to_the_rights, leaves=DRAFTS),
    Page("users of an assignment", 3.0, shown, ways.to_the_users, leaves=DRAFTS),
    verification("a registration", ways.to_the_registrations_check),
    verification("a user file", ways.to_the_files_check),
    verification("a proxy", ways.to_the_proxys_check),
    verification("an assignment", ways.to_the_assignments_check),
    transmission("a registration", ways.to_the_registrations_check, undone_by=UNREGISTERED),
    transmission("a user file", ways.to_the_files_check),
    transmission("a proxy", ways.to_the_proxys_check),
    transmission("an assignment", ways.to_the_assignments_check, ASSIGNMENTS, UNASSIGNED),
    acknowledgment("a registration", ways.to_the_registrations_check, undone_by=UNREGISTERED),
    acknowledgment("a user file", ways.to_the_files_check),
    acknowledgment("a proxy", ways.to_the_proxys_check),
    acknowledgment("an assignment", ways.to_the_assignments_check, ASSIGNMENTS, UNASSIGNED),
]
