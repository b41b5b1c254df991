"""Reminders before a proxy ends, and notices when it has expired.

What is due and not yet told is found by index: the proxy's row has the last reminder that was given
for its end date (`last_reminder`), and whether its expiry is recorded. Who comes later to a proxy
whose reminder was given (a new ESM, a new holder) is noted by PostgreSQL (`Newcomer`).

An expiry is recorded in both histories however late this runs, dated by the day on which it
happened; people are notified only while it is recent. It may run as often as one likes, even twice
at once: each person gets each message once, by the unique constraint on the message's `once`.
"""

import logging
import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain

from django.db import connection, transaction

from cse_portal import clock
from cse_portal.commands.progress import Progress, Untold
from cse_portal.companies.tenancy import across_companies
from cse_portal.locks import is_held_elsewhere, locked
from notices.actions import notify, record
from notices.happenings import Notice
from notices.models import Event
from proxies import telling
from proxies.happenings import AGENT, ENDS_SOON, HOLDERS, MANDATOR, PROXY_EXPIRED
from proxies.models import Assignment, Newcomer, Proxy, ProxyQuerySet
from users.models import User

logger = logging.getLogger(__name__)

BEFORE = (60, 30, 7)  # days before the end date
#: a proxy's last reminder, in days before its end (0 for none), and the one that follows it
FOLLOWED_BY = tuple(zip((0, *BEFORE), BEFORE, strict=False))
LONGEST_SILENCE = 30  # days: an older expiry is recorded, and nobody is notified
EXPIRIES = uuid.UUID("5f2d2c4e-6f0b-4c8e-9d6a-0c6f3f5d7a11")
BECAUSE = "reminders are for the people of every company"
AT_A_TIME = 500  # keys in memory


@dataclass
class Round:
    """One round over what is due: the messages written, and the proxies left for the next round."""

    progress: Progress = field(default_factory=Untold)
    today: date = field(default_factory=clock.today)
    written: int = 0
    #: proxies that somebody holds locked, and proxies whose notices could not be written
    locked: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)

    def write(self) -> "Round":
        """Write the reminders that are due, and record what has expired."""
        with across_companies(because=BECAUSE):
            self.remind_newcomers()
            self.remind()
            self.notify_expired()
        return self

    def remind(self) -> None:
        """The reminders that are due and not yet given.

        After an interruption, only the nearest reminder is written, never three at once. The e-mail
        of a reminder that could not be sent is void from the day of the next one.
        """
        for last, following in FOLLOWED_BY:
            due = _ending_soon(self.today).filter(
                last_reminder=last, ends_on__lte=self.today + timedelta(days=following)
            )
            self._notify_all(due, what=f"reminders of {following} days")

    def remind_newcomers(self) -> None:
        """Remind whoever came to a proxy after its reminder: everybody else of it has been told.

        Who could not be told of each of their proxies stays noted for the next round.
        """
        self.progress.begin("newcomers", Newcomer.objects.count())
        last = 0
        while noted := dict(
            Newcomer.objects.filter(pk__gt=last)
            .order_by("pk")
            .values_list("pk", "user")[:AT_A_TIME]
        ):
            last = max(noted)
            proxies = _proxies_ending_soon(set(noted.values()), self.today)
            left = {pk for pk in sorted(set().union(*proxies.values())) if not self._notify(pk)}
            told = [key for key, user in noted.items() if not left & proxies.get(user, set())]
            Newcomer.objects.filter(pk__in=told).delete()
            self.progress.advance(len(noted))

    def notify_expired(self) -> None:
        """Record what expired since the last round in both histories, and notify all concerned."""
        expired = Proxy.objects.filter(
            revoked_at=None, renounced_at=None, ends_on__lt=self.today, is_expiry_recorded=False
        )
        self._notify_all(expired, what="expiries")

    def _notify_all(self, proxies: ProxyQuerySet, *, what: str) -> None:
        self.progress.begin(what, proxies.count())
        for pk in _keys(proxies):
            self._notify(pk)
            self.progress.advance()

    def _notify(self, pk: int) -> bool:
        """Notify about a proxy, in its own transaction; whether that is done.

        One that somebody holds locked, or that fails, is left for the next round, and no other
        waits for it; nor is it tried twice in a round. Raises the error of a database that is lost.
        """
        if pk in self.locked | self.failed:
            return False
        try:
            self.written += _notify_about(pk, self.today)
        except Exception as error:
            if is_held_elsewhere(error):
                self.locked.add(pk)
                logger.warning("Proxy %s is locked: its notices wait for the next run.", pk)
                return False
            if not connection.is_usable():
                raise
            self.failed.add(pk)
            logger.exception("The notices of proxy %s could not be written.", pk)
            return False
        return True


def _ending_soon(today: date) -> ProxyQuerySet:
    """Proxies in force of which people are reminded, told or not."""
    soon: ProxyQuerySet = Proxy.objects.in_force(on=today).filter(
        ends_on__lte=today + timedelta(days=max(BEFORE)), is_expiry_recorded=False
    )
    return soon


def _proxies_ending_soon(people: Collection[int], today: date) -> dict[int, set[int]]:
    """The keys of the proxies that end soon, by the person who holds or manages them."""
    soon = _ending_soon(today).values("pk")
    managers = User.objects.active().esms().filter(pk__in=people)
    pairs = [
        Assignment.objects.standing()
        .filter(user__in=people, proxy__in=soon)
        .values_list("user", "proxy"),
        *(
            managers.filter(**{f"company__{parties}__in": soon}).values_list(
                "pk", f"company__{parties}"
            )
            for parties in ("proxies_given", "proxies_received")
        ),
    ]
    found: dict[int, set[int]] = {}
    for user, proxy in chain(*pairs):
        found.setdefault(user, set()).add(proxy)
    return found


def _keys(proxies: ProxyQuerySet) -> Iterator[int]:
    """Their keys in the order of their end dates, some at a time: each is read once."""
    rows = proxies.order_by("ends_on", "pk").values_list("ends_on", "pk")
    some = list(rows[:AT_A_TIME])
    while some:
        yield from (pk for _ends_on, pk in some)
        ends_on, last = some[-1]
        following = rows.filter(ends_on__gte=ends_on).exclude(ends_on=ends_on, pk__lte=last)
        some = list(following[:AT_A_TIME])


@transaction.atomic
def _notify_about(pk: int, today: date) -> int:
    """Notify about one proxy, locked: it may have been extended or revoked in the meantime."""
    proxies = Proxy.objects.select_related("mandator", "agent")
    proxy = locked(proxies).get(pk=pk)
    state = proxy.state_on(today)
    if state == Proxy.State.EXPIRED:
        return _expired(proxy, today)
    if state != Proxy.State.IN_FORCE:
        return 0
    days = (proxy.ends_on - today).days
    due = [before for before in BEFORE if days <= before]
    if not due:
        return 0
    nearest = min(due)
    next_reminder = max([before for before in BEFORE if before < nearest], default=-1)
    valid_until = clock.start_of(proxy.ends_on - timedelta(days=next_reminder))
    Proxy.objects.filter(pk=pk).update(last_reminder=nearest)
    return _notify_parties(proxy, ENDS_SOON, f"{nearest}", email_expires_at=valid_until)


def _expired(proxy: Proxy, today: date) -> int:
    """Record an expiry, and notify of it, once.

    The mark on the proxy's row tells that it is done; an earlier version of the portal set none.
    """
    Proxy.objects.filter(pk=proxy.pk).update(is_expiry_recorded=True)
    occurrence = uuid.uuid5(EXPIRIES, f"{proxy.pk}:{proxy.ends_on}")
    expired_on = proxy.ends_on + timedelta(days=1)
    if Event.objects.filter(company=proxy.mandator_id, occurrence=occurrence).exists():
        return 0
    for company in filter(None, (proxy.mandator, proxy.agent)):
        record(
            PROXY_EXPIRED,
            company=company,
            about=telling.about(proxy),
            occurrence=occurrence,
            at=clock.start_of(expired_on),
            **telling.facts_of(proxy),
        )
    notify_before = expired_on + timedelta(days=LONGEST_SILENCE)
    if today >= notify_before:
        return 0
    notices = PROXY_EXPIRED.notices
    return _notify_parties(proxy, notices, "over", email_expires_at=clock.start_of(notify_before))


def _notify_parties(
    proxy: Proxy, notices: Mapping[str, Notice], occasion: str, *, email_expires_at: datetime
) -> int:
    """Notify each person once: as an ESM of either party, or else as a holder."""
    once = f"proxy:{proxy.pk}:{proxy.ends_on}:{occasion}"
    agents = telling.esms_of(proxy.agent) if proxy.agent else []
    mandators = telling.esms_of(proxy.mandator)
    holders = telling.without(telling.holders_of(proxy), [*mandators, *agents])
    facts = telling.facts_of(proxy)
    recipients = {MANDATOR: mandators, AGENT: agents, HOLDERS: holders}
    return sum(
        notify(
            people,
            notices[party],
            about=telling.about(proxy),
            once=once,
            email_expires_at=email_expires_at,
            **facts,
        )
        for party, people in recipients.items()
    )
