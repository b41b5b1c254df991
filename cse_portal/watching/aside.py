"""A question whose answer may never come, asked in a thread of its own."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from django.db import connection

Told = TypeVar("Told")

#: seconds after which a thread that got no answer is given up, and another one asks
GIVEN_UP_AFTER = 60.0


class Aside(Generic[Told]):
    """One thread asks at a time; whoever wants to know waits no longer than they like."""

    def __init__(self, question: Callable[[], Told]) -> None:
        self.question = question
        self._lock = threading.Lock()
        self._answer: Future[Told] | None = None
        self._asked_at = 0.0

    def within(self, seconds: float) -> Told:
        """The answer. Raises TimeoutError, and whatever the question raises."""
        return self._under_way().result(timeout=max(seconds, 0.0))

    def _under_way(self) -> "Future[Told]":
        """The answer that is waited for already, or that of a question asked now."""
        with self._lock:
            is_given_up = time.monotonic() > self._asked_at + GIVEN_UP_AFTER
            if self._answer is None or self._answer.done() or is_given_up:
                self._answer, self._asked_at = Future(), time.monotonic()
                threading.Thread(target=self._ask, args=[self._answer], daemon=True).start()
            return self._answer

    def _ask(self, answer: "Future[Told]") -> None:
        try:
            told = self.question()
        except BaseException as error:
            answer.set_exception(error)
        else:
            answer.set_result(told)
        finally:
            connection.close()
