"""Several people at the same instant: real threads, each with its own database connection."""

import pkgutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from functools import wraps
from typing import Any

import pytest
from django.db import connection, connections

PATIENCE = 30  # seconds, for a test that hangs
MOMENT = 0.4  # seconds that someone who holds a lock waits in vain for the others


def at_once(*tasks: Callable[[], Any], meet_before: str = "", parties: int = 0) -> list[Any]:
    """Let all tasks go together; what each one returned, or the exception that it raised.

    `meet_before`: words of an SQL statement before which `parties` of them wait for each other, for
    a moment. Whatever was read before it, all have then read it before any has written. The pool
    has eight connections, of which the test itself may hold one.
    """
    gate, meeting = threading.Barrier(len(tasks)), threading.Barrier(parties or len(tasks))

    def meet(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if meet_before and meet_before in sql:
            with suppress(threading.BrokenBarrierError):  # someone holds a lock: they can't meet
                meeting.wait(MOMENT)
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
    """Make those who come out of a function (`module:name`) wait for each other, for a moment.

    Without a lock around it, all have read before any has written: the race is certain. With one,
    the first waits in vain, and the others come out later.
    """
    original = pkgutil.resolve_name(target)
    meeting = threading.Barrier(parties)

    @wraps(original)
    def slowed(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        with suppress(threading.BrokenBarrierError):  # someone holds a lock: they can't meet
            meeting.wait(MOMENT)
        return result

    monkeypatch.setattr(target.replace(":", "."), slowed)
