"""The queue of letters: which ones are sent, when a failed one is tried again or given up.

Only the worker `send_letters` reads it; several may run. A letter's row is locked while the letter
is sent, and the other workers skip it; it is committed as sent as soon as the mail server accepts
it. If the worker stops between these two, the letter is sent a second time, with the same
Message-ID, so that mail programs drop the duplicate.
"""

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.mail.backends.base import BaseEmailBackend
from django.db import Error, connection, transaction
from django.db.models import Count, Min
from django.db.models.functions import Coalesce

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.mail import concerns_address, mail_server, refused_for_good
from notices.models import NEXT_FIRST, AccountLetter, Letter, Message, NotSent

logger = logging.getLogger(__name__)

#: letters about accounts come first: they are few and urgent
QUEUES: tuple[type[Letter], ...] = (AccountLetter, Message)
BATCH = 100
#: delay after the first, second, … failure; the last one applies to all later failures
BACK_OFF = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360)]
#: a letter that has failed for this long is given up
GIVE_UP_AFTER = timedelta(days=7)
BECAUSE = "e-mails leave for the people of every company"


class MailServerUnavailable(OSError):
    """The mail server does not answer, or refuses the portal itself: no letter is at fault."""


def send_due(*, is_over: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Send one batch of due letters, oldest first; return how many had each result.

    One connection to the mail server serves the whole batch. `is_over` is called between letters,
    to stop early. Raises MailServerUnavailable, and `django.db.Error` when the database is lost.
    """
    results: Counter[str] = Counter()
    server = mail_server()
    with across_companies(because=BECAUSE):
        try:
            for queue, key in _due():
                if is_over():
                    break
                results[_deliver(queue, key, server)] += 1
        finally:
            _close(server)
    return results


def send_all_due(*, is_over: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Send batches until nothing is due, except letters that another worker is sending."""
    totals: Counter[str] = Counter()
    while results := send_due(is_over=is_over):
        totals += results
        if not results.keys() - {"taken by another", "left alone"}:
            break
    return totals


def _due() -> list[tuple[type[Letter], int]]:
    """Queue and key of each due letter: each is tried once a batch, so none blocks the others."""
    return [
        (queue, key)
        for queue in QUEUES
        for key in _rows(queue).due().order_by(*NEXT_FIRST).values_list("pk", flat=True)[:BATCH]
    ]


def _rows(queue: type[Letter]) -> Any:  # its managers have no common type
    return queue._default_manager


class Outcome(NamedTuple):
    """What became of a letter, and of whose address it told whether letters reach it."""

    result: str
    letter: Letter | None = None
    address: str = ""
    has_arrived: bool = False


def _deliver(queue: type[Letter], key: int, server: BaseEmailBackend) -> str:
    """Send a letter and return the result; its failure does not stop the following letters."""
    _open(server)
    try:
        with transaction.atomic():
            outcome = _send_if_due(queue, key, server)
    except Error as error:
        if not connection.is_usable():
            raise
        logger.warning("%s %s was left alone: %s", queue.__name__, key, type(error).__name__)
        return "left alone"
    _note_delivery(outcome)
    return outcome.result


def _note_delivery(outcome: Outcome) -> None:
    """Store whether letters reach the address, apart from what became of the letter.

    A letter that has left stays marked as sent, even if somebody holds the person's row.
    """
    if outcome.letter is None:
        return
    try:
        outcome.letter.user.note_delivery(outcome.address, arrived=outcome.has_arrived)
    except Error as error:
        if not connection.is_usable():
            raise
        logger.warning("The state of an address was not stored: %s", type(error).__name__)


def _send_if_due(queue: type[Letter], key: int, server: BaseEmailBackend) -> Outcome:
    """Lock the letter, and send it if it is still due and still true."""
    rows = _rows(queue).due().filter(pk=key).select_related("user__company")
    letter = rows.select_for_update(of=("self",), skip_locked=True, no_key=True).first()
    if letter is None:
        return Outcome("taken by another")
    now = clock.now()
    try:
        with transaction.atomic():  # a database error here makes only this letter fail
            if letter.is_void(at=now) or letter.is_outdated():
                return _mark_not_sent(letter, NotSent.VOID)
            address, email = letter.address, letter.as_email()
            if not server.send_messages([email]):
                raise OSError("the mail server took nothing")
    except Exception as error:
        _close(server)
        return _failed(letter, error, at=now)
    letter.emailed_at = clock.now()
    letter.save(update_fields=["emailed_at"])
    return Outcome("sent", letter, address, has_arrived=True)


def _failed(letter: Letter, error: Exception, *, at: datetime) -> Outcome:
    """Count the try and plan the next one, unless the address is refused or a week has passed."""
    logger.warning(
        "%s %s was not e-mailed: %s", type(letter).__name__, letter.pk, type(error).__name__
    )
    letter.failing_since = letter.failing_since or at
    letter.tries += 1
    letter.next_try_at = at + BACK_OFF[min(letter.tries, len(BACK_OFF)) - 1]
    letter.save(update_fields=["failing_since", "tries", "next_try_at"])
    if refused_for_good(error):
        return _mark_not_sent(letter, NotSent.REFUSED, error=error)
    if at - letter.failing_since >= GIVE_UP_AFTER:
        return _mark_not_sent(letter, NotSent.GIVEN_UP, error=error)
    return Outcome("failed")


def _mark_not_sent(letter: Letter, reason: NotSent, *, error: Exception | None = None) -> Outcome:
    """Take the letter out of the queue; the person's file tells of an address that is at fault."""
    letter.not_sent = reason
    letter.save(update_fields=["not_sent"])
    if error and concerns_address(error):
        return Outcome(str(reason.value), letter, letter.address)
    return Outcome(str(reason.value))


def _open(server: BaseEmailBackend) -> None:
    """Open the connection before any letter is locked. Raises MailServerUnavailable."""
    try:
        server.open()
    except Exception as error:
        raise MailServerUnavailable(type(error).__name__) from error


def _close(server: BaseEmailBackend) -> None:
    with suppress(Exception):
        server.close()


# --- figures for operators ------------------------------------------------------------------------


def seconds_due() -> int:
    """How long the oldest due letter has been due; 0 when none is due."""
    with across_companies(because=BECAUSE):
        since = [
            _rows(queue).due().aggregate(at=Min(Coalesce("next_try_at", "written_at")))["at"]
            for queue in QUEUES
        ]
    return max([int((clock.now() - at).total_seconds()) for at in since if at], default=0)


def count_waiting() -> int:
    """Number of letters still to be sent, now or later."""
    with across_companies(because=BECAUSE):
        return sum(_rows(queue).waiting().count() for queue in QUEUES)


def count_not_sent() -> dict[str, int]:
    """Number of letters that will never be sent, by reason."""
    counts = Counter(dict.fromkeys(NotSent.values, 0))
    with across_companies(because=BECAUSE):
        for queue in QUEUES:
            not_sent = _rows(queue).exclude(not_sent="").order_by().values("not_sent")
            for row in not_sent.annotate(count=Count("pk")):
                counts[row["not_sent"]] += row["count"]
    return dict(counts)
