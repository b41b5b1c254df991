"""Rows that are found step by step, and never more of them than a page shows.

A step costs the same among millions of rows. PostgreSQL can't be trusted to choose its way: where a
policy guards a table, it estimates texts without looking at its statistics. So each step leaves it
one way only.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from cse_portal.search.keys import SearchKey
from cse_portal.search.typed import Typed

#: rows that a search shows; where there are more, the text has to be more precise
MOST = 50
#: rows that are looked at first; where so many of them have what was typed, many others do
SAMPLE, MANY_IN_A_SAMPLE = 300, 10
#: and so many more are then looked at
WALKED = 2_000

Rows = QuerySet[Any]


@dataclass(frozen=True)
class Found:
    """The keys of the rows, and whether there are more."""

    keys: list[Any]
    is_more: bool = False


class Step(ABC):
    #: whether it looks for the rows of some companies or people of those that were found
    is_partial = False

    @abstractmethod
    def keys(self) -> Iterable[Any]:
        """The keys of some of the rows, `MOST` and one at least where there are as many."""


class InTheOrderOfIndexes(Step):
    """Rows in orders that indexes have: PostgreSQL stops as soon as it has enough of each."""

    def __init__(self, *each: Rows, is_partial: bool = False) -> None:
        self.each, self.is_partial = each, is_partial

    def keys(self) -> Iterable[Any]:
        if not self.each:
            return []
        first, *others = (rows.values_list("pk", flat=True)[: MOST + 1] for rows in self.each)
        return first.union(*others, all=True) if others else first


class ByParts(Step):
    """Rows that have each part that was typed, anywhere.

    What few rows have is found by the index of parts; what many have would take it long, and is
    met soon in the order of primary keys, which tell nothing of names. A sample tells which it is.
    """

    def __init__(self, rows: Rows, key: SearchKey, typed: Typed) -> None:
        self.rows = rows.order_by("pk").values("pk")
        self.key, self.parts = key, typed.parts

    def keys(self) -> Iterable[Any]:
        if len(self._among_the_first(SAMPLE)) < MANY_IN_A_SAMPLE:
            return self._by_index()
        found = self._among_the_first(WALKED)
        self.is_partial = len(found) <= MOST and bool(self.rows[WALKED : WALKED + 1])
        return found

    def _among_the_first(self, rows: int) -> list[Any]:
        """Of those that are first in the order of primary keys."""
        among = self.rows.model._default_manager.filter(pk__in=self.rows[:rows])
        return list(self._having(among).values_list("pk", flat=True)[: MOST + 1])

    def _by_index(self) -> list[Any]:
        """Materialized: planned as if all were wanted. Else PostgreSQL hopes to meet enough of them
        soon, and reads the table to its end.
        """
        try:
            found, values = self._having(self.rows).order_by().query.sql_with_params()
        except EmptyResultSet:
            return []
        with connection.cursor() as cursor:
            sql = f"WITH found AS MATERIALIZED ({found}) SELECT * FROM found LIMIT {MOST + 1}"  # noqa: S608
            cursor.execute(sql, values)
            return [key for (key,) in cursor.fetchall()]

    def _having(self, rows: Rows) -> Rows:
        """Those of the rows that have all the parts."""
        has_all = Q()
        for part in self.parts:
            has_all &= Q(searched__contains=part)
        return rows.alias(searched=self.key).filter(has_all)


def beginning_with(rows: Rows, column: str, typed: str, longest: int) -> Rows:
    """The rows whose code, of capitals and digits, begins so: by the index that makes it unique.

    Whatever the order of the server's language is, such codes lie between these two.
    """
    last = typed + "Z" * (longest - len(typed))
    bounds = {f"{column}__gte": typed, f"{column}__lte": last, f"{column}__startswith": typed}
    return rows.filter(**bounds).order_by(column)


def find(steps: Iterable[Step], *, enough: int = MOST + 1) -> Found:
    """Take the steps in turn, the nearest first, until `enough` rows are found."""
    keys: dict[Any, None] = {}
    is_more = False
    for step in steps:
        keys |= dict.fromkeys(step.keys())
        is_more |= step.is_partial
        if len(keys) >= enough:
            break
    return Found(list(keys)[:MOST], is_more or len(keys) > MOST)
