"""Several people at the same instant: real threads, each with its own database connection."""

import pkgutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import wraps
from typing import Any

import pytest
from django.db import connections

PATIENCE = 30  # seconds, for a test that hangs
MOMENT = 0.4  # seconds that someone who holds a lock waits in vain for the others


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """Let all tasks go together; what each one returned, or the exception that it raised."""
    gate = threading.Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> Any:
        try:
            gate.wait(PATIENCE)
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
