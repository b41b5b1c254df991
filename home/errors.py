"""The pages that say what went wrong, in the person's language, each with a way on."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template

from cse_portal.web.security_log import note, reference

SOON = 5  # seconds
TRY_AGAIN_AFTER = 30  # seconds: what a monitor or a client library is told


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent can't be read: too large, too many fields, broken."""
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A screen that the person's role doesn't have."""
    note("access_refused", person=getattr(request, "user", None))
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page, or not for this person: the two are not told apart."""
    return render(request, "404.html", status=404)


def forgery_suspected(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or stale: signed in meanwhile in another tab, cookies off."""
    note("forgery_suspected", person=getattr(request, "user", None))
    return render(request, "403_csrf.html", status=403)


def too_many_requests(request: HttpRequest, *, seconds: int) -> HttpResponse:
    """Too many tries in a short time: when to come back, in seconds."""
    minutes = max(1, -(-seconds // 60))
    response = render(request, "429.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = str(seconds)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of the portal's, or no database: the page needs nothing, in both languages."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return unavailable()
    return plain("500.html", 500)


def unavailable() -> HttpResponse:
    """The portal is stopped for a moment: nothing is lost, come back soon."""
    return come_back("503.html", after=TRY_AGAIN_AFTER)


def busy() -> HttpResponse:
    """More people than the machines carry: nothing was done, a few seconds later it will be."""
    return come_back("503_busy.html", after=SOON)


def come_back(template: str, *, after: int) -> HttpResponse:
    """Not now, but in so many seconds."""
    response = plain(template, 503)
    response["Retry-After"] = str(after)
    return response


def plain(template: str, status: int) -> HttpResponse:
    """Without request, context nor query: what failed may be any of them."""
    return HttpResponse(get_template(template).render({"reference": reference()}), status=status)
