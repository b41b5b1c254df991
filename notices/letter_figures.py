"""How many letters wait, for how long, and how many failed: figures for operators.

Each is read from a partial index that holds those letters and no others, however many were sent.
"""

from collections import Counter
from typing import Any

from django.db.models import Count

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from notices.letters import QUEUES, rows_of
from notices.models import NEXT_FIRST, NotSent

BECAUSE = "figures of every company's letters name none"


def count_waiting() -> dict[str, int]:
    """Number of letters still to be sent: those never tried, and those that failed before."""
    counts: Counter[str] = Counter(never_tried=0, to_retry=0)
    with across_companies(because=BECAUSE):
        for queue in QUEUES:
            counts["never_tried"] += rows_of(queue).never_tried().count()
            counts["to_retry"] += rows_of(queue).to_retry().count()
    return dict(counts)


def seconds_waiting() -> dict[str, int]:
    """How long the oldest due letter has been due, of each kind as above; 0 when none is due.

    Of those never tried it tells whether letters leave at all; of those to be tried again, whether
    the worker comes to them.
    """
    with across_companies(because=BECAUSE):
        rows = [rows_of(queue) for queue in QUEUES]
        return {
            "never_tried": _oldest([one.never_tried() for one in rows]),
            "to_retry": _oldest([one.to_retry() for one in rows]),
        }


def _oldest(queues: list[Any]) -> int:
    """Seconds since the first of these letters was due: the first ones of the index tell it."""
    now = clock.now()
    since = [now]
    for letters in queues:
        in_order = letters.order_by(*NEXT_FIRST)
        since += in_order.filter(next_try_at=None).values_list("written_at", flat=True)[:1]
        since += in_order.filter(next_try_at__lte=now).values_list("next_try_at", flat=True)[:1]
    return int((now - min(since)).total_seconds())


def count_not_sent() -> dict[str, int]:
    """Number of letters that will never be sent, by reason."""
    counts = Counter(dict.fromkeys(NotSent.values, 0))
    with across_companies(because=BECAUSE):
        for queue in QUEUES:
            not_sent = rows_of(queue).exclude(not_sent="").order_by().values("not_sent")
            for row in not_sent.annotate(count=Count("pk")):
                counts[row["not_sent"]] += row["count"]
    return dict(counts)
