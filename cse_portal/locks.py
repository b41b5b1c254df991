"""How the portal locks rows; `cse_portal.acting.door` states the order of the locks."""

from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def locked(rows: QuerySet[Row]) -> QuerySet[Row]:
    """The same rows, locked from their reading to the end of the transaction.

    Only the rows themselves, not those joined with them. The lock is a `no_key` one: it doesn't
    block rows that refer to the locked ones.
    """
    return rows.select_for_update(of=("self",), no_key=True)
