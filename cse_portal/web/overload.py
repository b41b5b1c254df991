"""More people than the machines carry: refuse early, at little cost, what nobody waits for now.

A request that has stood in line for longer than a person waits is answered at once that the portal
is very busy: nothing of it is done, and those behind it are served in time.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

#: passwords that one process compares at once: each takes the cores, and 100 MB, for a moment
PLACES = 1
LONGEST_WAIT = 2.0  # seconds, for one of these places

_places = BoundedSemaphore(PLACES)


class TooBusy(Exception):
    """Nothing was looked at: the same may be asked again in a few seconds."""


@contextmanager
def place_to_compare() -> Iterator[None]:
    """One of the process's places to compare a password; the other threads serve pages meanwhile.

    Raises TooBusy when none is free in two seconds.
    """
    if not _places.acquire(timeout=LONGEST_WAIT):
        raise TooBusy
    try:
        yield
    finally:
        _places.release()


class OverloadMiddleware:
    """Answers 503, with the page that the settings name, in place of what has waited too long."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if seconds_in_line(request) > settings.CSE_PATIENCE_SECONDS:
            return busy()
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return busy() if isinstance(error, TooBusy) else None


def busy() -> HttpResponse:
    """The page that says so."""
    return import_string(settings.TOO_BUSY_VIEW)()


def seconds_in_line(request: HttpRequest) -> float:
    """Since the proxy took the request in, as it writes in `X-Request-Start`; 0 when none does."""
    if not settings.CSE_PROXIES:
        return 0.0
    said = request.META.get("HTTP_X_REQUEST_START", "").removeprefix("t=")
    try:
        return time.time() - float(said)
    except ValueError:
        return 0.0
