"""The portal's own backend, with statements that a connection prepares once."""

from collections.abc import Sequence
from typing import Any

from psycopg import OperationalError
from psycopg.pq import ExecStatus, TransactionStatus

from cse_portal.companies import scopes
from cse_portal.companies.postgresql import operations
from cse_portal.companies.postgresql.base import DatabaseWrapper as WalledWrapper
from cse_portal.companies.postgresql.base import execute, set_role
from cse_portal.speed import prepared
from cse_portal.speed.adapters import psycopg_3
from cse_portal.speed.adapters.connections import Connections

#: the name of a cursor that sends a statement and its values apart, as a prepared one is sent
APART = "apart"
IDLE = TransactionStatus.IDLE
#: what a request asks for first is its session's person, before any company is known
FIRST_ROLE = scopes.DatabaseRole("cse_across")


def check_connection(connection: Any) -> None:
    """Give a pooled connection the role that a request begins with: it answers, so it is alive.

    Without a second wall there is no role to give: an empty statement. Raises OperationalError when
    no answer comes.
    """
    connection.role_when_checked = None
    if connection.info.dbname in DatabaseWrapper._walls:
        set_role(connection, FIRST_ROLE)
        connection.role_when_checked = FIRST_ROLE
    elif connection.pgconn.exec_(b"").status != ExecStatus.EMPTY_QUERY:
        raise OperationalError("the connection is lost")


class DatabaseOperations(operations.DatabaseOperations):
    """The portal's own; a statement whose values go apart is logged too, without them."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        return super().last_executed_query(cursor, sql, params) or sql


class DatabaseWrapper(Connections, WalledWrapper):
    """A connection that also answers prepared statements, by libpq's own calls."""

    ops_class = DatabaseOperations

    @property
    def pool(self) -> Any:
        """Django's own; that a connection is alive is checked by what it has to be told anyway."""
        pool = super().pool
        if pool is not None:
            psycopg_3.check_by(pool, check_connection)
        return pool

    def set_up(self, connection: Any) -> None:
        """A prepared statement is planned once, whatever its values; so is what triggers ask.

        Left to choose, PostgreSQL plans some of them anew at each call, by its statistics of the
        day, and spends more time on it than on the answer.
        """
        execute(connection, "SET plan_cache_mode = force_generic_plan")

    def init_connection_state(self) -> None:
        super().init_connection_state()
        self._role = getattr(self.connection, "role_when_checked", None)

    def create_cursor(self, name: str | None = None) -> Any:
        if name == APART:
            self._set_role_unless_failed()
            return self.cursor_apart(self.connection)
        return super().create_cursor(name)

    def fetch_prepared(self, sql: str, values: Sequence[Any]) -> list[prepared.Row]:
        """The rows of a statement that PostgreSQL prepares, and plans, once."""
        self.ensure_connection()
        if self.queries_logged or self.execute_wrappers:  # somebody listens
            with self.named_cursor(APART) as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall() if cursor.description else []
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            try:
                return self._fetch(sql, values)
            except prepared.StaleStatement as stale:
                self._recover_from(stale)
                return self._fetch(sql, values)

    def _fetch(self, sql: str, values: Sequence[Any]) -> list[prepared.Row]:
        self._set_role_unless_failed()
        if self._has_yet_to_begin():
            execute(self.connection, "BEGIN")
        return prepared.fetch_rows(self.connection, sql, values)

    def _has_yet_to_begin(self) -> bool:
        """Whether the first statement of a transaction is next: psycopg's cursor would begin it."""
        line = self.connection
        return not line.autocommit and line.pgconn.transaction_status == IDLE

    def _recover_from(self, stale: prepared.StaleStatement) -> None:
        """A migration has changed what a prepared statement answers: all are prepared anew.

        A connection that has lost its statements (`DISCARD ALL`) may have lost its role with them:
        another one takes its place. A transaction can't go on: its connection is dropped, nothing
        of it is done, and OperationalError is raised (the person is asked to try again).
        """
        if self.connection.pgconn.transaction_status != IDLE:
            self.connection.close()
            raise OperationalError("a prepared statement is stale") from stale
        if stale.is_lost:
            self.connection.close()
            self.close()
            self.connect()
