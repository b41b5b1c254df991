"""Reminders before a proxy ends, and notices when it has expired.

An expiry is recorded in both histories however late this runs, dated by the day on which it
happened; people are notified only while it is recent. It may run as often as one likes, even twice
at once: each person gets each message once, by the unique constraint on the message's `once`.
"""

import logging
import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import OperationalError, transaction

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.locks import is_held_elsewhere, locked
from notices.actions import notify, record
from notices.happenings import Notice
from notices.models import Event
from proxies import telling
from proxies.happenings import AGENT, ENDS_SOON, HOLDERS, MANDATOR, PROXY_EXPIRED
from proxies.models import Proxy, ProxyQuerySet

logger = logging.getLogger(__name__)

BEFORE = (60, 30, 7)  # days before the end date
LONGEST_SILENCE = 30  # days: an older expiry is recorded, and nobody is notified
EXPIRIES = uuid.UUID("5f2d2c4e-6f0b-4c8e-9d6a-0c6f3f5d7a11")
BECAUSE = "reminders are for the people of every company"


def remind() -> int:
    """Write the reminders that are due today; return how many messages were written.

    After an interruption, only the nearest reminder is written, never three at once. The e-mail of
    a reminder that could not be sent is void from the day of the next one.
    """
    today = clock.today()
    with across_companies(because=BECAUSE):
        ending = Proxy.objects.in_force(on=today).filter(
            ends_on__lte=today + timedelta(days=max(BEFORE)), is_expiry_recorded=False
        )
        return _notify_all(ending, today)


def notify_expired() -> int:
    """Record what expired since the last run in both histories, and notify everyone concerned.

    Return how many messages were written.
    """
    today = clock.today()
    with across_companies(because=BECAUSE):
        expired = Proxy.objects.filter(
            revoked_at=None, renounced_at=None, ends_on__lt=today, is_expiry_recorded=False
        )
        return _notify_all(expired, today)


def _notify_all(proxies: ProxyQuerySet, today: date) -> int:
    """Each proxy in its own transaction, so that a failure leaves the previous ones done.

    A proxy that somebody holds locked waits for the next run, and no other waits for it.
    """
    keys = list(proxies.order_by("pk").values_list("pk", flat=True))
    return sum(_notify_unless_locked(pk, today) for pk in keys)


def _notify_unless_locked(pk: int, today: date) -> int:
    try:
        return _notify_about(pk, today)
    except OperationalError as error:
        if not is_held_elsewhere(error):
            raise
        logger.warning("Proxy %s is locked: its notices wait for the next run.", pk)
        return 0


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
