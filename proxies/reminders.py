"""Reminders before a proxy ends, and what is said when it has expired.

An expiry enters both histories however late this runs, dated by the day on which it happened; what
people are told is told while it is news. Whoever runs this, as often as they like, and were two to
run it at once: each person is told each thing once. The message and its `once` are one row, which a
unique constraint holds.
"""

import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from notices.actions import notify, record
from notices.happenings import Notice
from notices.models import Event
from proxies import telling
from proxies.happenings import AGENT, ENDS_SOON, HOLDERS, MANDATOR, PROXY_EXPIRED
from proxies.models import Proxy, ProxyQuerySet

BEFORE = (60, 30, 7)  # days before the end date
LONGEST_SILENCE = 30  # days: of an older expiry, the histories alone learn
EXPIRIES = uuid.UUID("5f2d2c4e-6f0b-4c8e-9d6a-0c6f3f5d7a11")
BECAUSE = "reminders are for the people of every company"


def remind() -> int:
    """Write the reminders that are due today; how many people were told.

    After an interruption, only the nearest reminder is written, never three at once; and the
    e-mail of one that could not leave is void from the day of the next one.
    """
    today = clock.today()
    with across_companies(because=BECAUSE):
        ending = Proxy.objects.in_force(on=today).filter(
            ends_on__lte=today + timedelta(days=max(BEFORE)), is_expiry_recorded=False
        )
        return _tell_of_each(ending, today)


def tell_expired() -> int:
    """Write what expired since the last run, in both histories and to everyone concerned.

    Were the last run years ago. How many people were told.
    """
    today = clock.today()
    with across_companies(because=BECAUSE):
        expired = Proxy.objects.filter(
            revoked_at=None, renounced_at=None, ends_on__lt=today, is_expiry_recorded=False
        )
        return _tell_of_each(expired, today)


def _tell_of_each(proxies: ProxyQuerySet, today: date) -> int:
    """Each in its own transaction: what is told stays told, were the next one to fail."""
    keys = list(proxies.order_by("pk").values_list("pk", flat=True))
    return sum(_tell_of(pk, today) for pk in keys)


@transaction.atomic
def _tell_of(pk: int, today: date) -> int:
    """One proxy, locked as it is read: extended or revoked meanwhile, it says something else."""
    proxies = Proxy.objects.select_related("mandator", "agent")
    proxy = proxies.select_for_update(of=("self",), no_key=True).get(pk=pk)
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
    next_one = max([before for before in BEFORE if before < nearest], default=-1)
    good_until = clock.start_of(proxy.ends_on - timedelta(days=next_one))
    return _tell_each(proxy, ENDS_SOON, f"{nearest}", email_expires_at=good_until)


def _expired(proxy: Proxy, today: date) -> int:
    """Once, by the mark on the proxy's row; the version before left none."""
    Proxy.objects.filter(pk=proxy.pk).update(is_expiry_recorded=True)
    occurrence = uuid.uuid5(EXPIRIES, f"{proxy.pk}:{proxy.ends_on}")
    over_since = proxy.ends_on + timedelta(days=1)
    if Event.objects.filter(company=proxy.mandator_id, occurrence=occurrence).exists():
        return 0
    for company in filter(None, (proxy.mandator, proxy.agent)):
        record(
            PROXY_EXPIRED,
            company=company,
            about=telling.about(proxy),
            occurrence=occurrence,
            at=clock.start_of(over_since),
            **telling.facts_of(proxy),
        )
    no_news = over_since + timedelta(days=LONGEST_SILENCE)
    if today >= no_news:
        return 0
    notices = PROXY_EXPIRED.notices
    return _tell_each(proxy, notices, "over", email_expires_at=clock.start_of(no_news))


def _tell_each(
    proxy: Proxy, notices: Mapping[str, Notice], which: str, *, email_expires_at: datetime
) -> int:
    """Each person once, by what he can do himself: as an ESM first, then as one who holds it."""
    once = f"proxy:{proxy.pk}:{proxy.ends_on}:{which}"
    agents = telling.esms_of(proxy.agent) if proxy.agent else []
    mandators = telling.esms_of(proxy.mandator)
    holders = telling.but(telling.holders_of(proxy), [*mandators, *agents])
    said: dict[str, Any] = {
        "about": telling.about(proxy),
        "once": once,
        "email_expires_at": email_expires_at,
        **telling.facts_of(proxy),
    }
    return (
        notify(mandators, notices[MANDATOR], **said)
        + notify(agents, notices[AGENT], **said)
        + notify(holders, notices[HOLDERS], **said)
    )
