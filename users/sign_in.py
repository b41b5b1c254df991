"""Signing in (user code → password → e-mailed code → home) and signing out."""

import re
from collections.abc import Callable
from typing import Any

import django_otp
from django.conf import settings
from django.contrib.auth import (
    REDIRECT_FIELD_NAME,
    authenticate,
    login,
    logout,
    update_session_auth_hash,
)
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from cse_portal import clock
from cse_portal.acting.permissions import Verb, may
from cse_portal.companies.tenancy import across_companies
from cse_portal.pages.views import SignedInView
from cse_portal.patterns import USER_CODE as USER_CODE_PATTERN
from cse_portal.web import session_life
from cse_portal.web.middleware import before_own_password
from cse_portal.web.overload import place_to_compare
from cse_portal.web.security_log import note
from cse_portal.web.visitor import browser_of
from users import actions, lockout
from users.forms import CodeForm, OwnPasswordForm, PasswordForm, UserCodeForm
from users.models import SignInCode, Tries, User

USER_CODE, PENDING, NEXT = "sign_in_user_code", "sign_in_pending", "sign_in_next"
#: number of wrong passwords before the right one; the previous sign-in, as the home page shows it
WRONG, BEFORE = "sign_in_wrong", "sign_in_before"


def summary_of_last_sign_in(session: SessionBase, user: User) -> dict[str, object]:
    """The last sign-in, to be stored in the session before `login` overwrites its date."""
    at = user.last_login
    return {"at": at.isoformat() if at else "", "wrong": session.pop(WRONG, 0)}


def previous_sign_in(session: SessionBase) -> dict[str, object]:
    """The date of the previous sign-in, and the number of wrong passwords since."""
    stored = session.get(BEFORE, {"at": "", "wrong": 0})
    return stored | {"at": parse_datetime(stored["at"])}


def next_page(request: HttpRequest, user: User) -> str:
    """The URL after the sign-in: the page that the person asked for, else their home page."""
    requested = request.session.pop(NEXT, "")
    if url_has_allowed_host_and_scheme(
        requested, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return requested
    return reverse("admin:index" if may(user, Verb.WORK_IN_ADMIN) else "home")


class SignInView(FormView):
    """A page of the sign-in. A person already signed in is redirected home."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        """Exempt from login here, so that no subclass loses the exemption."""
        return login_not_required(never_cache(super().as_view(**initkwargs)))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and request.user.is_verified():
            return redirect(next_page(request, request.user))
        with across_companies(because="signing in precedes any company"):
            return super().dispatch(request, *args, **kwargs)


class UserCodeView(SignInView):
    """« Accéder à mon compte »: the user code."""

    form_class = UserCodeForm
    template_name = "users/user_code.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if requested := request.GET.get("next"):
            request.session[NEXT] = requested
        return super().get(request, *args, **kwargs)

    def get_initial(self) -> dict[str, object]:
        chosen = self.request.GET.get("as", "")  # from a card of the simulation's public page
        if not re.fullmatch(USER_CODE_PATTERN, chosen):
            chosen = ""
        return {"user_code": chosen or self.request.session.get(USER_CODE, "")}

    def form_valid(self, form: UserCodeForm) -> HttpResponse:
        self.request.session[USER_CODE] = form.cleaned_data["user_code"]
        return redirect("users:password")


@method_decorator(sensitive_post_parameters(), name="dispatch")
class PasswordView(SignInView):
    """The password. The error does not tell a wrong user code from a wrong password."""

    form_class = PasswordForm
    template_name = "users/password.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if USER_CODE not in request.session:
            return redirect("users:sign_in")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(user_code=self.request.session[USER_CODE], **kwargs)

    def form_valid(self, form: PasswordForm) -> HttpResponse:
        with place_to_compare():
            user = self.authenticated(form.cleaned_data["password"])
        if user is None:
            form.add_error("password", self.error_message())
            return self.form_invalid(form)
        if user.temporary_password_has_expired:
            form.add_error(
                "password",
                _(
                    "This temporary password is no longer good: seven days have passed. Ask your "
                    "electronic services manager for a new one; if you are the only one of your "
                    "company, ask an officer (page “Contact us”)."
                ),
            )
            return self.form_invalid(form)
        return self.send_code(user, form)

    def authenticated(self, password: str) -> User | None:
        """The person, if the password is right; None once five tries have closed the sign-in."""
        user_code = self.request.session[USER_CODE]
        lockout.count_try_of_address(self.request)
        number = lockout.count_try(Tries.Kind.PASSWORD, user_code)
        if not number:
            note("password_refused_unseen")
            lockout.hash_anyway(password)
            return None
        user = authenticate(self.request, username=user_code, password=password)
        if user is None:
            note("password_wrong", number=number)
            if number == lockout.max_tries(Tries.Kind.PASSWORD):
                note("sign_in_closed")
                lockout.warn_in_background(user_code)
            return None
        note("password_right", person=user, wrong_before=number - 1)
        self.request.session[WRONG] = number - 1
        lockout.reset_tries(Tries.Kind.PASSWORD, user_code)
        lockout.uncount_try_of_address(self.request)
        return user

    def error_message(self) -> str:
        """The same message for a wrong code, a wrong password and a closed sign-in."""
        return _(
            "The user code or the password is not right. Five wrong passwords close the sign-in "
            "for %(minutes)s minutes."
        ) % {"minutes": settings.CSE_LOCKOUT_MINUTES}

    def send_code(self, user: User, form: PasswordForm) -> HttpResponse:
        """E-mail the verification code, and go on to the page that asks for it."""
        try:
            code = actions.send_sign_in_code(user)
        except ValidationError as too_many:
            form.add_error(None, too_many)
            return self.form_invalid(form)
        except OSError:
            note("code_not_sent", person=user)
            form.add_error(
                None, _("The verification code could not be sent. Try again in a few minutes.")
            )
            return self.form_invalid(form)
        note("code_sent", person=user)
        self.request.session.cycle_key()
        self.request.session[PENDING] = code.pk
        return redirect("users:code")


class PendingSignInView(SignInView):
    """A page between the password and the verification code."""

    pending: SignInCode

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with across_companies(because="signing in precedes any company"):
            pending = SignInCode.objects.select_related("user__company")
            code = pending.filter(pk=request.session.get(PENDING, 0), confirmed=False).first()
        if code is None:
            return redirect("users:sign_in")
        self.pending = code
        return super().dispatch(request, *args, **kwargs)


class CodeView(PendingSignInView):
    """The verification code sent by e-mail."""

    form_class = CodeForm
    template_name = "users/code.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        left = self.pending.expires_at - clock.now()
        return super().get_context_data(
            masked_email=self.pending.user.masked_email,
            minutes_left=max(0, -(-int(left.total_seconds()) // 60)),
            is_dead=self.pending.is_spent or self.pending.has_expired,
            **self.resend_result(),
            **kwargs,
        )

    def resend_result(self) -> dict[str, int]:
        """The result of « Envoyer un nouveau code », which `NewCodeView` puts in the URL."""
        return {
            "was_sent_again": "sent" in self.request.GET,
            "too_early": "early" in self.request.GET,
            "could_not_send": "failed" in self.request.GET,
            "too_many": settings.CSE_LOCKOUT_MINUTES if "many" in self.request.GET else 0,
        }

    def form_valid(self, form: CodeForm) -> HttpResponse:
        user = self.pending.user
        device = None
        if lockout.count_code_try(user):
            device = django_otp.verify_token(
                user, self.pending.persistent_id, form.cleaned_data["code"]
            )
        if device is None:
            note("code_wrong", person=user)
            pending = SignInCode.objects.filter(pk=self.pending.pk).first()
            if pending is None:
                return redirect("users:sign_in")  # voided by a reset or a new code
            self.pending = pending
            form.add_error("code", lockout.why_refused(pending))
            return self.form_invalid(form)
        lockout.reset_after_right_code(user)
        requested = self.request.session.get(NEXT, "")
        last_sign_in = summary_of_last_sign_in(self.request.session, user)
        login(self.request, user, backend="users.backends.PortalBackend")
        django_otp.login(self.request, device)
        device.open_session(browser=browser_of(self.request))
        session_life.begin(self.request.session)
        self.request.session[BEFORE] = last_sign_in
        note("signed_in", person=user)
        for key in (USER_CODE, PENDING):
            self.request.session.pop(key, None)
        self.request.session[NEXT] = requested
        return redirect(next_page(self.request, user))


class NewCodeView(PendingSignInView):
    """« Envoyer un nouveau code »: at most once a minute; it voids the previous code."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        address = reverse("users:code")
        if self.pending.is_too_recent:
            return redirect(f"{address}?early=")
        try:
            code = actions.send_sign_in_code(self.pending.user)
        except ValidationError:
            return redirect(f"{address}?many=")
        except OSError:
            note("code_not_sent", person=self.pending.user)
            return redirect(f"{address}?failed=")
        note("code_sent", person=self.pending.user)
        actions.withdraw_sign_in_code(self.pending)
        request.session[PENDING] = code.pk
        return redirect(f"{address}?sent=")


@method_decorator([before_own_password, never_cache, sensitive_post_parameters()], name="dispatch")
class OwnPasswordView(SignedInView, FormView):
    """First sign-in: the person's own password replaces the temporary one."""

    verb = Verb.CHANGE_PASSWORD
    form_class = OwnPasswordForm
    template_name = "users/own_password.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.request.user.must_choose_password:
            return redirect(next_page(request, self.request.user))
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(user_code=self.request.user.user_code, **kwargs)

    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:
        person = actions.choose_password(form.cleaned_data["password"], by=self.request.user)
        update_session_auth_hash(self.request, person)
        return redirect(next_page(self.request, person))


@method_decorator([login_not_required, never_cache], name="dispatch")
class SignOutView(View):
    """« Quitter »."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            note("signed_out", person=request.user)
        logout(request)
        response = redirect(resolve_url(settings.LOGOUT_REDIRECT_URL))
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


class SignedOutView(SignInView):
    """The page after « Quitter »."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return TemplateResponse(request, "users/signed_out.html")


class SessionEndedView(SignInView):
    """The page after a session has ended by itself, with a link to sign in again."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        sign_in = reverse("users:sign_in")
        requested = request.GET.get(REDIRECT_FIELD_NAME, "")
        if requested:
            sign_in = f"{sign_in}?{urlencode({REDIRECT_FIELD_NAME: requested})}"
        context = {"sign_in": sign_in, "minutes": settings.CSE_IDLE_MINUTES}
        return TemplateResponse(request, "users/session_ended.html", context)


@method_decorator([session_life.looks_only, never_cache], name="dispatch")
class SessionView(SignedInView):
    """JSON for the pages' script: seconds left, unread messages; a POST extends the session."""

    def get(self, request: HttpRequest) -> HttpResponse:
        unread = getattr(self.request.user, "unread_messages", 0)
        text = ngettext("%(count)d unread message", "%(count)d unread messages", unread)
        left = session_life.seconds_left(request.session)
        return JsonResponse({"left": left, "unread": text % {"count": unread} if unread else ""})

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.get(request)
