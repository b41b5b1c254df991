"""What is missing or about to end, beside each of the four steps (domain, section 4, Home).

Each line leads to the screen that mends it. Counted by the database, in two statements.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal import clock
from cse_portal.models import Company
from cse_portal.pages.addresses import address
from home import queries
from registrations.models import Registration
from users.models import FileStatus

#: a proxy that ends within so many days is told of at home; its first reminder leaves then too
SOON = timedelta(days=60)
CLIENTS_NAMED = 5
ADDRESSES_NAMED = 5


@dataclass(frozen=True)
class Line:
    """Something missing, in words, and the screen that mends it."""

    said: str
    url: str


@dataclass(frozen=True)
class Counts:
    """How many people and proxies of a company are in which state today."""

    #: active users who are not ESMs; of them, those who hold a proxy in force
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
    #: received proxies in force that nobody of the company holds, by mandator's name
    unheld: list[tuple[str, int]] = field(default_factory=list)
    #: e-mail addresses of active people that letters do not reach
    unreachable: list[str] = field(default_factory=list)

    @property
    def without_proxy(self) -> int:
        """Active users who hold no proxy in force."""
        return self.users - self.users_who_hold


def counts_of(company: Company) -> Counts:
    """In two queries, however many rows there are."""
    today = clock.today()
    people = queries.counts_of_people.first(company.pk, today, clock.now())
    parties = queries.counts_of_proxies.all(today, today + SOON)
    own = [one for one in parties if one["mandator"] == company.pk]
    clients = [one for one in parties if one["mandator"] != company.pk]
    return Counts(
        **(people or NOBODY),
        given=sum(one["count"] for one in own),
        given_ending=sum(one["ending"] for one in own),
        received_ending=sum(one["ending"] for one in clients),
        unheld=[(one["name"], one["unheld"]) for one in clients if one["unheld"]],
    )


NOBODY = dict.fromkeys(
    ("users", "users_who_hold", "holders", "not_signed_in", "expired_passwords"), 0
)


def missing(registrations: list[Registration], counts: Counts) -> dict[int, list[Line]]:
    """What is missing at each step, by its number."""
    return {
        1: list(_at_the_departments(registrations)),
        2: list(_of_the_files(counts)),
        3: list(_of_the_proxies(counts)),
        4: list(_of_the_assignments(counts)),
    }


def _at_the_departments(registrations: list[Registration]) -> Iterator[Line]:
    """Of each department or agency, the company's latest request."""
    latest = {one.ministry_id: one for one in sorted(registrations, key=lambda one: one.pk)}
    url = address("registrations:list")
    for one in latest.values():
        if not one.is_active:
            yield Line(_how_it_stands(one), url)


def _how_it_stands(registration: Registration) -> str:
    ministry = registration.ministry
    if registration.is_in_process:
        due = registration.answer_due_on
        if due < clock.today():
            said = _(
                "%(ministry)s: in process since %(since)s; the answer was due by %(due)s. "
                "Call %(telephone)s."
            )
        else:
            said = _("%(ministry)s: in process since %(since)s, answer due by %(due)s")
        return said % {
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
    said = _("%(ministry)s: registration deactivated. Its access rights no longer open anything.")
    return said % {"ministry": ministry.acronym}


def _of_the_files(counts: Counts) -> Iterator[Line]:
    url = address("users:files")
    if count := counts.not_signed_in:
        said = ngettext(
            "%(count)d person has not signed in yet",
            "%(count)d people have not signed in yet",
            count,
        )
        yield Line(said % {"count": count}, f"{url}?status={FileStatus.NEVER_SIGNED_IN}")
    if count := counts.expired_passwords:
        said = ngettext(
            "%(count)d temporary password has expired: give a new one",
            "%(count)d temporary passwords have expired: give new ones",
            count,
        )
        yield Line(said % {"count": count}, f"{url}?status={FileStatus.EXPIRED}")
    unreachable = f"{url}?status={FileStatus.UNREACHABLE}"
    for email in counts.unreachable[:ADDRESSES_NAMED]:
        said = _("E-mails to %(email)s do not arrive: correct the address")
        yield Line(said % {"email": email}, unreachable)
    if count := len(counts.unreachable[ADDRESSES_NAMED:]):
        said = ngettext(
            "E-mails to %(count)d other address do not arrive",
            "E-mails to %(count)d other addresses do not arrive",
            count,
        )
        yield Line(said % {"count": count}, unreachable)


def _of_the_proxies(counts: Counts) -> Iterator[Line]:
    url = address("proxies:list")
    if count := counts.given_ending:
        said = ngettext(
            "%(count)d proxy ends within %(days)d days",
            "%(count)d proxies end within %(days)d days",
            count,
        )
        yield Line(said % {"count": count, "days": SOON.days}, url)
    if count := counts.received_ending:
        said = ngettext(
            "%(count)d received proxy ends within %(days)d days",
            "%(count)d received proxies end within %(days)d days",
            count,
        )
        yield Line(said % {"count": count, "days": SOON.days}, url)


def _of_the_assignments(counts: Counts) -> Iterator[Line]:
    url = address("proxies:list")
    if count := counts.without_proxy:
        said = ngettext("%(count)d user has no proxy", "%(count)d users have no proxy", count)
        yield Line(said % {"count": count}, url)
    for name, count in counts.unheld[:CLIENTS_NAMED]:
        said = ngettext(
            "%(company)s: %(count)d received proxy has no user yet",
            "%(company)s: %(count)d received proxies have no user yet",
            count,
        )
        yield Line(said % {"company": name, "count": count}, url)
    if count := sum(one for _name, one in counts.unheld[CLIENTS_NAMED:]):
        said = ngettext(
            "%(count)d other received proxy has no user yet",
            "%(count)d other received proxies have no user yet",
            count,
        )
        yield Line(said % {"count": count}, url)
