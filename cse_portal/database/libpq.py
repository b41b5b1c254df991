"""Commands sent by libpq's own call: psycopg begins no transaction for them."""

from typing import Any

from psycopg import OperationalError
from psycopg.pq import ExecStatus

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
