"""The pages and searches of officers in the admin: what each may cost, times the floor's CPU.

A search is asked in each of the shapes that people type. Those of a whole number, address or name
find the company of the visit; the others find as much as there is.
"""

from collections.abc import Callable
from typing import Any

from bench.pages import Page
from bench.visitor import Answer, Visitor

OFFICER = "officer"
COST = 10.0  # times the floor
STATEMENTS = 12
ADMIN = "/fr/admin/"
COMPANIES, PEOPLE = f"{ADMIN}cse_portal/company/", f"{ADMIN}users/user/"
RECEIPTS, EVENTS = f"{ADMIN}cse_portal/receipt/", f"{ADMIN}notices/event/"
QUEUE, PROXIES = f"{ADMIN}registrations/registration/", f"{ADMIN}proxies/proxy/"
ASSIGNMENTS = f"{ADMIN}proxies/assignment/"

Company = dict[str, Any]
Address = str | Callable[[Company], str]


def admin(name: str, address: Address) -> Page:
    """A page of an officer's; an address may need the company of the visit."""

    def visit(visitor: Visitor, company: Company) -> Answer:
        return visitor.get(address if isinstance(address, str) else address(company))

    return Page(f"admin: {name}", COST, visit, who=OFFICER)


def number(company: Company) -> int:
    return 10**9 + int(company["key"])


def email(company: Company) -> str:
    return f"p{company['esm']['key']}@entreprise.example"


LISTS = [
    admin("index", ADMIN),
    admin("companies", COMPANIES),
    admin("companies, last page", f"{COMPANIES}?p=10"),
    admin("companies that are closed", f"{COMPANIES}?is_active__exact=0"),
    admin("people", PEOPLE),
    admin("people, last page", f"{PEOPLE}?p=10"),
    admin("people who are officers", f"{PEOPLE}?role__exact=officer"),
    admin("people who are suspended", f"{PEOPLE}?is_active__exact=0"),
    admin("acknowledgments", RECEIPTS),
    admin("events", EVENTS),
    admin("queue of registrations", QUEUE),
    admin("registrations that are overdue", f"{QUEUE}?queue=overdue"),
    admin("all registrations", f"{QUEUE}?queue=all"),
    admin("registrations that were refused", f"{QUEUE}?queue=all&status__exact=refused"),
    admin("proxies", PROXIES),
    admin("assignments", ASSIGNMENTS),
    admin("a company", lambda company: f"{COMPANIES}{company['key']}/change/"),
    admin("a company's history", lambda company: f"{COMPANIES}{company['key']}/history/"),
    admin("a person", lambda company: f"{PEOPLE}{company['esm']['key']}/change/"),
    admin("a person's history", lambda company: f"{PEOPLE}{company['esm']['key']}/history/"),
    admin("a new person", f"{PEOPLE}add/"),
    admin(
        "companies to choose from",
        f"{ADMIN}autocomplete/?term=entr&app_label=users&model_name=user&field_name=company",
    ),
]
SEARCHES = [
    admin("companies by number", lambda company: f"{COMPANIES}?q={number(company)}"),
    admin("companies by a number begun", f"{COMPANIES}?q=10000"),
    admin("companies by name", lambda company: f"{COMPANIES}?q=entreprise+{company['key']}+inc"),
    admin("companies by what all have", f"{COMPANIES}?q=inc"),
    admin("companies by what none has", f"{COMPANIES}?q=xyz"),
    admin("people by code", lambda company: f"{PEOPLE}?q={company['esm']['user_code']}"),
    admin("people by a code begun", f"{PEOPLE}?q=B000"),
    admin("people by address", lambda company: f"{PEOPLE}?q={email(company)}"),
    admin("people by family name", f"{PEOPLE}?q=tremblay"),
    admin("people by first name", f"{PEOPLE}?q=zo%C3%A9"),
    admin("people by both names", f"{PEOPLE}?q=Tremblay,+Marie"),
    admin("people by both names, begun", f"{PEOPLE}?q=mar+trem"),
    admin("people by a part of many", f"{PEOPLE}?q=embl"),
    admin("people by a part of one", lambda company: f"{PEOPLE}?q=p{company['esm']['key']}"),
    admin("people by what none has", f"{PEOPLE}?q=xyz"),
    admin("acknowledgments by company", lambda company: f"{RECEIPTS}?q={number(company)}"),
    admin("acknowledgments by number", f"{RECEIPTS}?q=CSE-2026-A"),
    admin("events by company", lambda company: f"{EVENTS}?q={number(company)}"),
    admin("events by family name", f"{EVENTS}?q=tremblay"),
    admin("registrations by company", lambda company: f"{QUEUE}?queue=all&q={number(company)}"),
    admin("proxies by company", lambda company: f"{PROXIES}?q={number(company)}"),
    admin("assignments by code", lambda company: f"{ASSIGNMENTS}?q={company['esm']['user_code']}"),
]
OFFICERS_PAGES = LISTS + SEARCHES
