"""The last run of each command, on record for whoever watches the portal (`CommandRun`)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.core.management import CommandError
from django.db import DatabaseError, transaction

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import CommandRun

logger = logging.getLogger("cse.commands")


@dataclass
class Run:
    """A run under way. `told` becomes the sentence that it ended with."""

    command: str
    started_at: datetime
    told: str = ""


class Stopped(KeyboardInterrupt):
    """An operator or the system asked the command to stop (Ctrl-C, SIGTERM).

    A KeyboardInterrupt, so that psycopg cancels the statement under way and nothing on the way up
    takes it for a failure. `number` is the signal's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def recorded(command: str) -> Iterator[Run]:
    """Record that the command runs, then how it ended; what it raises goes on.

    A run that cannot be recorded (the database is down, read-only, or not migrated yet) goes on
    all the same: the log tells.
    """
    run = Run(command, started_at=clock.now())
    _write(run, CommandRun.Result.UNDER_WAY)
    try:
        yield run
    except CommandError as error:
        run.told = str(error)
        _write(run, CommandRun.Result.FAILED)
        raise
    except KeyboardInterrupt:
        _write(run, CommandRun.Result.STOPPED)
        raise
    except BaseException as error:
        run.told = type(error).__name__  # its words may name people
        _write(run, CommandRun.Result.FAILED)
        raise
    _write(run, CommandRun.Result.SUCCEEDED)


def _write(run: Run, result: CommandRun.Result) -> None:
    """One row for each command, written in one statement: several machines may run it at once."""
    ended_at = None if result == CommandRun.Result.UNDER_WAY else clock.now()
    row = CommandRun(
        command=run.command,
        started_at=run.started_at,
        ended_at=ended_at,
        result=result,
        told=run.told,
        succeeded_at=ended_at if result == CommandRun.Result.SUCCEEDED else None,
    )
    changed = ["started_at", "ended_at", "result", "told"]
    if row.succeeded_at:
        changed.append("succeeded_at")
    if ended_at:
        facts = {
            "command": run.command,
            "result": str(result.value),
            "seconds": round((ended_at - run.started_at).total_seconds(), 1),
            "told": run.told,
        }
        logger.info("command_ended", extra={"facts": facts})
    try:
        with (
            across_companies(because="a command's last run belongs to no company"),
            transaction.atomic(),
        ):
            CommandRun.objects.bulk_create(
                [row], update_conflicts=True, unique_fields=["command"], update_fields=changed
            )
    except DatabaseError as error:
        logger.warning("The run of %s is not on record: %s", run.command, type(error).__name__)
