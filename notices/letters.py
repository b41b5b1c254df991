"""The queue of letters: which one is sent next, when a failed one is tried again or given up.

Only the worker `send_letters` reads it; several may run. A worker takes a letter in hand, in a
transaction of its own, and sends it once that is committed: no lock and no transaction lasts as
long as the mail server takes. The result is committed as soon as the server has answered. If the
worker dies between these two, the letter is sent a second time after `IN_HAND_FOR`, with the same
Message-ID, so that mail programs drop the duplicate.
"""

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import Error, connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.mail import concerns_address, refused_for_good
from notices.mail_server import MailServer, MailServerUnavailable
from notices.models import NEXT_FIRST, AccountLetter, Letter, LetterQuerySet, Message, NotSent

logger = logging.getLogger(__name__)

#: letters about accounts come first: they are few and urgent
QUEUES: tuple[type[Letter], ...] = (AccountLetter, Message)
#: after so many letters that were never tried, one that failed before has its turn; else it waits
#: until there are none, so that no number of dead addresses keeps a good letter waiting
NEVER_TRIED_IN_A_ROW = 10
#: delay after the first, second, … failure; the last one applies to all later failures
BACK_OFF = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360)]
#: a letter that has failed for this long is given up
GIVE_UP_AFTER = timedelta(days=7)
#: much longer than the mail server may take (`SECONDS_FOR_A_LETTER`): then the worker is no more
IN_HAND_FOR = timedelta(minutes=5)

#: a letter: its queue and its key
Which = tuple[type[Letter], int]


def send_all_due(*, is_over: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Send what is due until nothing is; return how many letters had each result.

    One connection to the mail server serves for all. `is_over` is called between letters, to stop
    early. Raises MailServerUnavailable, and `django.db.Error` when the database is lost.
    """
    results: Counter[str] = Counter()
    left_alone: set[Which] = set()
    in_a_row = 0
    with (
        across_companies(because="e-mails leave for the people of every company"),
        MailServer() as mail_server,
    ):
        _take_back_what_no_worker_has()
        while not is_over():
            letter = _next_due(left_alone, retry_first=in_a_row >= NEVER_TRIED_IN_A_ROW)
            if letter is None:
                break
            mail_server.open()  # before the letter is taken in hand
            which, is_retry = letter
            in_a_row = 0 if is_retry else in_a_row + 1
            result = _deliver(*which, mail_server)
            results[result] += 1
            if result in {"left alone", "taken by another"}:
                left_alone.add(which)
    return results


def rows_of(queue: type[Letter]) -> Any:  # its managers have no common type
    """The letters of a queue, those of every company inside of `across_companies`."""
    return queue._default_manager


def _next_due(left_alone: set[Which], *, retry_first: bool) -> tuple[Which, bool] | None:
    """The letter that is sent next, and whether it failed before; None when nothing is due."""
    for is_retry in (retry_first, not retry_first):
        for queue in QUEUES:
            rows: LetterQuerySet = rows_of(queue)
            due = rows.due_to_retry() if is_retry else rows.due().never_tried()
            if skipped := [key for its, key in left_alone if its is queue]:
                due = due.exclude(pk__in=skipped)
            key = due.order_by(*NEXT_FIRST).values_list("pk", flat=True).first()
            if key is not None:
                return (queue, key), is_retry
    return None


class Outcome(NamedTuple):
    """What became of a letter; and the address, if that tells whether letters arrive there."""

    result: str
    changes: dict[str, Any]
    address: str = ""
    has_arrived: bool = False


def _deliver(queue: type[Letter], key: int, mail_server: MailServer) -> str:
    """Send a letter and return the result; its failure does not stop the following letters."""
    try:
        letter = _take_in_hand(queue, key)
        if letter is None:
            return "taken by another"
        try:
            outcome = _send(letter, mail_server)
        except MailServerUnavailable:
            with suppress(Error):
                _store(letter, {})
            raise
        _store(letter, outcome.changes)
    except Error as error:
        if not connection.is_usable():
            raise
        logger.warning("%s %s was left alone: %s", queue.__name__, key, type(error).__name__)
        return "left alone"
    _note_delivery(letter, outcome)
    return outcome.result


def _take_in_hand(queue: type[Letter], key: int) -> Letter | None:
    """Mark a letter as e-mailed before it leaves, if it is still due; committed at once.

    So that nobody else sends it: neither another worker, nor the version before, which knows
    `emailed_at` alone.
    """
    with transaction.atomic():
        rows = rows_of(queue).due().filter(pk=key).select_related("user__company")
        rows = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
        letter: Letter | None = rows.first()
        if letter is not None:
            letter.emailed_at = clock.now()
            letter.in_hand_until = letter.emailed_at + IN_HAND_FOR
            letter.save(update_fields=["emailed_at", "in_hand_until"])
    return letter


def _send(letter: Letter, mail_server: MailServer) -> Outcome:
    """Send the letter if it is still true. Raises MailServerUnavailable, and nothing else."""
    now = clock.now()
    try:
        with transaction.atomic():  # a database error here makes only this letter fail
            if letter.is_void(at=now) or letter.is_outdated():
                return Outcome("void", {"not_sent": NotSent.VOID})
            address, email = letter.address, letter.as_email()
        mail_server.send(email)
    except MailServerUnavailable:
        raise
    except Exception as error:
        return _failed(letter, error, at=now)
    return Outcome("sent", {"emailed_at": clock.now()}, address, has_arrived=True)


def _failed(letter: Letter, error: Exception, *, at: datetime) -> Outcome:
    """Count the try and plan the next one, unless the address is refused or a week has passed."""
    logger.warning(
        "%s %s was not e-mailed: %s", type(letter).__name__, letter.pk, type(error).__name__
    )
    since, tries = letter.failing_since or at, letter.tries + 1
    changes: dict[str, Any] = {
        "failing_since": since,
        "tries": tries,
        "next_try_at": at + BACK_OFF[min(tries, len(BACK_OFF)) - 1],
    }
    reason: NotSent | None = None
    if refused_for_good(error):
        reason = NotSent.REFUSED
    elif at - since >= GIVE_UP_AFTER:
        reason = NotSent.GIVEN_UP
    if reason is None:
        return Outcome("failed", changes)
    # the person's file tells of an address that is at fault
    address = letter.address if concerns_address(error) else ""
    return Outcome(str(reason.value), changes | {"not_sent": reason}, address)


def _store(letter: Letter, changes: dict[str, Any]) -> None:
    """Let the letter go out of hand, with what became of it; nothing if it was taken back."""
    in_hand = rows_of(type(letter)).filter(pk=letter.pk, in_hand_until=letter.in_hand_until)
    with transaction.atomic():
        in_hand.update(**{"emailed_at": None, "in_hand_until": None} | changes)


def _note_delivery(letter: Letter, outcome: Outcome) -> None:
    """Store whether letters reach the address, apart from what became of the letter.

    A letter that has left stays marked as sent, even if somebody holds the person's row.
    """
    if not outcome.address:
        return
    try:
        letter.user.note_delivery(outcome.address, arrived=outcome.has_arrived)
    except Error as error:
        if not connection.is_usable():
            raise
        logger.warning("The state of an address was not stored: %s", type(error).__name__)


def _take_back_what_no_worker_has() -> None:
    """Letters whose worker died before it knew what became of them: it counts as a try.

    So that one over which workers die is behind the others, and is given up some day.
    """
    now = clock.now()
    for queue in QUEUES:
        rows_of(queue).filter(in_hand_until__lte=now).update(
            emailed_at=None,
            in_hand_until=None,
            tries=F("tries") + 1,
            failing_since=Coalesce("failing_since", now),
            next_try_at=now,
        )
