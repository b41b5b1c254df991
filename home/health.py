"""The probes of monitors and load balancers: is the process alive, is it ready? No session."""

import time
from contextlib import closing
from functools import cache
from selectors import EVENT_READ, DefaultSelector
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg import Connection, OperationalError
from psycopg.errors import ConnectionTimeout
from psycopg.pq import ExecStatus

from cse_portal.checks import files_are_collected
from cse_portal.keys_on_record import Purpose, what_is_wrong
from notices.letter_figures import seconds_waiting

DATABASE_TIMEOUT = 2  # seconds
#: seconds between a machine's clock and the database's: past it, codes end and proxies begin on
#: some machines and not on others
MOST_SKEW = 60


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Alive: no query, so that no process is killed because the database is down."""
    return JsonResponse({"alive": True})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready: the database answers, is migrated and shows this machine's time; files are collected.

    So are the keys that its receipts need. Otherwise 503. `oldest_email_waiting` is how long the
    oldest e-mail that was never tried has waited, in seconds; it never makes the answer 503, as
    pages can be served without a mail server.
    """
    try:
        skew = round(clock_skew())
        status = {
            "database": "ok",
            "clock": "ok" if abs(skew) <= MOST_SKEW else f"{skew:+} s from the database's",
            "migrations": "ok" if is_migrated() else "missing",
        }
        if status["migrations"] == "ok":
            status["keys"] = "missing" if what_is_wrong(Purpose.RECEIPTS) else "ok"
            status["oldest_email_waiting"] = str(seconds_waiting()["never_tried"])
    except DatabaseError as error:
        status = {"database": why_unusable(error)}
    status["files"] = "ok" if files_are_collected() else "missing"
    needed = dict.fromkeys(("database", "clock", "migrations", "keys", "files"), "ok")
    is_ready = status == status | needed
    return JsonResponse({"ready": is_ready, **status}, status=200 if is_ready else 503)


def clock_skew() -> float:
    """By how many seconds this machine's clock is ahead of the database's.

    Asked on a connection of its own: that it answers tells that the database does. Raises
    DatabaseError, after twice `DATABASE_TIMEOUT` at most.
    """
    (theirs,) = told_apart("SELECT extract(epoch FROM clock_timestamp())")
    return time.time() - float(theirs)


def why_unusable(error: DatabaseError) -> str:
    """What a database is that serves no page: a standby, read-only, or down."""
    if isinstance(error.__cause__, ConnectionTimeout):
        return "down"
    question = "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')"
    try:
        is_standby, read_only = told_apart(question, target_session_attrs="any")
    except DatabaseError:
        return "down"
    if is_standby == "t":
        return "standby"
    return "read-only" if read_only == "on" else "down"


def told_apart(question: str, **parameters: object) -> tuple[str, ...]:
    """What the database answers on a new connection: one of the pool's may have to be waited for.

    Raises DatabaseError, after twice `DATABASE_TIMEOUT` at most.
    """
    database: Any = connection
    told = database.get_connection_params() | {"connect_timeout": DATABASE_TIMEOUT} | parameters
    with (
        database.wrap_database_errors,
        closing(database.Database.connect(**told, autocommit=True)) as own,
    ):
        return answered_within(DATABASE_TIMEOUT, own, question)


def answered_within(seconds: float, own: Connection[Any], question: str) -> tuple[str, ...]:
    """The one row that answers, as text. Raises psycopg.Error: after `seconds`, at the latest.

    A pooler accepts a connection, and lets its question wait for as long as the server is away.
    """
    line, until = own.pgconn, time.monotonic() + seconds
    line.send_query(question.encode())
    with DefaultSelector() as selector:
        selector.register(line.socket, EVENT_READ)
        while line.is_busy():
            if not selector.select(max(until - time.monotonic(), 0.0)):
                raise ConnectionTimeout("the database accepts connections and does not answer")
            line.consume_input()
    result = line.get_result()
    if result is None or result.status != ExecStatus.TUPLES_OK or result.ntuples != 1:
        raise OperationalError(line.error_message.decode(errors="replace"))
    return tuple(str(result.get_value(0, nth), "ascii") for nth in range(result.nfields))  # type: ignore[arg-type]


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """The migrations in this version's code."""
    return frozenset(MigrationLoader(None).disk_migrations)


def is_migrated() -> bool:
    """Whether every migration of this version is applied; a newer version's do not matter."""
    return known_migrations() <= set(MigrationRecorder(connection).applied_migrations())
