"""The process that sends letters: woken by PostgreSQL when one is written, and every minute."""

import logging
import os
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import Error, connection

from cse_portal.companies.postgresql.pooler import stands_between, takes_writes
from notices.letters import send_all_due
from notices.mail_server import MailServerUnavailable

Listener = psycopg.Connection[Any]

logger = logging.getLogger(__name__)

#: the channel that the trigger `message_wakes_the_sender` notifies
CHANNEL = "letters"
AT_LEAST_EVERY = 60  # seconds: for letters to try again, or written while nobody listened
LONGEST_PAUSE = 60  # seconds, while the mail server is unavailable
#: seconds, where nobody can wake it: behind a pooler, without a way around it
UNWOKEN_EVERY = 10
#: seconds between two tries to reach the database, and between two lines about it
DATABASE_PAUSE, DATABASE_LINES = 2, 60


class Worker:
    """Sends due letters, then waits for more, until `stop`. Several may run, on any machine."""

    def __init__(self) -> None:
        self._is_over = False
        self._woken, self._wake = os.pipe()
        self._said, self._says_again_at = "", 0.0

    def stop(self) -> None:
        """End after the current letter. Called by a signal handler or another thread."""
        self._is_over = True
        os.write(self._wake, b"x")

    def run(self) -> None:
        """Send letters until `stop`; after a failure, start again after a growing pause."""
        pause = 1
        while not self._is_over:
            try:
                with listening() as (listener, is_woken):
                    while not self._is_over:
                        self._send_all()
                        pause = 1
                        self._wait(listener, AT_LEAST_EVERY if is_woken else UNWOKEN_EVERY)
            except (Error, psycopg.Error) as error:
                self._say(error, DATABASE_PAUSE, every=DATABASE_LINES)
                self._sleep(DATABASE_PAUSE)
            except Exception as error:
                self._say(error, pause)
                self._sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _say(self, error: Exception, pause: int, *, every: int = 0) -> None:
        """Log why letters wait; again, for the same reason, after so many seconds alone."""
        kind, now = type(error.__cause__ or error).__name__, time.monotonic()
        if kind == self._said and now < self._says_again_at:
            return
        self._said, self._says_again_at = kind, now + every
        expected = isinstance(error, MailServerUnavailable | Error | psycopg.Error)
        logger.warning(
            "Letters wait: %s. Trying again in %s s.", kind, pause, exc_info=not expected
        )

    def _send_all(self) -> None:
        try:
            send_all_due(is_over=lambda: self._is_over)
        finally:
            connection.close()  # the next batch opens a new connection

    def _wait(self, listener: Listener, seconds: float) -> None:
        """Wait until a letter is written, the time has passed, or `stop` is called.

        Raises OperationalError if the connection is lost, or its server takes no writes any more.
        """
        if listener in self._sleep(seconds, listener):
            for _notification in listener.notifies(timeout=0):
                pass
        if not takes_writes(listener):
            raise psycopg.OperationalError("a standby wakes nobody")

    def _sleep(self, seconds: float, *others: Listener) -> list[int | Listener]:
        """Wait for `stop`, for one of the others to be readable, or for the time to pass."""
        watched: list[int | Listener] = [self._woken, *others]
        readable, _writable, _failed = select.select(watched, [], [], seconds)
        return readable


@contextmanager
def listening() -> Iterator[tuple[Listener, bool]]:
    """A separate connection, and whether it is notified of each letter that is written.

    Not through a pooler, which would lose that with the transaction.
    """
    database: Any = connection  # Django types no backend's own attributes
    parameters = settings.DIRECT_DATABASE or database.get_connection_params()
    with psycopg.connect(**parameters, autocommit=True) as listener:
        is_woken = not stands_between(listener)
        if is_woken:
            listener.execute(f"LISTEN {CHANNEL}")
        yield listener, is_woken
