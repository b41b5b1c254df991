"""Commands sent by libpq's own call: psycopg begins no transaction for them."""

import time
from selectors import EVENT_READ, DefaultSelector
from typing import Any

from psycopg import Connection, OperationalError, errors
from psycopg.errors import ConnectionTimeout
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

DONE = ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY


def execute(connection: Any, command: str) -> list[bytes | None]:
    """Execute a command on psycopg's connection. Returns the first row of its answer, as text.

    The row is empty where there is none. Raises OperationalError.
    """
    result = connection.pgconn.exec_(command.encode())
    if result.status == ExecStatus.TUPLES_OK:
        return [result.get_value(0, column) for column in range(result.nfields)]
    if result.status not in DONE:
        raise OperationalError(result.error_message.decode(errors="replace"))
    return []


def answered_within(seconds: float, own: Connection[Any], question: str) -> tuple[str, ...]:
    """The one row that answers, as text. Raises psycopg.Error: after `seconds`, at the latest.

    A pooler accepts a connection, and lets its question wait for as long as the server is away.
    """
    line, until = own.pgconn, time.monotonic() + seconds
    line.send_query(question.encode())
    last = None
    with DefaultSelector() as selector:
        selector.register(line.socket, EVENT_READ)
        while True:
            while line.is_busy():
                if not selector.select(max(until - time.monotonic(), 0.0)):
                    raise ConnectionTimeout("the database accepts connections and does not answer")
                line.consume_input()
            if (result := line.get_result()) is None:
                break
            last = result
    if last is None or last.status != ExecStatus.TUPLES_OK or last.ntuples != 1:
        raise error_of(line, last)
    return tuple(str(last.get_value(0, nth), "ascii") for nth in range(last.nfields))  # type: ignore[arg-type]


def error_of(line: PGconn, result: PGresult | None) -> OperationalError:
    """The error that PostgreSQL answered, of its own class where that is one of operation."""
    said = line.error_message.decode(errors="replace")
    code = result.error_field(DiagnosticField.SQLSTATE) if result else None
    try:
        kind = errors.lookup(code.decode()) if code else OperationalError
    except KeyError:
        kind = OperationalError
    return kind(said) if issubclass(kind, OperationalError) else OperationalError(said)
