"""Middleware: sign-in required by default, company scopes, request bodies and headers."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from cse_portal.acting.permissions import Verb, may
from cse_portal.companies.tenancy import across_companies, company_scope, serving_a_request
from cse_portal.companies.timeouts import OFFICERS, PEOPLE, with_timeouts
from cse_portal.pages.views import PortalRequest
from cse_portal.web import csp_reports
from cse_portal.web.bodies import LONGEST_BODY
from cse_portal.web.overload import Refusal, TooBusy, place_for_officer, refused
from cse_portal.web.security_log import request_under_way
from cse_portal.web.session_life import way_back_of

GetResponse = Callable[[Any], HttpResponse]


View = TypeVar("View", bound=Callable[..., object])


def before_own_password(view: View) -> View:
    """Mark a view that a person with a temporary password may open."""
    view.before_own_password = True  # type: ignore[attr-defined]  # a mark, as Django sets its own
    return view


class ClosedByDefaultMiddleware(LoginRequiredMiddleware):
    """Every view requires a password and an e-mailed code, unless marked `login_not_required`."""

    def process_view(
        self,
        request: Any,  # a PortalRequest: Django's own middleware knows only HttpRequest
        view_func: Callable[..., Any],
        view_args: tuple[object, ...],
        view_kwargs: dict[str, object],
    ) -> HttpResponse | None:
        if not getattr(view_func, "login_required", True):
            return None
        if not (request.user.is_authenticated and request.user.is_verified()):
            way_back = urlencode(way_back_of(request), safe="/")
            return redirect(f"{reverse(settings.LOGIN_URL)}?{way_back}")
        if request.user.must_choose_password:
            if getattr(view_func, "before_own_password", False):
                return None
            return redirect(settings.FIRST_SIGN_IN_URL)
        return self.in_own_place(request, view_func)

    def in_own_place(
        self, request: PortalRequest, view_func: Callable[..., object]
    ) -> HttpResponse | None:
        """Redirect officers to the admin; the admin does not exist (404) for a company's people."""
        if getattr(view_func, "before_own_password", False):
            return None
        in_admin = request.resolver_match is not None and request.resolver_match.app_name == "admin"
        works_in_admin = may(request.user, Verb.WORK_IN_ADMIN)
        if works_in_admin and not in_admin:
            return redirect(reverse("admin:index"))
        if in_admin and not works_in_admin:
            raise Http404
        return None


def request_reference_middleware(get_response: GetResponse) -> GetResponse:
    """Give every request a reference, for the response header and the log lines."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with request_under_way(request) as reference:
            response = get_response(request)
            response["X-Request-ID"] = reference
            return response

    return middleware


def second_wall_middleware(get_response: GetResponse) -> GetResponse:
    """Serve every request with a database role that sees no company's rows outside of a scope.

    And with the timeouts of a page.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        with serving_a_request(), with_timeouts(PEOPLE):
            return get_response(request)

    return middleware


def company_middleware(get_response: GetResponse) -> GetResponse:
    """Serve every signed-in request inside the person's company scope; officers, across all.

    Some officers at a time: their searches leave threads and connections to companies' people.
    """

    def middleware(request: PortalRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return get_response(request)
        if request.user.is_officer:
            try:
                with (
                    place_for_officer(),
                    across_companies(because="a ministry officer decides for every company"),
                    with_timeouts(OFFICERS),
                ):
                    return get_response(request)
            except TooBusy:
                return refused(Refusal.BUSY)
        request.company = request.user.company
        with company_scope(request.company):
            return get_response(request)

    return middleware


def private_pages_middleware(get_response: GetResponse) -> GetResponse:
    """Forbid caches to store signed-in pages, also for the browser's « back » after sign-out."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated:
            add_never_cache_headers(response)
        return response

    return middleware


def readable_body_middleware(get_response: GetResponse) -> GetResponse:
    """Refuse a body that no form of the portal sends, before a view reads it.

    Django would replace invalid bytes and store the result, and would read a body of another
    content type as an empty form, which would erase a draft's answers. Files in a form, and the
    bodies that no view reads, escape its own bounds.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if status := status_out_of_bounds(request):
            return render(request, "400.html", status=status)
        if not is_form(request):
            return render(request, "400.html", status=415)
        if not (is_utf8(request) and is_complete(request)):
            return render(request, "400.html", status=400)
        return get_response(request)

    return middleware


FORM_TYPES = {"application/x-www-form-urlencoded", "multipart/form-data"}


def length_of_body(request: HttpRequest) -> int:
    """The length that the request tells, in bytes; -1 for one that is no number."""
    told = request.META.get("CONTENT_LENGTH") or "0"
    return int(told[:18]) if told.isascii() and told.isdigit() else -1


def status_out_of_bounds(request: HttpRequest) -> int:
    """The status that refuses a body before a byte of it is read; 0 for one within bounds.

    Of whatever method: a body is refused by the length that it tells, and has to tell one.
    """
    length = length_of_body(request)
    if "HTTP_TRANSFER_ENCODING" in request.META:
        return 411
    if length < 0:
        return 400
    return 413 if length > LONGEST_BODY else 0


def is_form(request: HttpRequest) -> bool:
    """Whether the request has no body, or one with a form's content type."""
    sends = request.method in {"POST", "PUT", "PATCH"}
    has_body = length_of_body(request) != 0
    types = csp_reports.TYPES if request.path == settings.CSP_REPORT_ADDRESS else FORM_TYPES
    return not (sends and has_body) or request.content_type in types


def is_utf8(request: HttpRequest) -> bool:
    """Whether the request declares UTF-8, or no charset."""
    charset = (request.content_params or {}).get("charset", "")
    return charset.lower().replace("-", "") in {"", "utf8", "usascii", "ascii"}


def is_complete(request: HttpRequest) -> bool:
    """Read the whole body before the person is read; return whether a form can have sent it.

    Otherwise a client that delays the end of the body would act with the rights that the person had
    when the request began. No form of the portal sends a file.
    """
    length = length_of_body(request)
    if not length:
        return True
    try:
        body = request.body
    except UnreadablePostError:  # its sender went away, or let the portal wait
        return False
    if len(body) < length:
        return False
    if request.content_type == "multipart/form-data":
        return not request.FILES
    if request.content_type not in FORM_TYPES:
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


#: browser features that no page of the portal uses
DISABLED_FEATURES = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope"),
    *("magnetometer", "microphone", "midi", "payment", "serial", "usb"),
)


def further_headers_middleware(get_response: GetResponse) -> GetResponse:
    """Headers without a Django setting: disable browser features, forbid use by other sites."""
    policy = ", ".join(f"{feature}=()" for feature in DISABLED_FEATURES)

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", policy)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware
