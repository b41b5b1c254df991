"""A person's open sessions: how they are read, listed and ended."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.middleware import is_verified

from cse_portal.acting.permissions import Verb
from cse_portal.companies.tenancy import across_companies
from cse_portal.keys import is_key
from cse_portal.pages.views import SignedInView
from users import actions, queries
from users.backends import read_with_code
from users.models import SignInCode


class VerifiedMiddleware:
    """In place of django-otp's middleware: the session's code and its person in one compiled query.

    Every page needs the person: they are read at once, and `request.user` is the User itself, not
    the lazy object of Django's and django-otp's middlewares. What the others of django-otp ask of a
    user is there: `otp_device`, `is_verified()`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.resume(request)
        return self.get_response(request)

    def resume(self, request: HttpRequest) -> None:
        """Set `request.user`: whoever the session is of, and the code that verified them."""
        with across_companies(because="resuming a session precedes any company"):
            code = session_code(request.session.get(DEVICE_ID_SESSION_KEY, ""))
            # Django empties a session whose password has changed since
            request.session_owner = request.session.get(SESSION_KEY)  # type: ignore[attr-defined]
            if code:
                code.user.session_hash = request.session.get(HASH_SESSION_KEY, "")
            token = read_with_code.set(code and code.user)
            try:
                user: Any = get_user(request)
                request.user = user
            finally:
                read_with_code.reset(token)
            is_theirs = code is not None and code.user_id == user.pk and code.confirmed
            user.otp_device = code if is_theirs else None
            user.is_verified = partial(is_verified, user)
            if user.is_authenticated and not is_theirs:
                request.session.pop(DEVICE_ID_SESSION_KEY, None)


def session_code(persistent_id: str) -> SignInCode | None:
    """The code that django-otp names in the session, with its person; None if it is gone."""
    kind, _slash, key = persistent_id.rpartition("/")
    if kind != SignInCode._meta.label_lower or not is_key(key):
        return None
    code: Any = queries.session_code.first(int(key))  # with an annotation
    if code:
        code.user.unread_messages = code.unread_messages
    return code


def delete_session_code(sender: object, user: object, **kwargs: object) -> None:
    """Delete the code of a session that ends (« Quitter », or inactivity): it is open no more."""
    if device := getattr(user, "otp_device", None):
        SignInCode.objects.filter(pk=device.pk).delete()


@method_decorator(never_cache, name="dispatch")
class SessionsView(SignedInView, TemplateView):
    """The person's open sessions; a POST ends one of them, or all except this one."""

    verb = Verb.END_SESSIONS
    template_name = "users/sessions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = SignInCode.objects.filter(user=self.request.user).open_sessions()
        this = self.request.user.otp_device
        others = list(own.exclude(pk=this.pk).order_by("-seen_at"))
        return super().get_context_data(this=this, others=others, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = request.POST.get("end", "")
        if chosen == "others":
            actions.end_other_sessions(by=self.request.user)
            messages.success(request, _("Your other sessions are ended."))
        elif is_key(chosen) and actions.end_session(int(chosen), by=self.request.user):
            messages.success(request, _("That session is ended."))
        return redirect("users:sessions")
