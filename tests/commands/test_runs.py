"""The last run of each command is on record, and a command asked to stop ends with a sentence."""

import os
import signal
import threading
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from freezegun import freeze_time

from cse_portal import clock
from cse_portal.commands.long_command import LongCommand
from cse_portal.commands.runs import recorded
from cse_portal.companies.tenancy import serving_a_request
from cse_portal.models import CommandRun
from tests.together import at_once

pytestmark = pytest.mark.django_db
SUCCEEDED, FAILED = CommandRun.Result.SUCCEEDED, CommandRun.Result.FAILED
STOPPED, UNDER_WAY = CommandRun.Result.STOPPED, CommandRun.Result.UNDER_WAY
PATIENCE = 20  # seconds


class Counting(LongCommand):
    """A command whose work is a test's own."""

    def __init__(self, work):
        super().__init__(stdout=StringIO())
        self.work = work

    def run_name(self, **options):
        return "count"

    def perform(self, progress, **options):
        self.work(progress)
        return f"Counted: {progress.done}."


def run(work):
    command = Counting(work)
    call_command(command)
    return command.stdout.getvalue()


def last_run():
    return CommandRun.objects.get(command="count")


def test_a_run_is_on_record_while_it_lasts_and_once_it_ended():
    seen = []

    def work(progress):
        progress.advance(3)
        seen.append(last_run())
        time.tick(5)

    with freeze_time("2026-11-23 12:00") as time:
        began = clock.now()
        assert run(work) == "Counted: 3.\n"
        ended = clock.now()
    (meanwhile,) = seen
    assert (meanwhile.result, meanwhile.ended_at, meanwhile.succeeded_at) == (UNDER_WAY, None, None)
    after = last_run()
    assert (after.result, after.told) == (SUCCEEDED, "Counted: 3.")
    assert (after.started_at, after.ended_at, after.succeeded_at) == (began, ended, ended)


@pytest.mark.parametrize(
    ("raised", "told"),
    [(CommandError("3 faults."), "3 faults."), (ValueError("Zoé Roy"), "ValueError")],
)
def test_a_failure_is_on_record_and_leaves_the_last_success(raised, told):
    def fails(progress):
        raise raised

    with freeze_time("2026-11-22 12:00"):
        run(lambda progress: None)
        succeeded = clock.now()
    with freeze_time("2026-11-23 12:00"):
        with pytest.raises(type(raised)):
            run(fails)
        failed = clock.now()
    after = last_run()
    assert (after.result, after.told) == (FAILED, told)
    assert (after.ended_at, after.succeeded_at) == (failed, succeeded)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_asked_to_stop_ends_with_a_sentence(number):
    def is_stopped(progress):
        progress.advance(1_234)
        os.kill(os.getpid(), number)
        threading.Event().wait(PATIENCE)  # a signal ends it at once

    before = signal.getsignal(number)
    with pytest.raises(CommandError) as stop:
        run(is_stopped)
    assert str(stop.value) == ("Stopped after 1,234. What was done stays; run it again to go on.")
    assert stop.value.returncode == 128 + number
    assert signal.getsignal(number) is before
    assert last_run().result == STOPPED


@pytest.mark.django_db(transaction=True)
def test_a_statement_under_way_is_cancelled_and_its_transaction_undone():
    """What was being written is not there; the connection is whole."""

    def sleeps(progress):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE half_done ()")
            asked.set()
            cursor.execute("SELECT pg_sleep(%s)", [PATIENCE])

    def asks_to_stop():
        asked.wait(PATIENCE)
        with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
            for _try in range(1_000):
                sleeping = "SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
                if other.execute(sleeping).rowcount:
                    break
        os.kill(os.getpid(), signal.SIGTERM)

    asked = threading.Event()
    operator = threading.Thread(target=asks_to_stop)
    operator.start()
    with pytest.raises(CommandError, match="Stopped after 0"):
        run(sleeps)
    operator.join(PATIENCE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('half_done')")
        assert cursor.fetchone() == (None,)
    assert last_run().result == STOPPED


def test_a_run_that_cannot_be_recorded_goes_on_and_the_log_tells(caplog):
    """On a standby, which is read-only, or before the migration."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
        assert run(lambda progress: progress.advance()) == "Counted: 1.\n"
        transaction.set_rollback(True)
    assert {record.getMessage() for record in caplog.records} == {
        "The run of count is not on record: InternalError"
    }
    assert not CommandRun.objects.exists()


def test_a_failure_of_the_database_is_told_and_not_what_recording_it_meets():
    refused = pytest.raises(DatabaseError, match="no_such_table")
    with refused, recorded("count"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM no_such_table")
    assert last_run().told == "ProgrammingError"


@pytest.mark.django_db(transaction=True)
def test_several_machines_at_once_leave_one_row():
    at_once(*[lambda: run(lambda progress: progress.advance())] * 4)
    assert CommandRun.objects.count() == 1
    assert last_run().result == SUCCEEDED


def test_a_request_reads_no_run():
    run(lambda progress: None)
    refused = pytest.raises(DatabaseError, match="permission denied")
    with serving_a_request(), refused, transaction.atomic():
        last_run()
