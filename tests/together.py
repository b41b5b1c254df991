"""Several people at the same instant: real threads, each with its own database connection."""

import pkgutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import wraps
from typing import Any

import psycopg
import pytest
from django.db import connection, connections

PATIENCE = 30  # seconds, for a test that hangs
MOMENT = 1.0  # seconds that someone waits for others who neither come nor wait for a lock
GLANCE = 0.01  # seconds between two looks at who waits for a lock
WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
    AND wait_event_type = 'Lock'
"""


class Meeting:
    """Where so many threads wait for each other, once.

    It is over when all have come; or when those who have not come wait for a lock, which is held by
    one who has: they never meet.
    """

    def __init__(self, parties: int) -> None:
        self.parties, self.arrived, self.is_over = parties, 0, False
        self.changed = threading.Condition()

    def wait(self) -> None:
        with self.changed:
            self.arrived += 1
            if self.arrived >= self.parties:
                self.end()
            first = self.arrived == 1
        if first and not self.is_over:
            self.watch()
        with self.changed:
            self.changed.wait_for(lambda: self.is_over, MOMENT)

    def watch(self) -> None:
        """Until it is over, look at who waits for a lock; whoever comes first does it."""
        wrapper: Any = connection
        until = time.monotonic() + MOMENT
        with psycopg.connect(**wrapper.get_connection_params(), autocommit=True) as other:
            while not self.is_over:
                row = other.execute(WAITING).fetchone()
                assert row
                with self.changed:
                    if self.arrived + row[0] >= self.parties or time.monotonic() > until:
                        self.end()
                    self.changed.wait_for(lambda: self.is_over, GLANCE)

    def end(self) -> None:
        self.is_over = True
        self.changed.notify_all()


def at_once(*tasks: Callable[[], Any], meet_before: str = "", parties: int = 0) -> list[Any]:
    """Let all tasks go together; what each one returned, or the exception that it raised.

    `meet_before`: words of an SQL statement before which `parties` of them wait for each other.
    Whatever was read before it, all have then read it before any has written. The pool has eight
    connections, of which the test itself may hold one.
    """
    gate, meeting = threading.Barrier(len(tasks)), Meeting(parties or len(tasks))

    def meet(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if meet_before and meet_before in sql:
            meeting.wait()
        return execute(sql, params, many, context)

    def run(task: Callable[[], Any]) -> Any:
        try:
            gate.wait(PATIENCE)
            # without it, nobody listens: prepared statements are sent as in production
            with connection.execute_wrapper(meet) if meet_before else nullcontext():
                return task()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(tasks)) as threads:
        return list(threads.map(run, tasks, timeout=PATIENCE))


def meet_after(monkeypatch: pytest.MonkeyPatch, target: str, *, parties: int) -> None:
    """Make those who come out of a function (`module:name`) wait for each other.

    Without a lock around it, all have read before any has written: the race is certain. With one,
    the others wait for it, the first goes on, and they come out later.
    """
    original = pkgutil.resolve_name(target)
    meeting = Meeting(parties)

    @wraps(original)
    def slowed(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        meeting.wait()
        return result

    monkeypatch.setattr(target.replace(":", "."), slowed)
