"""A request that was answered, as an operator may see it: by its view, never by its address.

An address names people's files, and bears the token of a sign-in under way.
"""

import math
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from cse_portal.web.overload import seconds_in_line

READS = {"GET", "HEAD", "OPTIONS"}
METHODS = READS | {"POST", "PUT", "PATCH", "DELETE"}


@dataclass(slots=True)
class Answered:
    """A request and its answer."""

    request: HttpRequest
    response: HttpResponse
    seconds: float
    #: of the processor, by its thread: the others it waited, most often for the database
    cpu_seconds: float
    #: before the process had it; None without a proxy that tells
    seconds_in_line: float | None

    @property
    def view(self) -> str:
        return view_of(self.request)

    @property
    def method(self) -> str:
        """As sent; one that does not exist is OTHER, whatever its sender made up."""
        method = self.request.method or ""
        return method if method in METHODS else "OTHER"

    @property
    def method_class(self) -> str:
        return "read" if self.request.method in READS else "write"

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def bytes(self) -> int | None:
        """Of its body, as sent before compression by a proxy; None for one made as it is sent."""
        return None if self.response.streaming else len(self.response.content)

    @property
    def refusal(self) -> str:
        """Why it was answered 503 (`home.errors`); empty for any other answer."""
        return getattr(self.response, "refusal", "")


def view_of(request: HttpRequest) -> str:
    """The name of its address (`users:sign_in`), `static`, or `unknown`: one for all others."""
    if match := request.resolver_match:
        return match.view_name or "unnamed"
    return "static" if request.path.startswith(str(settings.STATIC_URL)) else "unknown"


LONGEST_LINE = 3_600.0  # seconds: whoever writes more than that in a header made it up


def waited_in_line(request: HttpRequest) -> float | None:
    """Seconds in line, where a proxy tells; none by a proxy whose clock is ahead."""
    if not settings.CSE_PROXIES or "HTTP_X_REQUEST_START" not in request.META:
        return None
    seconds = seconds_in_line(request)
    return min(max(seconds, 0.0), LONGEST_LINE) if math.isfinite(seconds) else None
