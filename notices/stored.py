"""The entries of the trail with their rows, as PostgreSQL stores them.

Nothing that somebody made in the database answers for a row: tables are named with their schema,
operators and functions are PostgreSQL's own, and values come as their types write them, which are
PostgreSQL's own too. `notices.definitions` tells of a view or a policy put in a table's place.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from psycopg import postgres
from psycopg.sql import SQL, Identifier
from psycopg.types.string import TextLoader

from notices.digests import NULL, AsJSON, array, as_json_of_type, digest_of, element_of, string

AT_A_TIME = 2000  # rows in memory at the same time
ENDS_AT_A_TIME = 20_000
#: different lists of columns that entries cover: one for each version of the tables
COVERED_AT_A_TIME = 1_000

#: the tables of the trail and of what it holds, by their names in ENTRIES
TABLES = {
    "entry": "notices_trailentry",
    "head": "notices_trailhead",
    "receipt": "cse_portal_receipt",
    "event": "notices_event",
}
#: what a session may have otherwise; the schema of the tables comes after PostgreSQL's own names
SETTINGS = {
    "search_path": "pg_catalog, public, pg_temp",
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "extra_float_digits": "1",
}
SET = "SELECT pg_catalog.set_config(%s, %s, true)"
COLUMNS = """
    SELECT attname, atttypid, attgenerated FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
ENTRIES = SQL("""
    SELECT entry.company_id, entry.position, entry.receipt_id, entry.event_id, entry.columns,
        entry.previous, entry.digest, head.position, head.digest, {columns}
    FROM {those}
    LEFT JOIN public.notices_trailhead head ON head.company_id = entry.company_id
    LEFT JOIN public.cse_portal_receipt receipt ON receipt.id = entry.receipt_id
    LEFT JOIN public.notices_event event ON event.id = entry.event_id
    ORDER BY entry.company_id, entry.position NULLS LAST
""")
EVERY_ENTRY = SQL("public.notices_trailentry entry")
#: those of some companies, from a position of each on
ENTRIES_FROM = SQL("""
    ROWS FROM (
        pg_catalog.unnest(%s::bigint[]), pg_catalog.unnest(%s::bigint[])
    ) AS known (company, position)
    JOIN public.notices_trailentry entry ON entry.company_id = known.company
    AND entry.position >= known.position
""")
#: the end of each company's trail, as a line of an anchor, and whether it has its entry: one is
#: found by the index for each company, however many there are of others
ENDS = """
    SELECT pg_catalog.concat_ws(' ', head.company_id, head.position, head.digest), (
        SELECT entry.digest FROM public.notices_trailentry entry
        WHERE entry.company_id = head.company_id AND entry.position = head.position
    ) IS NOT DISTINCT FROM head.digest
    FROM public.notices_trailhead head ORDER BY head.company_id
"""
OF_ENTRY = 9  # columns of ENTRIES before those of the rows
TYPES_OF_ENTRIES = {postgres.types[name].oid for name in ("int8", "uuid", "varchar")}


@contextmanager
def as_stored() -> Iterator[None]:
    """In this block of a transaction, names are PostgreSQL's own and values have one form."""
    with connection.cursor() as cursor:
        before = {}
        for name, value in SETTINGS.items():
            cursor.execute("SELECT pg_catalog.current_setting(%s)", [name])
            (before[name],) = cursor.fetchone()
            cursor.execute(SET, [name, value])
    yield
    with connection.cursor() as cursor:
        for name, value in before.items():
            cursor.execute(SET, [name, value])


@dataclass(frozen=True)
class Column:
    """A column of a table, and how its values are written; None if they can't be."""

    table: str
    name: str
    type: int
    as_json: AsJSON | None


def columns_of(table: str) -> list[Column]:
    """The columns of a table of the portal. What is computed as it is read can't be read here."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [f"public.{table}"])
        return [
            Column(table, name, type_, None if generated == "v" else as_json_of_type(type_))
            for name, type_, generated in cursor.fetchall()
        ]


class Covered(NamedTuple):
    """The columns that an entry covers, ready for the entries that cover the same.

    `places` has where each value stands in the row, and how it is written; `key` where the row's
    own key is. `names` is None when they are no names: PostgreSQL writes names alone.
    """

    names: frozenset[str] | None
    as_text: str
    places: tuple[tuple[int, AsJSON], ...]
    key: int | None


class StoredEntry(NamedTuple):
    """An entry of the trail, the end that its company's trail should have, and its row's values."""

    company: int
    position: int | None
    receipt: str | None
    event: str | None
    previous: str
    digest: str
    head_position: int | None
    head_digest: str | None
    values: Sequence[Any]
    covered: Covered

    @property
    def names_row(self) -> str:
        """The row of this entry, as operators find it in the database."""
        return f"receipt {self.receipt}" if self.receipt else f"event {self.event}"

    @property
    def recomputed(self) -> str | None:
        """Its digest, computed from its row as it is now; None when the row is gone."""
        values, (names, as_text, places, key) = self.values, self.covered
        if key is None or values[key] is None or self.position is None:
            return None
        if names is None:
            return ""
        return digest_of(
            previous=self.previous,
            company=self.company,
            position=self.position,
            receipt=self.receipt,
            event=self.event,
            columns=as_text,
            covered=[as_json(values[place]) for place, as_json in places],
        )


class StoredRows:
    """The rows of a transaction; `unreadable` are columns whose values can't be read here."""

    def __init__(self) -> None:
        every = {alias: columns_of(table) for alias, table in TABLES.items()}
        self.unreadable = [one for columns in every.values() for one in columns if not one.as_json]
        self._columns = {
            alias: [(one, one.as_json) for one in every[alias] if one.as_json]
            for alias in ("receipt", "event")
        }
        self._covered: dict[tuple[str, tuple[Any, ...]], Covered] = {}

    def entries(self, known: Mapping[int, int] | None = None) -> Iterator[StoredEntry]:
        """Entries, company by company, in order; those without a place come last.

        Every one, or those of the companies of `known` from that position on. They are streamed, so
        that a million of them fit in memory.
        """
        receipts = OF_ENTRY + len(self._columns["receipt"])
        with connection.chunked_cursor() as cursor:
            for type_ in self._types():
                cursor.cursor.adapters.register_loader(type_, TextLoader)  # as it is written
            if known is None:
                cursor.execute(self._query(EVERY_ENTRY))
            else:
                cursor.execute(self._query(ENTRIES_FROM), [list(known), list(known.values())])
            while found := cursor.fetchmany(AT_A_TIME):
                for values in found:
                    company, position, receipt, event, columns = values[:5]
                    previous, digest, head_position, head_digest = values[5:OF_ENTRY]
                    alias, start = ("receipt", OF_ENTRY) if receipt else ("event", receipts)
                    yield StoredEntry(
                        int(company),
                        _integer(position),
                        receipt,
                        event,
                        previous,
                        digest,
                        _integer(head_position),
                        head_digest,
                        values[start:],
                        self._covered_by(alias, columns),
                    )

    def _covered_by(self, alias: str, columns: list[Any]) -> Covered:
        """What an entry covers of a row, made once for the many entries that cover the same."""
        names = tuple(columns)
        try:
            return self._covered[alias, names]
        except (KeyError, TypeError):  # TypeError: an array of arrays, which PostgreSQL never wrote
            covered = self._make_covered(alias, names)
        if covered.names is not None:
            if len(self._covered) >= COVERED_AT_A_TIME:
                self._covered.clear()
            self._covered[alias, names] = covered
        return covered

    def _make_covered(self, alias: str, names: tuple[Any, ...]) -> Covered:
        places = {
            column.name: (place, as_json)
            for place, (column, as_json) in enumerate(self._columns[alias])
        }
        key, _as_json = places.get("id", (None, _null))
        if not all(isinstance(name, str) for name in names):
            return Covered(None, "", (), key)
        gone = (0, _null)
        return Covered(
            frozenset(names),
            array(map(string, names)),
            tuple(places.get(name, gone) for name in names),
            key,
        )

    def _types(self) -> set[int]:
        """The types that come as they are written: arrays are lists of what is."""
        found = {one.type for columns in self._columns.values() for one, _as_json in columns}
        return {element_of(one) or one for one in found | TYPES_OF_ENTRIES}

    def _query(self, those: SQL) -> str:
        columns = [
            SQL("{}.{}").format(Identifier(alias), Identifier(one.name))
            for alias, of_alias in self._columns.items()
            for one, _as_json in of_alias
        ]
        return ENTRIES.format(columns=SQL(", ").join(columns), those=those).as_string()


def ends() -> Iterator[tuple[bytes, bool]]:
    """The end of each company's trail, in the order of companies, and whether its entry is there.

    An end is a line, as an anchor has it.
    """
    with connection.chunked_cursor() as cursor:
        cursor.execute(ENDS)
        while found := cursor.fetchmany(ENDS_AT_A_TIME):
            for line, has_entry in found:
                yield line.encode(), has_entry


def _null(value: object) -> str:
    return NULL


def _integer(value: str | None) -> int | None:
    return None if value is None else int(value)
