"""The probes of monitors and load balancers: is the process alive, is it ready? No session."""

import re
import time
from contextlib import closing
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg import OperationalError, errors
from psycopg.errors import ConnectionTimeout

from cse_portal.checks import files_are_collected
from cse_portal.database.libpq import answered_within
from cse_portal.keys_on_record import Purpose, what_is_wrong
from notices.letter_figures import seconds_waiting

DATABASE_TIMEOUT = 2  # seconds
#: seconds between a machine's clock and the database's: past it, codes end and proxies begin on
#: some machines and not on others
MOST_SKEW = 60
#: what must be « ok » where it is known
NEEDED = ("database", "clock", "writes", "migrations", "keys", "files")
PASSWORD_REFUSED = "password refused"  # noqa: S105 - a word for operators
#: as PostgreSQL says it in English and French, and PgBouncer; libpq does not tell an error's code
REFUSES_PASSWORD = re.compile(
    "password authentication failed|authentification par mot de passe échouée"
    "|SASL authentication failed|is not permitted to log in|n'est pas autorisé à se connecter"
)
#: with less memory than its rows take
SORTED_ON_DISK = """
    SET LOCAL work_mem = '64kB';
    SELECT count(DISTINCT n || repeat('x', 1000)) FROM generate_series(1, 1000) AS n
"""


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
    """Ready: people who come now are served; otherwise 503, and the answer says what is amiss.

    The database answers, takes writes, is migrated and shows this machine's time; the keys that its
    receipts need are there, and static files are collected. What could not be found out is absent.
    `oldest_email_waiting` is how long the oldest e-mail that was never tried has waited, in
    seconds; it never makes the answer 503, as pages can be served without a mail server.
    """
    status = state_of_database()
    status["files"] = "ok" if files_are_collected() else "missing"
    is_ready = all(status.get(name, "ok") == "ok" for name in NEEDED)
    return JsonResponse({"ready": is_ready, **status}, status=200 if is_ready else 503)


def state_of_database() -> dict[str, str]:
    """What is known of the database.

    While its password is being changed, new connections are refused, and pages are served by those
    that the pool has: it is said, and takes nothing out of service.
    """
    try:
        skew = round(clock_skew())
        status = {
            "database": "ok",
            "clock": "ok" if abs(skew) <= MOST_SKEW else f"{skew:+} s from the database's",
            **state_of_disk(),
        }
    except DatabaseError as error:
        why = why_unusable(error)
        if why != PASSWORD_REFUSED or not is_served_by_pool():
            return {"database": why}
        status = {"database": "ok", "new_connections": why}
    try:
        return status | state_of_tables()
    except DatabaseError as error:
        return {"database": why_unusable(error)}


def state_of_tables() -> dict[str, str]:
    """Whether the tables are this version's, and what they tell. Raises DatabaseError."""
    if not is_migrated():
        return {"migrations": "missing"}
    return {
        "migrations": "ok",
        "keys": "missing" if what_is_wrong(Purpose.RECEIPTS) else "ok",
        "oldest_email_waiting": str(seconds_waiting()["never_tried"]),
    }


def state_of_disk() -> dict[str, str]:
    """Whether PostgreSQL finds room for a megabyte, in a file that it makes to sort; else nothing.

    On a full disk it still answers, and refuses what people transmit.
    """
    try:
        told_apart(SORTED_ON_DISK)
    except DatabaseError as error:
        return {"writes": "disk full"} if isinstance(error.__cause__, errors.DiskFull) else {}
    return {"writes": "ok"}


def is_served_by_pool() -> bool:
    """Whether a connection that the pool has answers."""
    database: Any = connection
    try:
        with database.pool.connection(timeout=DATABASE_TIMEOUT):
            return True
    except (AttributeError, OperationalError):  # no pool; or none that answers
        return False


def clock_skew() -> float:
    """By how many seconds this machine's clock is ahead of the database's.

    Asked on a connection of its own: that it answers tells that the database does. Raises
    DatabaseError, after twice `DATABASE_TIMEOUT` at most.
    """
    (theirs,) = told_apart("SELECT extract(epoch FROM clock_timestamp())")
    return time.time() - float(theirs)


def why_unusable(error: DatabaseError) -> str:
    """Why a database serves no page: it is a standby, read-only, down, or refuses our password."""
    if REFUSES_PASSWORD.search(str(error)):
        return PASSWORD_REFUSED
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


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """The migrations in this version's code."""
    return frozenset(MigrationLoader(None).disk_migrations)


def is_migrated() -> bool:
    """Whether every migration of this version is applied; a newer version's do not matter."""
    return known_migrations() <= set(MigrationRecorder(connection).applied_migrations())
