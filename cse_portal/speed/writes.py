"""What every transmission writes: statements compiled once, prepared by PostgreSQL.

As `cse_portal.speed.queries` has the questions. Django's own compilers write them; its signals of
a row that is saved or deleted are not sent, for nothing in the portal listens to them. What
PostgreSQL refuses is refused in the same words: its constraints, its policies, its triggers stand.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.constants import OnConflict
from django.db.models.sql import DeleteQuery, InsertQuery, Query, UpdateQuery

from cse_portal.speed.queries import InScopes, ask, values_of

FEW = 10
Row = TypeVar("Row", bound=Model)


def insert(row: Model) -> None:
    """Write a new row, as `row.save(force_insert=True)`: its key is known afterwards.

    Raises IntegrityError.
    """
    _insertion_of(type(row)).make(row)


def insert_unless_taken(row: Model) -> bool:
    """Write a new row, unless what must be unique in it is taken: whether it was written."""
    return _insertion_of(type(row), unless_taken=True).make(row)


def insert_all(rows: list[Row]) -> list[Row]:
    """Write new rows of one model; many of them go in one statement, as `bulk_create` sends it."""
    if len(rows) > FEW:
        rows[0].__class__._default_manager.bulk_create(rows)
    else:
        for row in rows:
            insert(row)
    return rows


class _Insertion:
    """SQL that writes a row of a model."""

    def __init__(self, model: type[Model], *, unless_taken: bool = False) -> None:
        meta = model._meta
        self._fields = [
            one
            for one in meta.local_concrete_fields
            if not one.generated and one is not meta.auto_field
        ]
        self._returned = meta.db_returning_fields or [meta.pk]
        query = InsertQuery(model, on_conflict=OnConflict.IGNORE if unless_taken else None)
        query.insert_values(self._fields, [model()])
        compiler = query.get_compiler(using=DEFAULT_DB_ALIAS)
        compiler.returning_fields = self._returned
        ((self._sql, _params),) = compiler.as_sql()

    def make(self, row: Model) -> bool:
        """Whether the row was written."""
        connection = connections[DEFAULT_DB_ALIAS]
        values = [
            one.get_db_prep_save(one.pre_save(row, add=True), connection) for one in self._fields
        ]
        written = ask(self._sql, values)
        for known in written:
            for field, value in zip(self._returned, known, strict=True):
                setattr(row, field.attname, value)
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
        return bool(written)


_insertion_of = cache(_Insertion)


class _CompiledChange:
    """A statement that changes the rows of a queryset, and counts them."""

    def __init__(self, build: Callable[[], Query]) -> None:
        self._ready = InScopes(lambda: build().get_compiler(using=DEFAULT_DB_ALIAS).as_sql())

    def make(self, **given: Any) -> int:
        """How many rows there were."""
        sql, params = self._ready.for_the_scope_under_way(given)
        return len(ask(f"{sql} RETURNING 1", values_of(params, given)))


class CompiledUpdate(_CompiledChange):
    """The rows of a queryset get other values, which may be `Given`."""

    def __init__(self, build: Callable[[], "QuerySet[Any]"], **changes: Any) -> None:
        super().__init__(lambda: _update_of(build(), changes))


class CompiledDelete(_CompiledChange):
    """The rows of a queryset go; what points at them is PostgreSQL's to judge."""

    def __init__(self, build: Callable[[], "QuerySet[Any]"]) -> None:
        super().__init__(lambda: build().query.chain(DeleteQuery))


def _update_of(queryset: "QuerySet[Any]", changes: dict[str, Any]) -> Query:
    query: Any = queryset.query.chain(UpdateQuery)
    query.add_update_values(changes)
    return query
