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

from psycopg import OperationalError, errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, Format

Row = tuple[Any, ...]
AUTO, TEXT = PyFormat.AUTO, Format.TEXT
GOOD = ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK
_PLACEHOLDER = re.compile("%(.)", re.DOTALL)


def rows_of(connection: Any, question: str, values: Sequence[Any]) -> list[Row]:
    """What PostgreSQL answers. Raises what psycopg's cursor would.

    A transaction that psycopg has yet to begin must be begun before.
    """
    adapt = Transformer(connection)
    sent = adapt.dump_sequence(values, [AUTO] * len(values))
    known: dict[Any, bytes] = connection.__dict__.setdefault("statements", {})
    key = question, adapt.types
    name = known.get(key)
    if name is None:
        name = b"asked_%d" % len(known)
        written = numbered(question).encode()
        of(connection, connection.pgconn.prepare(name, written, adapt.types))
        known[key] = name
    result = of(connection, connection.pgconn.exec_prepared(name, sent, adapt.formats, TEXT))
    adapt.set_pgresult(result)
    return adapt.load_rows(0, result.ntuples, tuple)


def of(connection: Any, result: Any) -> Any:
    """The result, if it is one."""
    if result.status in GOOD:
        return result
    if connection.pgconn.status == ConnStatus.BAD:
        raise OperationalError(result.get_error_message())
    raise errors.error_from_result(result)


def numbered(question: str) -> str:
    """Placeholders as PostgreSQL has them: `$1`, `$2` where Django writes `%s`."""
    count = 0

    def written(found: re.Match[str]) -> str:
        nonlocal count
        if found[1] == "%":
            return "%"
        if found[1] != "s":
            raise ValueError(f"not a placeholder: {found[0]}")
        count += 1
        return f"${count}"

    return _PLACEHOLDER.sub(written, question)
