"""The process that sends letters: woken by PostgreSQL when one is written, and by itself."""

import logging
import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import Error, connection

from notices.letters import MailServerUnavailable, send_all_due

logger = logging.getLogger(__name__)

#: what the trigger `message_wakes_the_sender` notifies
CHANNEL = "letters"
AT_LEAST_EVERY = 60  # seconds: what is tried again, or was written while nobody listened
LONGEST_PAUSE = 60  # seconds, while the database or the mail server is away
#: a database that went away without a word is noticed within a minute
KEEPALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


class Worker:
    """Sends what is due, then waits for more, until `stop`. Several may run, on any machine."""

    def __init__(self) -> None:
        self._is_over = False
        self._woken, self._wake = os.pipe()

    def stop(self) -> None:
        """End once the letter in hand has left. Called by a signal, or another thread."""
        self._is_over = True
        os.write(self._wake, b"x")

    def run(self) -> None:
        """Whatever fails (database, mail server), begin again after a pause that grows."""
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
            connection.close()  # the next batch has one that was checked

    def _wait(self, listener: psycopg.Connection[Any]) -> None:
        """Until a letter is written, some time has passed, or `stop`."""
        if listener in self._sleep(AT_LEAST_EVERY, listener):
            for _notification in listener.notifies(timeout=0):
                pass
        listener.execute("SELECT 1")  # raises OperationalError when nobody would wake us any more

    def _sleep(self, seconds: float, *others: Any) -> list[Any]:
        """What was heard before the time had passed."""
        heard, _writable, _failed = select.select([self._woken, *others], [], [], seconds)
        return heard


@contextmanager
def listening() -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own, that hears of each letter that is written."""
    database: Any = connection
    parameters = database.get_connection_params() | KEEPALIVE | {"autocommit": True}
    with database.Database.connect(**parameters) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        yield listener
