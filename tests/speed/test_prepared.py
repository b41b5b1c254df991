"""Statements sent by libpq's own calls: what they answer, and refuse, is what a cursor would."""

import pytest
from django.db import DataError, InternalError, OperationalError, connection, transaction

from cse_portal.speed.prepared import numbered
from cse_portal.speed.queries import ask

ONE = "SELECT %s::bigint AS one, %s::text, 'à 100 %%'"


def test_values_and_rows_are_adapted():
    assert numbered(ONE) == "SELECT $1::bigint AS one, $2::text, 'à 100 %'"
    with pytest.raises(ValueError, match="%d"):
        numbered("SELECT %d")


@pytest.mark.django_db
def test_the_same_question_with_values_of_other_sizes():
    for value in (1, 70_000, 2**40, None):
        assert ask(ONE, (value, "é%")) == [(value, "é%", "à 100 %")]


@pytest.mark.django_db
def test_what_postgresql_refuses_is_what_a_cursor_raises():
    divided = "SELECT 1 / %s::int"
    with pytest.raises(DataError, match="division by zero"), transaction.atomic():
        ask(divided, (0,))
    assert ask(divided, (1,)) == [(1,)]  # the savepoint was rolled back: it goes on


@pytest.mark.django_db
def test_a_transaction_that_has_failed_answers_nothing():
    with transaction.atomic():
        with pytest.raises(DataError):
            ask("SELECT 1 / %s::int", (0,))
        with pytest.raises(InternalError, match="aborted"):
            ask("SELECT 1 / %s::int", (1,))
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_what_is_asked_first_in_a_transaction_begins_it():
    """Else the rows that it locks would be free again at once."""
    with transaction.atomic():
        ask("SELECT set_config('cse.tried', %s, true)", ("in here",))
        assert ask("SELECT current_setting('cse.tried', %s)", (True,)) == [("in here",)]
    assert ask("SELECT current_setting('cse.tried', %s)", (True,)) == [("",)]


@pytest.mark.django_db(transaction=True)
def test_what_was_prepared_outlives_a_rollback():
    question = "SELECT %s::int + 1"
    assert ask(question, (1,)) == [(2,)]
    with transaction.atomic():
        ask(question, (1,))
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        transaction.set_rollback(True)
    assert ask(question, (2,)) == [(3,)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_cut_is_told_as_such_and_the_next_one_asks_anew():
    question = "SELECT %s::int + 2"
    assert ask(question, (1,)) == [(3,)]
    ((pid,),) = ask("SELECT pg_backend_pid() + %s::int", (0,))
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()
    with pytest.raises(OperationalError):
        ask(question, (1,))
    connection.close()
    assert ask(question, (1,)) == [(3,)]


def test_a_statement_is_planned_once_whatever_its_values(db):
    assert ask("SHOW plan_cache_mode", []) == [("force_generic_plan",)]
