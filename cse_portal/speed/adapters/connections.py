"""What a connection's wrapper has in Django's code, not in its documentation."""

from collections.abc import Iterator
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql import operations as of_django
from psycopg import Connection

from cse_portal.speed.adapters.needs import Call, Need


def needs() -> Iterator[Need | Call]:
    """What is looked for."""
    yield Need(base, ("ServerBindingCursor",))
    yield Need(
        base.DatabaseWrapper,
        ("pool", "init_connection_state", "create_cursor", "ensure_connection", "connect", "close"),
    )
    yield Need(
        base.DatabaseWrapper,
        ("queries_logged", "validate_no_broken_transaction", "wrap_database_errors"),
    )
    yield Need(base.DatabaseWrapper({}), ("execute_wrappers", "settings_dict", "connection"))
    yield Call(vars(base.DatabaseWrapper)["_configure_connection"], ("self", "connection"))
    yield Call(getattr(base.DatabaseWrapper, "_cursor"), ("self", "name"))  # noqa: B009
    yield Call(of_django.DatabaseOperations.last_executed_query, ("cursor", "sql", "params"))


class Connections:
    """Stands before a wrapper: connections are set up when they are made, cursors have names."""

    def set_up(self, connection: Connection) -> None:
        """Set up a connection that was just made."""
        raise NotImplementedError

    def _configure_connection(self, connection: Connection) -> bool:
        self.set_up(connection)
        return bool(super()._configure_connection(connection))  # type: ignore[misc]

    def named_cursor(self, name: str) -> Any:
        """The cursor that `create_cursor` makes for the name, wrapped as any other."""
        return self._cursor(name)  # type: ignore[attr-defined]

    def cursor_apart(self, connection: Connection) -> Any:
        """A cursor that sends a statement and its values apart, as a prepared one is sent."""
        return base.ServerBindingCursor(connection)  # type: ignore[call-arg]
