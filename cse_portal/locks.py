"""How the portal locks rows; `cse_portal.acting.door` states the order of the locks."""

from typing import TypeVar

from django.db import OperationalError
from django.db.models import Model, QuerySet
from psycopg.errors import LockNotAvailable

Row = TypeVar("Row", bound=Model)


def locked(rows: QuerySet[Row]) -> QuerySet[Row]:
    """The same rows, locked from their reading to the end of the transaction.

    Only the rows themselves, not those joined with them. The lock is a `no_key` one: it doesn't
    block rows that refer to the locked ones.
    """
    return rows.select_for_update(of=("self",), no_key=True)


def is_held_elsewhere(error: BaseException | None) -> bool:
    """Whether a row could not be locked in time, since somebody else holds it."""
    return isinstance(error, OperationalError) and isinstance(error.__cause__, LockNotAvailable)
