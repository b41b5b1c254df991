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
from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from cse_portal.search.keys import SearchKey
from cse_portal.search.typed import Typed

#: rows that a search shows; where there are more, the text has to be more precise
MOST = 40
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
    met soon in the order of primary keys, which tell nothing of names. A sample tells which it is,
    and which of several parts the index is to be asked for.
    """

    def __init__(self, rows: Rows, key: SearchKey, typed: Typed) -> None:
        self.rows = rows.order_by("pk").values("pk")
        self.key, self.parts = key, typed.parts

    def keys(self) -> Iterable[Any]:
        sample = self._sample()
        if sum(all(part in one for part in self.parts) for one in sample) < MANY_IN_A_SAMPLE:
            rare = [part for part in self.parts if self._is_rare(part, sample)]
            return self._by_index(rare or self.parts)
        among = self.rows.model._default_manager.filter(pk__in=self.rows[:WALKED])
        found = list(having(among, self.key, self.parts).values_list("pk", flat=True)[: MOST + 1])
        self.is_partial = len(found) <= MOST and bool(self.rows[WALKED : WALKED + 1])
        return found

    def _sample(self) -> list[str]:
        """The keys of names of the rows that are first in the order of primary keys."""
        keyed = self.rows.annotate(searched=self.key)
        return list(keyed.values_list("searched", flat=True)[:SAMPLE])

    @staticmethod
    def _is_rare(part: str, sample: list[str]) -> bool:
        return sum(part in one for one in sample) < MANY_IN_A_SAMPLE

    def _by_index(self, rare: list[str]) -> list[Any]:
        """Materialized: planned as if all were wanted. Else PostgreSQL hopes to meet enough of them
        soon, and reads the table to its end.

        The other parts are looked for in what the index found: it knows no such expression.
        """
        others = [part for part in self.parts if part not in rare]
        rows = having(self.rows, self.key, rare).order_by()
        if others:
            unknown = Concat(self.key, Value(""), output_field=TextField())
            rows = having(rows, unknown, others, name="also_searched")
        try:
            found, values = rows.query.sql_with_params()
        except EmptyResultSet:
            return []
        with connection.cursor() as cursor:
            sql = f"WITH found AS MATERIALIZED ({found}) SELECT * FROM found LIMIT {MOST + 1}"  # noqa: S608
            cursor.execute(sql, values)
            return [key for (key,) in cursor.fetchall()]


def having(rows: Rows, key: Any, parts: list[str], name: str = "searched") -> Rows:
    """Those of the rows whose key has all the parts."""
    has_all = Q()
    for part in parts:
        has_all &= Q(**{f"{name}__contains": part})
    return rows.alias(**{name: key}).filter(has_all)


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
