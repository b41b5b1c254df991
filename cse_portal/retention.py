"""What the portal forgets, and when: `manage.py purge` deletes it (docs/retention.md).

Each app says what it keeps for a time in its module `retention`. Receipts, events and the trail are
in none: they are never deleted.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import autodiscover_modules

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Draft

AT_A_TIME = 1_000  # rows in one transaction
BECAUSE = "what is past its time is forgotten, whichever company's it is"


@dataclass(frozen=True)
class Kept:
    """Rows that are kept for a time.

    `past` selects those whose time began before an instant; they are found in the order of the
    column `by`. `days` is the setting that has the number of days; without one, their time is over
    at that instant itself.
    """

    name: str
    past: Callable[[datetime], QuerySet[Any]]
    days: str = ""
    by: str = "pk"

    @property
    def period(self) -> timedelta:
        """How long they are kept."""
        return timedelta(days=getattr(settings, self.days) if self.days else 0)

    def due(self) -> QuerySet[Any]:
        """The rows that are past their time now, in a scope across companies."""
        return self.past(clock.now() - self.period)

    def forget(self) -> Generator[int, None, None]:
        """Delete what is due, some rows at a time, and yield how many.

        Each batch is a transaction of its own: killed at any moment, the next run goes on. A row
        that somebody holds locked is left for it; two runs at once share the rows.
        """
        with across_companies(because=BECAUSE):
            rows = self.due()
            while deleted := self._forget_some(rows):
                count, last = deleted
                yield count
                rows = rows.filter(**{f"{self.by}__gte": last})

    @transaction.atomic
    def _forget_some(self, rows: QuerySet[Any]) -> tuple[int, Any] | None:
        """Delete the first rows; how many, and where the last one stood. None without any."""
        free = rows.select_for_update(skip_locked=True, of=("self",)).order_by(self.by)
        found = list(free.values_list("pk", self.by)[:AT_A_TIME])
        if not found:
            return None
        keys = [key for key, _place in found]
        rows.model._default_manager.filter(pk__in=keys).delete()
        return len(found), found[-1][1]

    def count(self) -> int:
        """How many rows are due."""
        with across_companies(because=BECAUSE):
            return self.due().count()


_EVERY: dict[str, Kept] = {}


def forgets(*kinds: Kept) -> None:
    """Declare what `manage.py purge` forgets. Raises ValueError for a name that is taken."""
    for kept in kinds:
        if kept.name in _EVERY:
            raise ValueError(f"Two kinds of rows are named {kept.name!r}.")
        _EVERY[kept.name] = kept


def every_kind() -> dict[str, Kept]:
    """What each app keeps for a time, by its name."""
    autodiscover_modules("retention")
    return dict(_EVERY)


forgets(
    Kept("drafts", lambda before: Draft.objects.filter(kept_at__lt=before), "CSE_KEEP_DRAFTS_DAYS"),
    Kept(
        "ended sessions",
        lambda before: Session.objects.filter(expire_date__lt=before),
        by="expire_date",
    ),
)
