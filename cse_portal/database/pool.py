"""The pool of connections: what a request is told while PostgreSQL is away, and how it comes back.

psycopg's own pool tries again by itself after 1, 2, 4 … seconds: back for half a minute, PostgreSQL
would still not be found; and whoever asks meanwhile waits for ten seconds each. Here nobody tries
but on behalf of a request, so that the first one after PostgreSQL is back is served. During the
first seconds requests wait, since a restart takes no longer; then each is refused as soon as one
more try has failed.
"""

import logging
from collections.abc import Callable
from itertools import count
from threading import get_ident
from time import monotonic
from typing import Any

from psycopg_pool import ConnectionPool, PoolTimeout

#: seconds for which requests wait for a server that has just gone: a restart takes as long
RESTART = 3.0
#: seconds for which a request waits, once the server has been away for longer, for a try that
#: takes long: a machine that is gone answers nothing
ONE_TRY = 1.0
#: seconds between two looks at what became of a try
MOMENT = 0.1


class DatabaseAway(PoolTimeout):
    """No connection was given, and none can be made."""


class Pool(ConnectionPool[Any]):
    """psycopg's, which knows for how long PostgreSQL has been away."""

    def __init__(
        self, *, configure: Callable[[Any], Any], check: Callable[[Any], Any], **options: Any
    ) -> None:
        self.failures = 0
        self.away_since: float | None = None
        self._all_lost_at = 0.0
        self._turns = count(1)
        self._asked_for = self._not_given = 0
        self._waiting_threads: set[int] = set()

        def configured(connection: Any) -> None:
            configure(connection)
            connection.made_at, self.away_since = monotonic(), None

        def checked(connection: Any) -> None:
            try:
                check(connection)
            except Exception:
                self._lose(connection)
                raise

        super().__init__(
            configure=configured, check=checked, reconnect_timeout=0, open=False, **options
        )

    @property
    def turn(self) -> int:
        """Which server is to be asked first: another one in each try, until one serves."""
        return 0 if self.away_since is None else next(self._turns)

    def reconnect_failed(self) -> None:
        """No connection could be made. The pool calls it, and lets the next request try."""
        self.failures += 1
        if self.away_since is None:
            self.away_since = monotonic()

    def getconn(self, timeout: float | None = None) -> Any:
        """A connection that works.

        Raises PoolTimeout after `timeout` seconds, and DatabaseAway, sooner, where none can be had.
        """
        self._asked_for += 1
        self._waiting_threads.add(get_ident())
        try:
            return self._wait_for_one(self.timeout if timeout is None else timeout)
        finally:
            self._waiting_threads.discard(get_ident())

    def _wait_for_one(self, timeout: float) -> Any:
        began, failures = monotonic(), self.failures
        until = began + timeout
        while True:
            try:
                return super().getconn(min(MOMENT, until - monotonic()))
            except PoolTimeout:
                now = monotonic()
                if now >= until or self._is_hopeless(now, began, failures):
                    self._not_given += 1
                    if self.away_since is not None:
                        raise DatabaseAway("PostgreSQL is away") from None
                    raise

    def get_stats(self) -> dict[str, int]:
        """As psycopg counts, but for requests: of one that waits, it sees one every `MOMENT`."""
        return super().get_stats() | {
            "requests_num": self._asked_for,
            "requests_errors": self._not_given,
            "requests_waiting": len(self._waiting_threads),
        }

    def _is_hopeless(self, now: float, began: float, failures: int) -> bool:
        """Whether a request that began to wait then, after so many failures, waits in vain."""
        if self.away_since is None or now - self.away_since < RESTART:
            return False
        return self.failures > failures or now - began > ONE_TRY

    def _lose(self, connection: Any) -> None:
        """Drop a connection that does not work, and all that were made when it was.

        They go to the same server. Those in use are dropped when they are given back.
        """
        connection.close()
        if connection.made_at > self._all_lost_at:
            self._all_lost_at = monotonic()
            self.drain()


class SeldomTold(logging.Filter):
    """Of psycopg's lines, one for each try to connect, one a minute."""

    PAUSE = 60.0

    def __init__(self) -> None:
        super().__init__()
        self._again_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = monotonic()
        if now < self._again_at.get(record.msg, now):
            return False
        self._again_at[record.msg] = now + self.PAUSE
        return True
