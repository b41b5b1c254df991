"""Through a pooler, each transaction may have another session of PostgreSQL (PgBouncer's by default
for web applications, `pool_mode = transaction`).

What was told to a session would be another client's, and what another told it ours. So nothing is
told to a session here: the role, the company and the timeouts are told within each transaction
(`SET LOCAL`), and end with it. A statement outside of a transaction goes in one message with them,
which is a transaction too, and costs no further round trip.
"""

from collections.abc import Callable, Iterable
from typing import Any, Self

from psycopg import ClientCursor, OperationalError
from psycopg.pq import TransactionStatus

from cse_portal.database.libpq import execute

IDLE, INTRANS = TransactionStatus.IDLE, TransactionStatus.INTRANS


def stands_between(connection: Any) -> bool:
    """Whether a pooler stands between this process and PostgreSQL.

    PostgreSQL tells at connection the process that serves it, for requests to cancel. A pooler
    can't tell it, for it has not chosen one yet: it tells a number of its own. That holds whichever
    session it gives, and whether it gives the same one again or not. Raises OperationalError.
    """
    (pid,) = execute(connection, "SELECT pg_catalog.pg_backend_pid()")
    return pid != str(connection.pgconn.backend_pid).encode()


def try_transaction(connection: Any) -> None:
    """Raises OperationalError where a pooler keeps no session for a transaction (`statement`)."""
    try:
        execute(connection, "BEGIN")
        execute(connection, "COMMIT")
    except OperationalError as error:
        raise OperationalError(
            "no transaction goes through the pooler: pool_mode = statement does not suit"
        ) from error


def takes_writes(connection: Any) -> bool:
    """Whether the server that a pooler gave accepts writes. Raises OperationalError."""
    return execute(connection, "SELECT pg_catalog.current_setting('transaction_read_only')") == [
        b"off"
    ]


class ScopedCursor(ClientCursor[Any]):
    """Tells PostgreSQL the scope of each transaction, or of each statement outside of one.

    `connection.scope_as_sql` gives the commands.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        connection: Any = self.connection
        if not connection.autocommit:
            tell_scope(connection)
        elif connection.pgconn.transaction_status == IDLE:
            commands = connection.scope_as_sql()
            statement = self.mogrify(query, params)
            super().execute("; ".join([*commands, statement]).encode(), **options)
            self.set_result(len(commands))
            return self
        super().execute(query, params, **options)
        return self

    def executemany(self, query: Any, params_seq: Iterable[Any], **options: Any) -> None:
        connection: Any = self.connection
        if connection.autocommit and connection.pgconn.transaction_status == IDLE:
            with connection.transaction():
                execute(connection, "; ".join(connection.scope_as_sql()))
                super().executemany(query, params_seq, **options)
        else:
            tell_scope(connection)
            super().executemany(query, params_seq, **options)


def tell_scope(connection: Any) -> None:
    """Begin the transaction that is next, and tell it the scope; or what has changed since.

    A failed transaction refuses every statement until it is rolled back.
    """
    status = connection.pgconn.transaction_status
    if status not in {IDLE, INTRANS}:
        return
    commands = connection.scope_as_sql()
    if status == IDLE:
        execute(connection, "; ".join(["BEGIN", *commands]))
    elif connection.scope_told != commands:
        execute(connection, "; ".join(commands))
    connection.scope_told = commands


def take(line: Any, scope_as_sql: Callable[[], list[str]]) -> None:
    """Tell the scope that way on a connection through a pooler."""
    line.scope_as_sql, line.cursor_factory = scope_as_sql, ScopedCursor
    forget_scope(line)


def forget_scope(connection: Any) -> None:
    """What a transaction was told since a savepoint is undone with it."""
    connection.scope_told = None
