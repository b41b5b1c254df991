"""The probes of monitors and load balancers: is the process alive, is it ready? No session."""

from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cse_portal.checks import files_are_collected
from notices.letters import seconds_due

DATABASE_TIMEOUT = 2  # seconds


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
    """Ready: the database answers, its migrations are applied, the static files are collected.

    Otherwise 503. `oldest_email_waiting` is how long the oldest due e-mail has waited, in seconds;
    it never makes the answer 503, as pages can be served without a mail server.
    """
    try:
        check_database()
        status = {"database": "ok", "migrations": "ok" if is_migrated() else "missing"}
        if status["migrations"] == "ok":
            status["oldest_email_waiting"] = str(seconds_due())
    except DatabaseError:
        status = {"database": "down"}
    status["files"] = "ok" if files_are_collected() else "missing"
    is_ready = status == status | {"database": "ok", "migrations": "ok", "files": "ok"}
    return JsonResponse({"ready": is_ready, **status}, status=200 if is_ready else 503)


def check_database() -> None:
    """Run a query on a new connection, as one of the pool's could have to be waited for.

    Raises DatabaseError.
    """
    database: Any = connection
    parameters = database.get_connection_params() | {"connect_timeout": DATABASE_TIMEOUT}
    with database.wrap_database_errors, database.Database.connect(**parameters) as own:
        own.execute("SELECT 1")


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """The migrations in this version's code."""
    return frozenset(MigrationLoader(None).disk_migrations)


def is_migrated() -> bool:
    """Whether every migration of this version is applied; a newer version's do not matter."""
    return known_migrations() <= set(MigrationRecorder(connection).applied_migrations())
