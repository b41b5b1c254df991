"""Under overload, refuse early and cheaply what can't be done in time.

A request that has waited in the queue for longer than a person would wait gets a 503 page at once:
nothing is done for it, and the requests behind it are served in time. So does one that waits for a
lock, or for PostgreSQL's answer, for longer than `companies/timeouts.py` allows.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from threading import BoundedSemaphore

from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from psycopg import errors

from cse_portal.locks import is_held_elsewhere

LONGEST_WAIT = 2.0  # seconds to wait for a place
#: password comparisons at the same time in a process: each briefly uses the cores and 100 MB
PLACES = 1
#: officers' requests at the same time in a process, of its four threads (`deploy/gunicorn.conf.py`)
PLACES_FOR_OFFICERS = 2
#: requests that wait for the mail server at the same time in a process, of its four threads
PLACES_TO_SEND = 2
LONGEST_WAIT_TO_SEND = 0.5  # seconds: whoever waits for a place holds a thread, too

#: a transaction that was left idle; a server that is a standby, or set read-only
INTERRUPTIONS = errors.IdleInTransactionSessionTimeout, errors.ReadOnlySqlTransaction
#: what an operator reads of an interruption, by its class; « database » of any other
NAMES_OF_INTERRUPTIONS = {
    "DiskFull": "disk_full",
    "IdleInTransactionSessionTimeout": "idle",
    "PoolTimeout": "pool",
    "ReadOnlySqlTransaction": "read_only",
}

_to_compare = BoundedSemaphore(PLACES)
_for_officers = BoundedSemaphore(PLACES_FOR_OFFICERS)
_to_send = BoundedSemaphore(PLACES_TO_SEND)


class Refusal(Enum):
    """Why nothing was done; the value names the page that says so (`503_<value>.html`)."""

    BUSY = "busy"
    LOCKED = "locked"
    SLOW = "slow"


class TooBusy(Exception):
    """The request was not handled; the person can try again in a few seconds."""


@contextmanager
def place_to_compare() -> Iterator[None]:
    """Limit password comparisons, so that the other threads can serve pages meanwhile.

    Raises TooBusy if no place is free within `LONGEST_WAIT`.
    """
    with _place(_to_compare):
        yield


@contextmanager
def place_for_officer() -> Iterator[None]:
    """Limit officers' requests, whose searches take the longest. Raises TooBusy likewise."""
    with _place(_for_officers):
        yield


@contextmanager
def place_to_send() -> Iterator[None]:
    """Limit the requests that wait for the mail server, however slow: the others serve pages.

    Raises TooBusy if no place is free within `LONGEST_WAIT_TO_SEND`.
    """
    with _place(_to_send, wait=LONGEST_WAIT_TO_SEND):
        yield


@contextmanager
def _place(places: BoundedSemaphore, *, wait: float = LONGEST_WAIT) -> Iterator[None]:
    if not places.acquire(timeout=wait):
        raise TooBusy
    try:
        yield
    finally:
        places.release()


class OverloadMiddleware:
    """Answers 503 to requests that have waited too long, and to errors that are a refusal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if seconds_in_line(request) > settings.CSE_PATIENCE_SECONDS:
            return refused(Refusal.BUSY)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = refusal_in(error)
        return refused(refusal) if refusal else None


def refusal_in(error: BaseException | None) -> Refusal | None:
    """Why the error is a refusal for now; None for any other error."""
    if isinstance(error, TooBusy):
        return Refusal.BUSY
    if is_held_elsewhere(error):
        return Refusal.LOCKED
    if isinstance(error, OperationalError) and isinstance(error.__cause__, errors.QueryCanceled):
        return Refusal.SLOW
    return None


def is_interruption(error: BaseException | None) -> bool:
    """Whether PostgreSQL is away, or accepts no writes for now: the same request may work later."""
    if isinstance(
        error, InternalError
    ):  # its class 25, which psycopg takes for a fault in the code
        return isinstance(error.__cause__, INTERRUPTIONS)
    return isinstance(error, OperationalError | InterfaceError)


def name_of_interruption(error: BaseException | None) -> str:
    """Why PostgreSQL did not do it, in a word for operators."""
    cause = error.__cause__ if error else None
    return NAMES_OF_INTERRUPTIONS.get(type(cause).__name__, "database")


def refused(refusal: Refusal) -> HttpResponse:
    """The 503 page of a refusal (`REFUSED_VIEW`)."""
    return import_string(settings.REFUSED_VIEW)(refusal)


def seconds_in_line(request: HttpRequest) -> float:
    """Seconds since the proxy's `X-Request-Start` header; 0 without the header or a proxy."""
    if not settings.CSE_PROXIES:
        return 0.0
    started = request.META.get("HTTP_X_REQUEST_START", "").removeprefix("t=")
    try:
        return time.time() - float(started)
    except ValueError:
        return 0.0
