"""The entries of the trail with their rows, as PostgreSQL stores them.

Nothing that somebody made in the database answers for a row: tables are named with their schema,
operators and functions are PostgreSQL's own, and values come as their types write them, which are
PostgreSQL's own too. `notices.definitions` tells of a view or a policy put in a table's place.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from psycopg import postgres
from psycopg.sql import SQL, Identifier
from psycopg.types.string import TextLoader

from notices.digests import AsJSON, as_json_of_type, digest_of, element_of

AT_A_TIME = 2000  # rows in memory at the same time

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
    FROM public.notices_trailentry entry
    LEFT JOIN public.notices_trailhead head ON head.company_id = entry.company_id
    LEFT JOIN public.cse_portal_receipt receipt ON receipt.id = entry.receipt_id
    LEFT JOIN public.notices_event event ON event.id = entry.event_id
    ORDER BY entry.company_id, entry.position NULLS LAST
""")
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


class StoredEntry(NamedTuple):
    """An entry of the trail, the end that its company's trail should have, and its row.

    `row` has the text in JSON of each column; it is None when the row is gone.
    """

    company: int
    position: int | None
    receipt: str | None
    event: str | None
    columns: list[Any]
    previous: str
    digest: str
    head_position: int | None
    head_digest: str | None
    row: dict[str, str] | None

    @property
    def names_row(self) -> str:
        """The row of this entry, as operators find it in the database."""
        return f"receipt {self.receipt}" if self.receipt else f"event {self.event}"

    @property
    def recomputed(self) -> str | None:
        """Its digest, computed from its row as it is now; None when the row is gone."""
        if self.row is None or self.position is None:
            return None
        if not all(isinstance(name, str) for name in self.columns):  # PostgreSQL writes names alone
            return ""
        return digest_of(
            previous=self.previous,
            company=self.company,
            position=self.position,
            receipt=self.receipt,
            event=self.event,
            columns=self.columns,
            row=self.row,
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

    def entries(self) -> Iterator[StoredEntry]:
        """Every entry, company by company, in order; those without a place come last.

        They are streamed, so that a million of them fit in memory.
        """
        receipts = len(self._columns["receipt"])
        with connection.chunked_cursor() as cursor:
            for type_ in self._types():
                cursor.cursor.adapters.register_loader(type_, TextLoader)  # as it is written
            cursor.execute(self._query())
            while found := cursor.fetchmany(AT_A_TIME):
                for values in found:
                    company, position, receipt, event, columns, *others = values[:OF_ENTRY]
                    previous, digest, head_position, head_digest = others
                    alias, start = ("receipt", 0) if receipt else ("event", receipts)
                    yield StoredEntry(
                        int(company),
                        _integer(position),
                        receipt,
                        event,
                        columns,
                        previous,
                        digest,
                        _integer(head_position),
                        head_digest,
                        self._row(alias, values[OF_ENTRY + start :]),
                    )

    def _row(self, alias: str, values: Any) -> dict[str, str] | None:
        columns = self._columns[alias]
        row = {
            column.name: as_json(value)
            for (column, as_json), value in zip(columns, values, strict=False)
        }
        return None if row.get("id", "null") == "null" else row

    def _types(self) -> set[int]:
        """The types that come as they are written: arrays are lists of what is."""
        found = {one.type for columns in self._columns.values() for one, _as_json in columns}
        return {element_of(one) or one for one in found | TYPES_OF_ENTRIES}

    def _query(self) -> str:
        columns = [
            SQL("{}.{}").format(Identifier(alias), Identifier(one.name))
            for alias, of_alias in self._columns.items()
            for one, _as_json in of_alias
        ]
        return ENTRIES.format(columns=SQL(", ").join(columns)).as_string()


def _integer(value: str | None) -> int | None:
    return None if value is None else int(value)
