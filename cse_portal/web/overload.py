"""Under overload, refuse early and cheaply the requests that have waited too long.

A request that has waited in the queue for longer than a person would wait gets a 503 page at once:
nothing is done for it, and the requests behind it are served in time.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

#: password comparisons at the same time in a process: each briefly uses the cores and 100 MB
PLACES = 1
LONGEST_WAIT = 2.0  # seconds to wait for a place

_places = BoundedSemaphore(PLACES)


class TooBusy(Exception):
    """The request was not handled; the person can try again in a few seconds."""


@contextmanager
def place_to_compare() -> Iterator[None]:
    """Limit password comparisons, so that the other threads can serve pages meanwhile.

    Raises TooBusy if no place is free within `LONGEST_WAIT`.
    """
    if not _places.acquire(timeout=LONGEST_WAIT):
        raise TooBusy
    try:
        yield
    finally:
        _places.release()


class OverloadMiddleware:
    """Answers 503 (`TOO_BUSY_VIEW`) to requests that have waited too long, and to TooBusy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if seconds_in_line(request) > settings.CSE_PATIENCE_SECONDS:
            return busy()
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return busy() if isinstance(error, TooBusy) else None


def busy() -> HttpResponse:
    """The 503 page."""
    return import_string(settings.TOO_BUSY_VIEW)()


def seconds_in_line(request: HttpRequest) -> float:
    """Seconds since the proxy's `X-Request-Start` header; 0 without the header or a proxy."""
    if not settings.CSE_PROXIES:
        return 0.0
    started = request.META.get("HTTP_X_REQUEST_START", "").removeprefix("t=")
    try:
        return time.time() - float(started)
    except ValueError:
        return 0.0
