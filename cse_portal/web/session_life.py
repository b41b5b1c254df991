"""Session lifetime: it ends after twenty minutes without activity, or after eight hours."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from cse_portal import clock
from cse_portal.acting.door import NoLongerSignedIn
from cse_portal.keyed_hash import known_hashes
from cse_portal.web.security_log import note

STARTED, SEEN = "session_started", "session_seen"  # seconds since the epoch
SAVED_EVERY = 60  # seconds: an active session is saved at most once a minute


def now() -> int:
    return int(clock.now().timestamp())


def begin(session: SessionBase) -> None:
    """Start both delays, at the sign-in."""
    session[STARTED] = session[SEEN] = now()


def bring_back_to_now(session: SessionBase) -> None:
    """What a clock that had jumped wrote counts as now: no session lasts for years."""
    for instant in (STARTED, SEEN):
        if session.get(instant, 0) > now():
            session[instant] = now()


def extend(session: SessionBase) -> bool:
    """Restart the idle delay; return whether it was saved, which happens once a minute."""
    bring_back_to_now(session)
    if STARTED not in session:
        begin(session)
    elif now() - session[SEEN] >= SAVED_EVERY:
        session[SEEN] = now()
        return True
    return False


def seconds_left(session: SessionBase) -> int:
    """Seconds before the session ends without activity; 0 when it is over."""
    if STARTED not in session:
        return settings.CSE_IDLE_MINUTES * 60
    idle_until = session[SEEN] + settings.CSE_IDLE_MINUTES * 60
    over_at = session[STARTED] + settings.SESSION_COOKIE_AGE
    return max(0, min(idle_until, over_at) - now())


def planned(session: SessionBase) -> int:
    """Seconds that a page just opened may stay idle: the same for all, except near the end."""
    over_at = session.get(STARTED, now()) + settings.SESSION_COOKIE_AGE
    return min(settings.CSE_IDLE_MINUTES * 60, over_at - now())


View = TypeVar("View", bound=Callable[..., object])


def looks_only(view: View) -> View:
    """Mark a view that pages request by themselves: it does not count as activity."""
    view.looks_only = True  # type: ignore[attr-defined]  # a mark, as Django sets its own
    return view


class SessionLifeMiddleware:
    """Signs out when the session is over; that page leads back after a new sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: Any, view: Callable[..., object], args: object, kwargs: object
    ) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        is_passive = getattr(view, "looks_only", False) and request.method == "GET"
        if not seconds_left(request.session):
            way_back = way_back_of(request)
            if not is_passive:  # otherwise the page could no longer ask for the time left
                note("session_ended", person=request.user)
                logout(request)
            is_public = not getattr(view, "login_required", True)
            return None if is_public else redirect(ended_address(way_back))
        if not is_passive and extend(request.session) and request.user.otp_device:
            request.user.otp_device.mark_seen()
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Signed out while the request waited for its lock: nothing was done; show that page."""
        if not isinstance(error, NoLongerSignedIn):
            return None
        note("act_refused", person=request.user)
        way_back = way_back_of(request)
        logout(request)
        return redirect(ended_address(way_back))


def mark_of(person: object) -> str:
    """A mark of the person with that key, for the address of their way back: it names nobody."""
    return _marks_of(person)[0]


def is_mark_of(mark: str, person: object) -> bool:
    """Whether it is that person's, of whichever machine gave it."""
    return any(constant_time_compare(mark, known) for known in _marks_of(person))


def _marks_of(person: object) -> list[str]:
    return [known[:16] for known in known_hashes("way back", str(person))]


def way_back_of(request: HttpRequest) -> dict[str, str]:
    """The address to return to after a sign-in, and the mark of whose page it is."""
    way_back = {"next": request.get_full_path() if request.method == "GET" else request.path}
    if person := getattr(request, "session_owner", None) or request.session.get(SESSION_KEY):
        way_back["of"] = mark_of(person)
    return way_back


def ended_address(way_back: dict[str, str]) -> str:
    """The page that says that the session is over."""
    return f"{reverse(settings.SESSION_ENDED_URL)}?{urlencode(way_back, safe='/')}"
