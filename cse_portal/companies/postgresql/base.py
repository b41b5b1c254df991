"""Django's backend; before each statement, the connection takes the role of the current scope.

It takes the timeouts of the code that runs, too (`companies/timeouts.py`). How it is told depends
on whether a pooler stands before PostgreSQL (`pooler.py`): each connection finds out.
"""

from typing import Any, ClassVar

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg.pq import TransactionStatus

from cse_portal.companies import scopes
from cse_portal.companies.postgresql import pooler
from cse_portal.companies.postgresql.features import DatabaseFeatures
from cse_portal.companies.postgresql.operations import DatabaseOperations
from cse_portal.companies.timeouts import current_timeouts
from cse_portal.database.address import beginning_with, starting_at
from cse_portal.database.libpq import execute
from cse_portal.database.pool import Pool
from cse_portal.inheritance import stands_on

WHO_IS_CONNECTED = """
    SELECT (SELECT count(*) = 2 FROM pg_roles
            WHERE rolname IN ('cse_web', 'cse_across') AND pg_has_role(session_user, oid, 'MEMBER')
           ) AND coalesce(bool_or(relrowsecurity), false),
           coalesce(bool_or(pg_has_role(session_user, relowner, 'USAGE')), true)
    FROM pg_class WHERE oid = to_regclass('users_user')
"""


#: values of libpq's `target_session_attrs` for which a server must take writes
WRITTEN_TO = {"read-write", "primary"}


def set_role(connection: Connection, role: scopes.DatabaseRole) -> None:
    """Set the role and the company by libpq directly: a page does this two or three times.

    Raises OperationalError when the connection is lost.
    """
    execute(connection, "; ".join(role.as_sql("SET")))


@stands_on("pool", "_connection_pools", "get_connection_params", "_configure_connection")
@stands_on("init_connection_state")
@stands_on("create_cursor", "chunked_cursor", "rollback", "savepoint_rollback")
class DatabaseWrapper(base.DatabaseWrapper):
    """A connection sees only rows of the current scope (`companies.scopes.current_role`).

    The connection's role is cached here; a rollback or a new connection resets it. Where the roles
    are missing (a server on which `migrate` may not create them), only the first wall protects the
    rows: `manage.py check --deploy` reports it.
    """

    features_class = DatabaseFeatures
    ops_class = DatabaseOperations
    #: databases with row-level security, by name and user: whether that is their owner
    _walls: ClassVar[dict[tuple[str, str], bool]] = {}
    #: by libpq's names, the server that was reached last
    _reached: ClassVar[dict[str, str]] = {}
    _role: scopes.DatabaseRole | None = None

    # The way to the server

    @property
    def pool(self) -> Pool | None:
        """Connections to a server that answers and takes writes."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        pools: dict[str, Pool] = self._connection_pools  # type: ignore[attr-defined]
        if self.alias not in pools:

            def parameters() -> dict[str, Any]:
                found = starting_at(self.get_connection_params(), pool.turn) | {"autocommit": True}
                if found.get("target_session_attrs") in WRITTEN_TO:
                    # asked of the server itself, below: a pooler tells libpq what it remembers
                    found["target_session_attrs"] = "any"
                return found

            pool: Pool = Pool(
                kwargs=parameters,
                configure=self._configure_connection,
                check=self.check_connection,
                **options,
            )
            pools.setdefault(self.alias, pool)  # another thread's, where it was quicker
        return pools[self.alias]

    def get_connection_params(self) -> dict[str, Any]:
        return beginning_with(super().get_connection_params(), self._reached)

    def _configure_connection(self, connection: Any) -> bool:
        self.finds_pooler(connection)
        self.check_connection(connection)
        self._reached.update(
            {name: str(getattr(connection.info, name)) for name in ("host", "hostaddr", "port")}
        )
        return bool(super()._configure_connection(connection))  # type: ignore[misc]

    def finds_pooler(self, connection: Any) -> bool:
        """Whether the connection, just made, goes through a pooler.

        Raises OperationalError, also for a pooler that keeps no session for a transaction.
        """
        if "through_pooler" not in vars(connection):
            connection.through_pooler = pooler.stands_between(connection)
            if connection.through_pooler:
                pooler.try_transaction(connection)
        return bool(connection.through_pooler)

    def check_connection(self, connection: Any) -> None:
        """Find out whether a connection of the pool still serves. Raises OperationalError."""
        if connection.through_pooler:
            takes_writes = pooler.takes_writes(connection)
        else:
            self._ask_for_a_sign(connection)
            takes_writes = reports_writes(connection)
        attributes = self.settings_dict["OPTIONS"].get("target_session_attrs")
        if attributes in WRITTEN_TO and not takes_writes:
            raise OperationalError("the server takes no writes")

    def _ask_for_a_sign(self, connection: Any) -> None:
        """Raises OperationalError when no answer comes."""
        execute(connection, "")

    def init_connection_state(self) -> None:
        self._role = None
        super().init_connection_state()
        if self._is_through_pooler():
            pooler.take(self.connection, self._scope_as_sql)

    # What it is told

    def create_cursor(self, name: str | None = None) -> Any:
        if not self._is_through_pooler():
            self._set_role_unless_failed()
        elif name:
            pooler.tell_scope(self.connection)
        return super().create_cursor(name)

    def chunked_cursor(self) -> Any:
        """One of PostgreSQL's; but outside of a transaction, a pooler would lose it."""
        if self._is_through_pooler() and self.connection.autocommit:
            return self.cursor()
        return super().chunked_cursor()

    def _is_through_pooler(self) -> bool:
        through_pooler = getattr(self.connection, "through_pooler", False)
        return bool(through_pooler) and self.alias != NO_DB_ALIAS

    def _scope_as_sql(self) -> list[str]:
        """The commands that tell a transaction its scope, through a pooler."""
        commands = current_timeouts().as_sql("SET LOCAL")
        if self.has_second_wall():
            commands += self._seen_as(scopes.current_role()).as_sql("SET LOCAL")
        return commands

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
            if self._is_through_pooler():
                pooler.forget_scope(self.connection)

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
            before = line.timeouts.as_sql("SET") if "timeouts" in line.__dict__ else []
            execute(line, "; ".join(one for one in timeouts.as_sql("SET") if one not in before))
            line.timeouts = timeouts

    def _set_role(self) -> None:
        role = scopes.current_role()
        if role == self._role:
            return
        if self.has_second_wall():
            set_role(self.connection, self._seen_as(role))
        self._role = role

    def _seen_as(self, role: scopes.DatabaseRole) -> scopes.DatabaseRole:
        """The role, but for a process that owns nothing and named no scope: that sees no row."""
        sees_nothing = role == scopes.AS_CONNECTED and not self.owns_the_tables
        return scopes.DatabaseRole("cse_web") if sees_nothing else role

    def has_second_wall(self) -> bool:
        """Whether the policies of `cse_portal.companies.walls` are there; cached once true."""
        if self._database in self._walls:
            return True
        stands, owns = (value == b"t" for value in execute(self.connection, WHO_IS_CONNECTED))
        if stands:
            self._walls[self._database] = owns
        return stands

    @property
    def owns_the_tables(self) -> bool:
        """Whether the process is connected as the owner, which only migrations need."""
        return self._walls[self._database]

    @property
    def _database(self) -> tuple[str, str]:
        return str(self.settings_dict["NAME"]), str(self.settings_dict["USER"])


def reports_writes(connection: Any) -> bool:
    """Whether the server accepts writes: it reports that with any of its answers."""
    told = connection.pgconn.parameter_status
    return told(b"in_hot_standby") != b"on" and told(b"default_transaction_read_only") != b"on"
