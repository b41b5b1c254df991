"""Statements that a connection prepares once, sent and read by libpq's own calls.

Every page asks several. psycopg's cursor is made for any statement: what it decides anew each time
is settled here, for values of the same types and an answer that is read whole. Values and rows are
adapted by psycopg, as the connection has it.

psycopg itself prepares nothing here (Django's default): after a rollback it would forget all that a
connection has prepared, these statements included.
"""

import re
from collections.abc import Sequence
from typing import Any

from psycopg.pq import DiagnosticField, ExecStatus

from cse_portal.speed.adapters import psycopg_3

Row = tuple[Any, ...]
GOOD = ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK
#: SQLSTATE of a plan that answers other columns since a migration; of a statement that is not there
CHANGED, LOST = b"0A000", b"26000"
_PLACEHOLDER = re.compile("%(.)", re.DOTALL)


class Statements(dict[Any, bytes]):
    """What a connection has prepared: names by SQL and types."""

    #: how often a plan was found stale in this process: what was prepared before is as stale
    found_stale = 0

    def __init__(self) -> None:
        super().__init__()
        self.since = Statements.found_stale

    @property
    def may_be_stale(self) -> bool:
        return self.since != Statements.found_stale


class StaleStatement(Exception):
    """A prepared statement can't be executed any more; `is_lost`: the connection has none."""

    def __init__(self, *, is_lost: bool) -> None:
        super().__init__()
        self.is_lost = is_lost


def fetch_rows(connection: Any, sql: str, values: Sequence[Any]) -> list[Row]:
    """The rows of a statement. Raises StaleStatement, or what psycopg's cursor would.

    A transaction that psycopg has yet to begin must be begun before.
    """
    given = psycopg_3.adapted(connection, values)
    statements: Statements | None = connection.__dict__.get("prepared_statements")
    if statements is None or statements.may_be_stale:
        if statements is not None:
            checked(connection, connection.pgconn.exec_(b"DEALLOCATE ALL"))
        statements = connection.prepared_statements = Statements()
    key = sql, given.types
    name = statements.get(key)
    if name is None:
        name = b"prepared_%d" % len(statements)
        numbered = with_numbers(sql).encode()
        checked(connection, connection.pgconn.prepare(name, numbered, given.types))
        statements[key] = name
    result = connection.pgconn.exec_prepared(name, given.parameters, given.formats, psycopg_3.TEXT)
    if result.status not in GOOD:
        state = result.error_field(DiagnosticField.SQLSTATE)
        if state in {CHANGED, LOST}:
            Statements.found_stale += 1
            raise StaleStatement(is_lost=state == LOST)
    return psycopg_3.rows_of(given, checked(connection, result))


def checked(connection: Any, result: Any) -> Any:
    """The result, if it is one. Raises psycopg's error otherwise."""
    if result.status in GOOD:
        return result
    raise psycopg_3.error_of(connection, result)


def with_numbers(sql: str) -> str:
    """Placeholders as PostgreSQL has them: `$1`, `$2` where Django writes `%s`."""
    count = 0

    def numbered(found: re.Match[str]) -> str:
        nonlocal count
        if found[1] == "%":
            return "%"
        if found[1] != "s":
            raise ValueError(f"not a placeholder: {found[0]}")
        count += 1
        return f"${count}"

    return _PLACEHOLDER.sub(numbered, sql)
