"""What a monitor and a balancer ask: is the process alive, can it serve? No session, no secret."""

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

PATIENCE = 2  # seconds that a database that does not answer is waited for


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Alive: asks nothing of anybody, so that a database that is down kills no process."""
    return JsonResponse({"alive": True})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready: the database answers, its tables are those of this version, pages find their files.

    Else 503.

    For how long the letter that is due the longest has been so is told, in seconds. It takes nobody
    out of service: a mail server that is down is no reason to refuse pages.
    """
    try:
        knock()
        told = {"database": "ok", "migrations": "ok" if is_migrated() else "missing"}
        if told["migrations"] == "ok":
            told["oldest_email_waiting"] = str(seconds_due())
    except DatabaseError:
        told = {"database": "down"}
    told["files"] = "ok" if files_are_collected() else "missing"
    is_ready = told == told | {"database": "ok", "migrations": "ok", "files": "ok"}
    return JsonResponse({"ready": is_ready, **told}, status=200 if is_ready else 503)


def knock() -> None:
    """Ask the database for a word, by a connection of its own: the pool's would be waited for."""
    database: Any = connection
    parameters = database.get_connection_params() | {"connect_timeout": PATIENCE}
    with database.wrap_database_errors, database.Database.connect(**parameters) as own:
        own.execute("SELECT 1")


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """Those of this version's code."""
    return frozenset(MigrationLoader(None).disk_migrations)


def is_migrated() -> bool:
    """Whether every migration of this version is applied; a newer version's do not matter."""
    return known_migrations() <= set(MigrationRecorder(connection).applied_migrations())
