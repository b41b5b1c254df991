"""What is missing or about to end, at each of the four steps (domain, section 4, Home).

Each line links to the page where it can be fixed. Counted by the database, in two queries.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal import clock
from cse_portal.models import Company
from cse_portal.pages.addresses import address
from home import queries
from home.restores import TOLD_FOR
from registrations.models import Registration
from users.models import FileStatus

#: a proxy that ends within this time is shown at home; its first reminder is sent then too
SOON = timedelta(days=60)
CLIENTS_NAMED = 5
ADDRESSES_NAMED = 5


@dataclass(frozen=True)
class Line:
    """A text about something missing, and the URL where it can be fixed."""

    text: str
    url: str


@dataclass(frozen=True)
class Counts:
    """Numbers of people and proxies of a company today, by state."""

    #: active users who are not ESMs; among them, those who hold a proxy in force
    users: int
    users_who_hold: int
    #: active people who hold an internal proxy in force
    holders: int
    not_signed_in: int
    expired_passwords: int
    #: proxies in force given by the company; those given and received that end soon
    given: int
    given_ending: int
    received_ending: int
    #: received proxies in force that nobody of the company holds, by mandator's name and number
    unheld: list[tuple[str, int]] = field(default_factory=list)
    #: e-mail addresses of active people that e-mails do not reach
    unreachable: list[str] = field(default_factory=list)
    #: whether the database was restored lately (`home.restores`)
    was_restored: bool = False

    @property
    def without_proxy(self) -> int:
        """Active users who hold no proxy in force."""
        return self.users - self.users_who_hold


def counts_of(company: Company) -> Counts:
    """The counts of a company, in two queries."""
    today = clock.today()
    now = clock.now()
    people = queries.counts_of_people.first(company.pk, today, now, now - TOLD_FOR)
    by_mandator = queries.counts_of_proxies.all(today, today + SOON)
    own = [row for row in by_mandator if row["mandator"] == company.pk]
    clients = [row for row in by_mandator if row["mandator"] != company.pk]
    return Counts(
        **(people or NOBODY),
        given=sum(row["count"] for row in own),
        given_ending=sum(row["ending"] for row in own),
        received_ending=sum(row["ending"] for row in clients),
        unheld=[(_client(row), row["unheld"]) for row in clients if row["unheld"]],
    )


def _client(row: dict[str, Any]) -> str:
    named = Company(name=row["name"], identification_number=row["number"])
    return named.name_and_number


NOBODY = dict.fromkeys(
    ("users", "users_who_hold", "holders", "not_signed_in", "expired_passwords"), 0
)


def missing(registrations: list[Registration], counts: Counts) -> dict[int, list[Line]]:
    """What is missing at each step, by its number.

    `registrations`: the latest one with each department or agency, the latest first.
    """
    return {
        1: list(_registration_lines(registrations)),
        2: list(_file_lines(counts)),
        3: list(_proxy_lines(counts)),
        4: list(_assignment_lines(counts)),
    }


def _registration_lines(registrations: list[Registration]) -> Iterator[Line]:
    """Lines about the registrations that are not active, the oldest first."""
    url = address("registrations:list")
    for registration in reversed(registrations):
        if not registration.is_active:
            yield Line(_registration_text(registration), url)


def _registration_text(registration: Registration) -> str:
    ministry = registration.ministry
    if registration.is_in_process:
        due = registration.answer_due_on
        if due < clock.today():
            text = _(
                "%(ministry)s: in process since %(since)s; the answer was due by %(due)s. "
                "Call %(telephone)s."
            )
        else:
            text = _("%(ministry)s: in process since %(since)s, answer due by %(due)s")
        return text % {
            "ministry": ministry.acronym,
            "since": date_format(registration.requested_on),
            "due": date_format(due),
            "telephone": ministry.telephone,
        }
    if registration.is_refused:
        return _("%(ministry)s: registration refused. %(reason)s. Call %(telephone)s.") % {
            "ministry": ministry.acronym,
            "reason": registration.reason.rstrip(". "),
            "telephone": ministry.telephone,
        }
    text = _("%(ministry)s: registration deactivated. Its access rights no longer open anything.")
    return text % {"ministry": ministry.acronym}


def _file_lines(counts: Counts) -> Iterator[Line]:
    url = address("users:files")
    if count := counts.not_signed_in:
        text = ngettext(
            "%(count)d person has not signed in yet",
            "%(count)d people have not signed in yet",
            count,
        )
        yield Line(text % {"count": count}, f"{url}?status={FileStatus.NEVER_SIGNED_IN}")
    if count := counts.expired_passwords:
        text = ngettext(
            "%(count)d temporary password has expired: give a new one",
            "%(count)d temporary passwords have expired: give new ones",
            count,
        )
        yield Line(text % {"count": count}, f"{url}?status={FileStatus.EXPIRED}")
    unreachable = f"{url}?status={FileStatus.UNREACHABLE}"
    for email in counts.unreachable[:ADDRESSES_NAMED]:
        text = _("E-mails to %(email)s do not arrive: correct the address")
        yield Line(text % {"email": email}, unreachable)
    if count := len(counts.unreachable[ADDRESSES_NAMED:]):
        text = ngettext(
            "E-mails to %(count)d other address do not arrive",
            "E-mails to %(count)d other addresses do not arrive",
            count,
        )
        yield Line(text % {"count": count}, unreachable)


def _proxy_lines(counts: Counts) -> Iterator[Line]:
    url = address("proxies:list")
    if count := counts.given_ending:
        text = ngettext(
            "%(count)d proxy ends within %(days)d days",
            "%(count)d proxies end within %(days)d days",
            count,
        )
        yield Line(text % {"count": count, "days": SOON.days}, url)
    if count := counts.received_ending:
        text = ngettext(
            "%(count)d received proxy ends within %(days)d days",
            "%(count)d received proxies end within %(days)d days",
            count,
        )
        yield Line(text % {"count": count, "days": SOON.days}, url)


def _assignment_lines(counts: Counts) -> Iterator[Line]:
    url = address("proxies:list")
    if count := counts.without_proxy:
        text = ngettext("%(count)d user has no proxy", "%(count)d users have no proxy", count)
        yield Line(text % {"count": count}, url)
    for name, count in counts.unheld[:CLIENTS_NAMED]:
        text = ngettext(
            "%(company)s: %(count)d received proxy has no user yet",
            "%(company)s: %(count)d received proxies have no user yet",
            count,
        )
        yield Line(text % {"company": name, "count": count}, url)
    if count := sum(unheld for _name, unheld in counts.unheld[CLIENTS_NAMED:]):
        text = ngettext(
            "%(count)d other received proxy has no user yet",
            "%(count)d other received proxies have no user yet",
            count,
        )
        yield Line(text % {"count": count}, url)
