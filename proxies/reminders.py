"""Reminders before a proxy ends, and what is said when it has expired.

Whoever runs this, as often as he likes, and were two to run it at once: each person is told each
thing once. The message and its `once` are one row, which a unique constraint holds.
"""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta

from django.db import transaction

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from notices.actions import record, tell
from notices.happenings import Notice
from notices.models import Event
from proxies import telling
from proxies.happenings import AGENT, ENDS_SOON, HOLDERS, MANDATOR, PROXY_EXPIRED
from proxies.models import Proxy, ProxyQuerySet

BEFORE = (60, 30, 7)  # days before the end date
LONGEST_SILENCE = 60  # days: an older expiry is no news any more
EXPIRIES = uuid.UUID("5f2d2c4e-6f0b-4c8e-9d6a-0c6f3f5d7a11")
BECAUSE = "reminders are for the people of every company"


def remind() -> int:
    """Write the reminders that are due today; how many people were told.

    After an interruption, only the nearest reminder is sent: never three at once.
    """
    today = clock.today()
    with across_companies(because=BECAUSE):
        ending = Proxy.objects.in_force(on=today).filter(
            ends_on__lte=today + timedelta(days=max(BEFORE))
        )
        return _tell_of_each(ending, today)


def tell_expired() -> int:
    """Write what expired since the last run, in both histories and to everyone concerned."""
    today = clock.today()
    with across_companies(because=BECAUSE):
        expired = Proxy.objects.filter(
            revoked_at=None,
            renounced_at=None,
            ends_on__lt=today,
            ends_on__gte=today - timedelta(days=LONGEST_SILENCE),
        )
        return sum(
            _tell_of(pk, today) for pk in expired.order_by("pk").values_list("pk", flat=True)
        )


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
        return _expired(proxy)
    if state != Proxy.State.IN_FORCE:
        return 0
    days = (proxy.ends_on - today).days
    due = [before for before in BEFORE if days <= before]
    return _tell_each(proxy, ENDS_SOON, f"{min(due)}") if due else 0


def _expired(proxy: Proxy) -> int:
    occurrence = uuid.uuid5(EXPIRIES, f"{proxy.pk}:{proxy.ends_on}")
    if Event.objects.filter(company=proxy.mandator_id, occurrence=occurrence).exists():
        return 0
    for company in filter(None, (proxy.mandator, proxy.agent)):
        record(
            PROXY_EXPIRED,
            company=company,
            about=telling.about(proxy),
            occurrence=occurrence,
            **telling.facts_of(proxy),
        )
    return _tell_each(proxy, PROXY_EXPIRED.notices, "over")


def _tell_each(proxy: Proxy, notices: Mapping[str, Notice], which: str) -> int:
    """Each person once, by what he can do himself: as an ESM first, then as one who holds it."""
    once = f"proxy:{proxy.pk}:{proxy.ends_on}:{which}"
    agents = telling.esms_of(proxy.agent) if proxy.agent else []
    mandators = telling.esms_of(proxy.mandator)
    holders = telling.but(telling.holders_of(proxy), [*mandators, *agents])
    facts = telling.facts_of(proxy)
    return (
        tell(mandators, notices[MANDATOR], once=once, **facts)
        + tell(agents, notices[AGENT], once=once, **facts)
        + tell(holders, notices[HOLDERS], once=once, **facts)
    )
