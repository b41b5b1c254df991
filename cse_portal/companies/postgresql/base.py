"""Django's own backend, but that a connection takes the role that the scope under way gives it."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any, ClassVar

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base, operations
from psycopg import OperationalError
from psycopg.pq import ExecStatus, TransactionStatus

from cse_portal.companies import scopes
from cse_portal.companies.postgresql.instants import reading_instants
from cse_portal.speed.prepared import Row, rows_of

#: the name of a cursor that hands PostgreSQL a statement and its values apart, as `asking` does
APART = "apart"
IDLE, FAILED = TransactionStatus.IDLE, TransactionStatus.INERROR
WHO_IS_CONNECTED = """
    SELECT (SELECT count(*) = 2 FROM pg_roles
            WHERE rolname IN ('cse_web', 'cse_across') AND pg_has_role(session_user, oid, 'MEMBER')
           ) AND coalesce(bool_or(relrowsecurity), false),
           coalesce(bool_or(pg_has_role(session_user, relowner, 'USAGE')), true)
    FROM pg_class WHERE oid = to_regclass('users_user')
"""


#: what a request asks for first is its session's person, before any company is known
BEGINS = scopes.Sees("cse_across")


def try_out(connection: Any) -> None:
    """Tell a pooled connection what a request begins with: its answer shows that it is alive.

    Without a second wall there is nothing to tell: an empty statement. Raises OperationalError when
    no answer comes.
    """
    stands = connection.info.dbname in DatabaseWrapper._walls
    connection.told_when_tried = None
    if stands:
        say(connection, BEGINS)
        connection.told_when_tried = BEGINS
    elif connection.pgconn.exec_(b"").status != ExecStatus.EMPTY_QUERY:
        raise OperationalError("the connection is lost")


def say(connection: Any, sees: scopes.Sees) -> None:
    """Straight to PostgreSQL, which waits for nothing else: a page says it two or three times.

    Raises OperationalError when the connection is lost.
    """
    company = int(sees.company) if sees.company else ""
    sent(connection, f"SET ROLE {sees.role}; SET cse.company = '{company}'")


def sent(connection: Any, command: str) -> None:
    """A command without an answer; psycopg begins no transaction for it.

    Raises OperationalError.
    """
    answer = connection.pgconn.exec_(command.encode())
    if answer.status != ExecStatus.COMMAND_OK:
        raise OperationalError(answer.error_message.decode(errors="replace"))


class DatabaseOperations(operations.DatabaseOperations):
    """Django's own; a statement whose values go apart is logged too, without them."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        return super().last_executed_query(cursor, sql, params) or sql


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection never shows more than the scope under way (`companies.scopes.in_sight`).

    What it was told last is remembered; a rollback takes it back, and so does a new connection.
    Where the roles are missing (a server on which `migrate` may not create them), only the first
    wall stands: `manage.py check --deploy` says so.
    """

    ops_class = DatabaseOperations
    #: databases whose second wall stands, and whether the process is connected as their owner
    _walls: ClassVar[dict[str, bool]] = {}
    _told: scopes.Sees | None = None

    @property
    def pool(self) -> Any:
        """Django's own; that a connection is alive is tried by what has to be told it anyway."""
        pool = super().pool
        if pool is not None and pool._check is not None:
            pool._check = try_out
        return pool

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if self.timezone is UTC:
            params["context"] = reading_instants(params["context"])
        return params

    def _configure_connection(self, connection: Any) -> bool:
        """A prepared statement is planned once, whatever its values; so is what triggers ask.

        Left to choose, PostgreSQL plans some of them anew at each call, by its statistics of the
        day, and spends more time on it than on the answer.
        """
        sent(connection, "SET plan_cache_mode = force_generic_plan")
        return bool(super()._configure_connection(connection))  # type: ignore[misc]

    def init_connection_state(self) -> None:
        self._told = getattr(self.connection, "told_when_tried", None)
        super().init_connection_state()

    def create_cursor(self, name: str | None = None) -> Any:
        self._tell_unless_failed()
        if name == APART:
            return base.ServerBindingCursor(self.connection)  # type: ignore[call-arg]
        return super().create_cursor(name)

    def ask(self, question: str, values: Sequence[Any]) -> list[Row]:
        """The rows that PostgreSQL answers to a statement that it prepares, and plans, once."""
        self.ensure_connection()
        if self.queries_logged or self.execute_wrappers:  # somebody listens
            with self._cursor(APART) as cursor:  # type: ignore[attr-defined]
                cursor.execute(question, values)
                return cursor.fetchall() if cursor.description else []
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            self._tell_unless_failed()
            if self._has_yet_to_begin():
                sent(self.connection, "BEGIN")
            return rows_of(self.connection, question, values)

    def _has_yet_to_begin(self) -> bool:
        """Whether the first statement of a transaction is next: psycopg's cursor would begin it."""
        line = self.connection
        return not line.autocommit and line.pgconn.transaction_status == IDLE

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._told = None

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._told = None

    def _tell_unless_failed(self) -> None:
        """A transaction that has failed answers nothing until it is rolled back."""
        if self.alias != NO_DB_ALIAS and self.connection.pgconn.transaction_status != FAILED:
            self._tell()

    def _tell(self) -> None:
        sees = scopes.in_sight()
        if sees == self._told:
            return
        if self.has_second_wall():
            is_nobodys = sees == scopes.AS_CONNECTED and not self.owns_the_tables
            say(self.connection, scopes.Sees("cse_web") if is_nobodys else sees)
        self._told = sees

    def has_second_wall(self) -> bool:
        """Whether what `cse_portal.companies.walls` puts up is there; asked until it is."""
        if self._database in self._walls:
            return True
        with self.connection.cursor() as cursor:
            stands, owns = cursor.execute(WHO_IS_CONNECTED).fetchone()
        if stands:
            self._walls[self._database] = owns
        return stands

    @property
    def owns_the_tables(self) -> bool:
        """Whether the process is connected as who migrates: no process that serves needs to be."""
        return self._walls[self._database]

    @property
    def _database(self) -> str:
        return str(self.settings_dict["NAME"])
