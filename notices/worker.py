"""The process that sends letters: woken by PostgreSQL when one is written, and every minute."""

import logging
import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import Error, connection

from notices.letters import send_all_due
from notices.mail_server import MailServerUnavailable

Listener = psycopg.Connection[Any]

logger = logging.getLogger(__name__)

#: the channel that the trigger `message_wakes_the_sender` notifies
CHANNEL = "letters"
AT_LEAST_EVERY = 60  # seconds: for letters to try again, or written while nobody listened
LONGEST_PAUSE = 60  # seconds, while the database or the mail server is unavailable
#: a lost connection to the database is noticed within a minute
KEEPALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


class Worker:
    """Sends due letters, then waits for more, until `stop`. Several may run, on any machine."""

    def __init__(self) -> None:
        self._is_over = False
        self._woken, self._wake = os.pipe()

    def stop(self) -> None:
        """End after the current letter. Called by a signal handler or another thread."""
        self._is_over = True
        os.write(self._wake, b"x")

    def run(self) -> None:
        """Send letters until `stop`; after a failure, start again after a growing pause."""
        pause = 1
        while not self._is_over:
            try:
                with listening() as listener:
                    while not self._is_over:
                        self._send_all()
                        pause = 1
                        self._wait(listener)
            except Exception as error:
                expected = isinstance(error, MailServerUnavailable | Error | psycopg.Error)
                logger.warning(
                    "Letters wait: %s. Trying again in %s s.",
                    type(error.__cause__ or error).__name__,
                    pause,
                    exc_info=not expected,
                )
                self._sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _send_all(self) -> None:
        try:
            send_all_due(is_over=lambda: self._is_over)
        finally:
            connection.close()  # the next batch opens a new connection

    def _wait(self, listener: Listener) -> None:
        """Wait until a letter is written, a minute has passed, or `stop` is called."""
        if listener in self._sleep(AT_LEAST_EVERY, listener):
            for _notification in listener.notifies(timeout=0):
                pass
        listener.execute("SELECT 1")  # raises OperationalError if the connection is lost

    def _sleep(self, seconds: float, *others: Listener) -> list[int | Listener]:
        """Wait for `stop`, for one of the others to be readable, or for the time to pass."""
        watched: list[int | Listener] = [self._woken, *others]
        readable, _writable, _failed = select.select(watched, [], [], seconds)
        return readable


@contextmanager
def listening() -> Iterator[Listener]:
    """A separate connection, notified of each letter that is written."""
    database: Any = connection  # Django types no backend's own attributes
    parameters = database.get_connection_params() | KEEPALIVE | {"autocommit": True}
    with database.Database.connect(**parameters) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        yield listener
