"""The portal's own backend, with statements that a connection prepares once."""

from collections.abc import Sequence
from typing import Any

from psycopg import OperationalError
from psycopg.pq import TransactionStatus

from cse_portal.companies import scopes
from cse_portal.companies.postgresql import operations
from cse_portal.companies.postgresql.base import DatabaseWrapper as WalledWrapper
from cse_portal.companies.postgresql.base import set_role
from cse_portal.database.libpq import execute
from cse_portal.speed import prepared
from cse_portal.speed.adapters.connections import Connections

#: the name of a cursor that sends a statement and its values apart, as a prepared one is sent
APART = "apart"
IDLE = TransactionStatus.IDLE
#: what a request asks for first is its session's person, before any company is known
FIRST_ROLE = scopes.DatabaseRole("cse_across")
PLANNED_ONCE = "plan_cache_mode = force_generic_plan"


class DatabaseOperations(operations.DatabaseOperations):
    """The portal's own; a statement whose values go apart is logged too, without them."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        return super().last_executed_query(cursor, sql, params) or sql


class DatabaseWrapper(Connections, WalledWrapper):
    """A connection that also answers prepared statements, by libpq's own calls."""

    ops_class = DatabaseOperations

    def set_up(self, connection: Any) -> None:
        """A prepared statement is planned once, whatever its values; so is what triggers ask.

        Left to choose, PostgreSQL plans some of them anew at each call, by its statistics of the
        day, and spends more time on it than on the answer.
        """
        if not self.finds_pooler(connection):
            execute(connection, f"SET {PLANNED_ONCE}")

    def _ask_for_a_sign(self, connection: Any) -> None:
        """By giving it the role that a request begins with, where there is a second wall."""
        connection.role_when_checked = None
        if self._database in self._walls:
            set_role(connection, FIRST_ROLE)
            connection.role_when_checked = FIRST_ROLE
        else:
            super()._ask_for_a_sign(connection)

    def _scope_as_sql(self) -> list[str]:
        return [f"SET LOCAL {PLANNED_ONCE}", *super()._scope_as_sql()]

    def init_connection_state(self) -> None:
        super().init_connection_state()
        self._role = getattr(self.connection, "role_when_checked", None)

    def create_cursor(self, name: str | None = None) -> Any:
        if name == APART and self._is_through_pooler():
            return super().create_cursor()
        if name == APART:
            self._set_role_unless_failed()
            return self.cursor_apart(self.connection)
        return super().create_cursor(name)

    def fetch_prepared(self, sql: str, values: Sequence[Any]) -> list[prepared.Row]:
        """The rows of a statement that PostgreSQL prepares, and plans, once.

        Not where somebody listens, nor through a pooler: another session would not know it.
        """
        self.ensure_connection()
        if self.queries_logged or self.execute_wrappers or self._is_through_pooler():
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
