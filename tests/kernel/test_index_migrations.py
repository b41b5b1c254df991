"""An index whose making was stopped is made when `migrate` runs again; one that is there is not."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.state import ProjectState

from cse_portal.index_migrations import AddIndexAgain, RemoveIndexAgain
from cse_portal.models import Company

pytestmark = pytest.mark.django_db(transaction=True)

(INDEX,) = (one for one in Company._meta.indexes if one.name == "company_by_name")


def state_of_the_index() -> tuple[int, bool] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid, indisvalid FROM pg_index"
            " WHERE indexrelid = to_regclass('company_by_name')"
        )
        return cursor.fetchone()


def migrate(operation: AddIndexAgain | RemoveIndexAgain) -> None:
    state = ProjectState.from_apps(apps)
    with connection.schema_editor(atomic=False) as schema_editor:
        operation.database_forwards("cse_portal", schema_editor, state, state)


def test_what_was_left_behind_is_made_anew_and_what_is_whole_stays():
    before = state_of_the_index()
    migrate(AddIndexAgain("company", INDEX))
    assert state_of_the_index() == before
    with connection.cursor() as cursor:  # as PostgreSQL leaves it when the statement is stopped
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false"
            " WHERE indexrelid = to_regclass('company_by_name')"
        )
    migrate(AddIndexAgain("company", INDEX))
    after = state_of_the_index()
    assert after is not None
    assert before is not None
    assert (after[0] != before[0], after[1]) == (True, True)


def test_what_was_dropped_is_not_dropped_again():
    for _again in range(2):
        migrate(RemoveIndexAgain("company", INDEX.name))
        assert state_of_the_index() is None
    migrate(AddIndexAgain("company", INDEX))
    assert state_of_the_index() is not None
