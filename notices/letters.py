"""The queue of letters: which is sent now, when one is tried again, and when no more.

The worker `send_letters` is its only reader; several may run. A letter's row is locked while it is
sent, and passed over by the others; it is committed as sent right after the mail server's yes.
Dying between the two, the only moment left, sends it again: its Message-ID is the same, by which
mail programs drop the second.
"""

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.core.mail import get_connection
from django.db import Error, connection, transaction
from django.db.models import Count, Min
from django.db.models.functions import Coalesce

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.mail import concerns_address, refused_for_good
from notices.models import NEXT_FIRST, AccountLetter, Letter, Message, NotSent

logger = logging.getLogger(__name__)

#: all that is queued; letters about accounts come first, they are few and say what is urgent
QUEUES: tuple[type[Letter], ...] = (AccountLetter, Message)
BATCH = 100
#: how long after its first, second, … failure a letter is tried again; the last one, ever after
BACK_OFF = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360)]
#: a letter that failed for so long is given up
TRIED_LONG_ENOUGH = timedelta(days=7)
BECAUSE = "e-mails leave for the people of every company"


class MailServerUnavailable(OSError):
    """The mail server does not answer, or refuses the portal itself: no letter's own fault."""


def send_due(*, is_over: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Send what is due, the longest due first, over one connection: how many came to which end.

    At most a batch of them. `is_over` is asked between letters. Raises MailServerUnavailable, and
    `django.db.Error` when the database is lost.
    """
    ends: Counter[str] = Counter()
    mail_server = get_connection()
    with across_companies(because=BECAUSE):
        try:
            for queue, key in _due():
                if is_over():
                    break
                ends[_deliver(queue, key, mail_server)] += 1
        finally:
            _hang_up(mail_server)
    return ends


def send_all_due(*, is_over: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Batch after batch, until nothing is due but what another worker has in hand."""
    all_ends: Counter[str] = Counter()
    while ends := send_due(is_over=is_over):
        all_ends += ends
        if not ends.keys() - {"taken by another", "left alone"}:
            break
    return all_ends


def _due() -> list[tuple[type[Letter], int]]:
    """Keys of what is due; each is looked at once, so that none can stand before the others."""
    return [
        (queue, key)
        for queue in QUEUES
        for key in _rows(queue).due().order_by(*NEXT_FIRST).values_list("pk", flat=True)[:BATCH]
    ]


def _rows(queue: type[Letter]) -> Any:
    return queue._default_manager


def _deliver(queue: type[Letter], key: int, mail_server: Any) -> str:
    """Send one letter; whatever its failure, the next one has its turn."""
    _call(mail_server)
    try:
        with transaction.atomic():
            return _end_of(queue, key, mail_server)
    except Error as error:
        if not connection.is_usable():
            raise
        logger.warning("%s %s was left alone: %s", queue.__name__, key, type(error).__name__)
        return "left alone"


def _end_of(queue: type[Letter], key: int, mail_server: Any) -> str:
    """Lock the letter, and send it if it is still due and still true."""
    rows = _rows(queue).due().filter(pk=key).select_related("user__company")
    letter = rows.select_for_update(of=("self",), skip_locked=True, no_key=True).first()
    if letter is None:
        return "taken by another"
    now = clock.now()
    try:
        with transaction.atomic():  # a letter that can't even be judged fails alone
            if letter.is_void(at=now) or letter.is_outdated():
                return _will_not_be_sent(letter, NotSent.VOID)
            address, email = letter.address, letter.as_email()
            if not mail_server.send_messages([email]):
                raise OSError("the mail server took nothing")
    except Exception as error:
        _hang_up(mail_server)
        return _failed(letter, error, at=now)
    letter.emailed_at = clock.now()
    letter.save(update_fields=["emailed_at"])
    letter.user.note_delivery(address, arrived=True)
    return "sent"


def _failed(letter: Letter, error: Exception, *, at: datetime) -> str:
    """Count the try; another comes later, unless the address is refused or a week has passed."""
    logger.warning(
        "%s %s was not e-mailed: %s", type(letter).__name__, letter.pk, type(error).__name__
    )
    letter.failing_since = letter.failing_since or at
    letter.tries += 1
    letter.next_try_at = at + BACK_OFF[min(letter.tries, len(BACK_OFF)) - 1]
    letter.save(update_fields=["failing_since", "tries", "next_try_at"])
    if refused_for_good(error):
        return _will_not_be_sent(letter, NotSent.REFUSED, because_of=error)
    if at - letter.failing_since >= TRIED_LONG_ENOUGH:
        return _will_not_be_sent(letter, NotSent.GIVEN_UP, because_of=error)
    return "failed"


def _will_not_be_sent(
    letter: Letter, reason: NotSent, *, because_of: Exception | None = None
) -> str:
    """Take the letter out of the queue; whoever manages the person's file is told of an address
    that does not work.
    """
    letter.not_sent = reason
    letter.save(update_fields=["not_sent"])
    if because_of and concerns_address(because_of):
        letter.user.note_delivery(letter.address, arrived=False)
    return str(reason.value)


def _call(mail_server: Any) -> None:
    """Have the connection open, before any letter is locked. Raises MailServerUnavailable."""
    try:
        mail_server.open()
    except Exception as error:
        raise MailServerUnavailable(type(error).__name__) from error


def _hang_up(mail_server: Any) -> None:
    with suppress(Exception):
        mail_server.close()


# --- what an operator watches ---------------------------------------------------------------------


def seconds_due() -> int:
    """For how long the letter that is due the longest has been so; 0 when none is due."""
    with across_companies(because=BECAUSE):
        since = [
            _rows(queue).due().aggregate(at=Min(Coalesce("next_try_at", "written_at")))["at"]
            for queue in QUEUES
        ]
    return max([int((clock.now() - at).total_seconds()) for at in since if at], default=0)


def count_waiting() -> int:
    """Letters still to be sent, now or later."""
    with across_companies(because=BECAUSE):
        return sum(_rows(queue).waiting().count() for queue in QUEUES)


def count_not_sent() -> dict[str, int]:
    """Letters that will never be sent, by the reason."""
    counts = Counter(dict.fromkeys(NotSent.values, 0))
    with across_companies(because=BECAUSE):
        for queue in QUEUES:
            ended = _rows(queue).exclude(not_sent="").order_by().values("not_sent")
            for row in ended.annotate(count=Count("pk")):
                counts[row["not_sent"]] += row["count"]
    return dict(counts)
