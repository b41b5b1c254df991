"""Statements sent by libpq's own calls: what they answer, and refuse, is what a cursor would."""

import pytest
from django.db import DataError, InternalError, OperationalError, connection, transaction

from cse_portal.speed.prepared import with_numbers
from cse_portal.speed.queries import fetch_rows

ONE = "SELECT %s::bigint AS one, %s::text, 'à 100 %%'"


def test_values_and_rows_are_adapted():
    assert with_numbers(ONE) == "SELECT $1::bigint AS one, $2::text, 'à 100 %'"
    with pytest.raises(ValueError, match="%d"):
        with_numbers("SELECT %d")


@pytest.mark.django_db
def test_the_same_question_with_values_of_other_sizes():
    for value in (1, 70_000, 2**40, None):
        assert fetch_rows(ONE, (value, "é%")) == [(value, "é%", "à 100 %")]


@pytest.mark.django_db
def test_what_postgresql_refuses_is_what_a_cursor_raises():
    divided = "SELECT 1 / %s::int"
    with pytest.raises(DataError, match="division by zero"), transaction.atomic():
        fetch_rows(divided, (0,))
    assert fetch_rows(divided, (1,)) == [(1,)]  # the savepoint was rolled back: it goes on


@pytest.mark.django_db
def test_a_transaction_that_has_failed_answers_nothing():
    with transaction.atomic():
        with pytest.raises(DataError):
            fetch_rows("SELECT 1 / %s::int", (0,))
        with pytest.raises(InternalError, match="aborted"):
            fetch_rows("SELECT 1 / %s::int", (1,))
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_what_is_asked_first_in_a_transaction_begins_it():
    """Else the rows that it locks would be free again at once."""
    with transaction.atomic():
        fetch_rows("SELECT set_config('cse.tried', %s, true)", ("in here",))
        assert fetch_rows("SELECT current_setting('cse.tried', %s)", (True,)) == [("in here",)]
    assert fetch_rows("SELECT current_setting('cse.tried', %s)", (True,)) == [("",)]


@pytest.mark.django_db(transaction=True)
def test_what_was_prepared_outlives_a_rollback():
    question = "SELECT %s::int + 1"
    assert fetch_rows(question, (1,)) == [(2,)]
    with transaction.atomic():
        fetch_rows(question, (1,))
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        transaction.set_rollback(True)
    assert fetch_rows(question, (2,)) == [(3,)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_cut_is_told_as_such_and_the_next_one_asks_anew():
    question = "SELECT %s::int + 2"
    assert fetch_rows(question, (1,)) == [(3,)]
    ((pid,),) = fetch_rows("SELECT pg_backend_pid() + %s::int", (0,))
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()
    with pytest.raises(OperationalError):
        fetch_rows(question, (1,))
    connection.close()
    assert fetch_rows(question, (1,)) == [(3,)]


def test_a_statement_is_planned_once_whatever_its_values(db):
    assert fetch_rows("SHOW plan_cache_mode", []) == [("force_generic_plan",)]
