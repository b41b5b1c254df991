"""Django's backend; before each statement, the connection takes the role of the current scope.

It takes the timeouts of the code that runs, too (`companies/timeouts.py`).
"""

from typing import Any, ClassVar

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg.pq import ExecStatus, TransactionStatus

from cse_portal.companies import scopes
from cse_portal.companies.postgresql.features import DatabaseFeatures
from cse_portal.companies.postgresql.operations import DatabaseOperations
from cse_portal.companies.timeouts import current_timeouts
from cse_portal.inheritance import stands_on

WHO_IS_CONNECTED = """
    SELECT (SELECT count(*) = 2 FROM pg_roles
            WHERE rolname IN ('cse_web', 'cse_across') AND pg_has_role(session_user, oid, 'MEMBER')
           ) AND coalesce(bool_or(relrowsecurity), false),
           coalesce(bool_or(pg_has_role(session_user, relowner, 'USAGE')), true)
    FROM pg_class WHERE oid = to_regclass('users_user')
"""


def set_role(connection: Connection, role: scopes.DatabaseRole) -> None:
    """Set the role and the company by libpq directly: a page does this two or three times.

    Raises OperationalError when the connection is lost.
    """
    company = int(role.company) if role.company else ""
    execute(connection, f"SET ROLE {role.name}; SET cse.company = '{company}'")


def execute(connection: Connection, command: str) -> None:
    """Execute a command without a result; psycopg begins no transaction for it.

    Raises OperationalError.
    """
    result = connection.pgconn.exec_(command.encode())
    if result.status != ExecStatus.COMMAND_OK:
        raise OperationalError(result.error_message.decode(errors="replace"))


@stands_on("init_connection_state", "create_cursor", "rollback", "savepoint_rollback")
class DatabaseWrapper(base.DatabaseWrapper):
    """A connection sees only rows of the current scope (`companies.scopes.current_role`).

    The connection's role is cached here; a rollback or a new connection resets it. Where the roles
    are missing (a server on which `migrate` may not create them), only the first wall protects the
    rows: `manage.py check --deploy` reports it.
    """

    features_class = DatabaseFeatures
    ops_class = DatabaseOperations
    #: databases with row-level security, and whether the process is connected as their owner
    _walls: ClassVar[dict[str, bool]] = {}
    _role: scopes.DatabaseRole | None = None

    def init_connection_state(self) -> None:
        self._role = None
        super().init_connection_state()

    def create_cursor(self, name: str | None = None) -> Any:
        self._set_role_unless_failed()
        return super().create_cursor(name)

    def rollback(self) -> None:
        """Undo the transaction, and what role it took."""
        try:
            super().rollback()
        finally:
            self._role = None

    def savepoint_rollback(self, sid: str) -> None:
        """Undo what was done since the savepoint, and what role was taken."""
        try:
            super().savepoint_rollback(sid)
        finally:
            self._role = None

    def _set_role_unless_failed(self) -> None:
        """A failed transaction refuses every statement until it is rolled back."""
        failed = TransactionStatus.INERROR
        if self.alias != NO_DB_ALIAS and self.connection.pgconn.transaction_status != failed:
            self._set_timeouts()
            self._set_role()

    def _set_timeouts(self) -> None:
        """Set them where they differ from those that the connection, a pool's perhaps, has.

        Between transactions only: a rollback would undo them, and the connection would not know.
        """
        timeouts, line = current_timeouts(), self.connection
        if line.__dict__.get("timeouts") == timeouts:
            return
        if line.pgconn.transaction_status == TransactionStatus.IDLE:
            execute(line, timeouts.as_sql)
            line.timeouts = timeouts

    def _set_role(self) -> None:
        role = scopes.current_role()
        if role == self._role:
            return
        if self.has_second_wall():
            sees_nothing = role == scopes.AS_CONNECTED and not self.owns_the_tables
            set_role(self.connection, scopes.DatabaseRole("cse_web") if sees_nothing else role)
        self._role = role

    def has_second_wall(self) -> bool:
        """Whether the policies of `cse_portal.companies.walls` are there; cached once true."""
        if self._database in self._walls:
            return True
        with self.connection.cursor() as cursor:
            stands, owns = cursor.execute(WHO_IS_CONNECTED).fetchone()
        if stands:
            self._walls[self._database] = owns
        return stands

    @property
    def owns_the_tables(self) -> bool:
        """Whether the process is connected as the owner, which only migrations need."""
        return self._walls[self._database]

    @property
    def _database(self) -> str:
        return str(self.settings_dict["NAME"])
