"""Indexes of tables that grow, made while the version before goes on writing.

`migrate` ends when it waits for a lock for too long, or by whoever stops it; what it was making is
then left behind, invalid: PostgreSQL keeps it up, and uses it for nothing. Run again, `migrate`
takes that away and begins that index anew; those that were made before stay.
"""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently

STATE = """
    SELECT indisvalid FROM pg_index
    WHERE indexrelid = to_regclass(quote_ident(current_schema()) || '.' || quote_ident(%s))
"""


def is_valid(schema_editor: Any, name: str) -> bool | None:
    """Whether PostgreSQL uses the index of that name; None where there is none."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(STATE, [name])
        found = cursor.fetchone()
    return found and found[0]


def remove_invalid(schema_editor: Any, name: str) -> bool:
    """Drop what an attempt left behind; whether the index is there, and whole."""
    if (state := is_valid(schema_editor, name)) is False:
        quoted = schema_editor.quote_name(name)
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {quoted}")
    return bool(state)


class AddIndexAgain(AddIndexConcurrently):
    """Make an index, unless it is there; what an attempt left behind goes first."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if not remove_invalid(schema_editor, self.index.name):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class RemoveIndexAgain(RemoveIndexConcurrently):
    """Drop an index, unless an attempt did."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if is_valid(schema_editor, self.name) is not None:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
