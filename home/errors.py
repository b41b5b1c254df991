"""The error pages, in the person's language, each with what to do next."""

import sys

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template

from cse_portal.watching.refusals import log_refusal
from cse_portal.web.overload import (
    Refusal,
    is_interruption,
    name_of_interruption,
    refusal_in,
)
from cse_portal.web.security_log import note, reference

SOON = 5  # seconds
TRY_AGAIN_AFTER = 30  # seconds, for monitors and client libraries


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The request can't be read: too large, too many fields, malformed, for another host."""
    if not isinstance(exception, DisallowedHost):  # such scans are too common to log
        note("request_malformed", rule=type(exception).__name__)
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A page that the person's role may not open."""
    note("access_refused", person=getattr(request, "user", None))
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page, or not for this person: the answer is the same."""
    return render(request, "404.html", status=404)


def forgery_suspected(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or stale: a sign-in in another tab, or cookies off."""
    note("forgery_suspected", person=getattr(request, "user", None))
    return render(request, "403_csrf.html", status=403)


def too_many_requests(request: HttpRequest, *, seconds: int) -> HttpResponse:
    """Too many tries in a short time; `seconds` until the next one is allowed."""
    minutes = max(1, -(-seconds // 60))
    response = render(request, "429.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = str(seconds)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """An error of the portal, or no database: a static page in both languages."""
    error = sys.exc_info()[1]
    if refusal := refusal_in(error):
        return refused(refusal)
    if is_interruption(error):
        return unavailable(name_of_interruption(error))
    return plain("500.html", 500)


def unavailable(why: str) -> HttpResponse:
    """The portal is stopped for a moment: nothing is lost. `why` is a word for operators."""
    return come_back("503.html", why, after=TRY_AGAIN_AFTER)


def refused(refusal: Refusal) -> HttpResponse:
    """Too much load, a lock or a search: nothing was done, and it can be sent again soon."""
    return come_back(f"503_{refusal.value}.html", refusal.value, after=SOON)


def come_back(template: str, why: str, *, after: int) -> HttpResponse:
    """A 503 with `Retry-After` in seconds; it is logged why, and figures read it in the answer."""
    log_refusal(why)
    response = plain(template, 503)
    response.refusal = why  # type: ignore[attr-defined]  # a mark, as Django sets its own
    response["Retry-After"] = str(after)
    return response


def plain(template: str, status: int) -> HttpResponse:
    """A page without request, context or query, since any of them may be what failed."""
    return HttpResponse(get_template(template).render({"reference": reference()}), status=status)
