"""Signing in (user code → password → e-mailed code → home) and signing out."""

import re
from collections.abc import Callable
from typing import Any

import django_otp
from django.conf import settings
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from cse_portal import clock
from cse_portal.acting.permissions import Verb
from cse_portal.companies.tenancy import across_companies
from cse_portal.pages.views import SignedInView
from cse_portal.patterns import USER_CODE as USER_CODE_PATTERN
from cse_portal.web import session_life
from cse_portal.web.middleware import before_own_password
from cse_portal.web.overload import place_to_compare
from cse_portal.web.security_log import note
from cse_portal.web.visitor import browser_of
from users import actions, lockout, under_way
from users.forms import CodeForm, OwnPasswordForm, PasswordForm, UserCodeForm
from users.models import SignInCode, Tries, User
from users.way_back import after_sign_in, asked_for

#: the previous sign-in, as the home page shows it; the way back of a temporary password's holder
BEFORE, WAY_BACK = "sign_in_before", "sign_in_way_back"


def summary_of_last_sign_in(user: User, *, wrong: int) -> dict[str, object]:
    """The last sign-in, to be stored in the session before `login` overwrites its date."""
    at = user.last_login
    return {"at": at.isoformat() if at else "", "wrong": wrong}


def previous_sign_in(session: SessionBase) -> dict[str, object]:
    """The date of the previous sign-in, and the number of wrong passwords since."""
    stored = session.get(BEFORE, {"at": "", "wrong": 0})
    return stored | {"at": parse_datetime(stored["at"])}


class SignInView(FormView):
    """A page of the sign-in. A person already signed in is redirected home."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        """Exempt from login here, so that no subclass loses the exemption."""
        return login_not_required(never_cache(super().as_view(**initkwargs)))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and request.user.is_verified():
            return redirect(after_sign_in(request, request.user, request.GET))
        with across_companies(because="signing in precedes any company"):
            if not self.can_be_shown():
                return redirect("users:sign_in")
            return super().dispatch(request, *args, **kwargs)

    def can_be_shown(self) -> bool:
        """Whether the sign-in has come to this page; otherwise it begins anew."""
        return True


class UserCodeView(SignInView):
    """« Accéder à mon compte »: the user code."""

    form_class = UserCodeForm
    template_name = "users/user_code.html"

    def get_initial(self) -> dict[str, object]:
        chosen = self.request.GET.get("as", "")  # from a card of the simulation's public page
        if not re.fullmatch(USER_CODE_PATTERN, chosen):
            chosen = ""
        sign_in = under_way.of(self.request)  # « Retour », from one of its pages
        return {"user_code": chosen or (sign_in.user_code if sign_in else "")}

    def form_valid(self, form: UserCodeForm) -> HttpResponse:
        sign_in = under_way.begin(self.request, form.cleaned_data["user_code"])
        return redirect(sign_in.address("users:password"))


class UnderWayView(SignInView):
    """A page of a sign-in under way in this session."""

    sign_in: under_way.SignInUnderWay

    def can_be_shown(self) -> bool:
        sign_in = under_way.of(self.request)
        if sign_in is None:
            return False
        self.sign_in = sign_in
        request: Any = self.request
        if request.method == "POST":  # the language link keeps the sign-in
            request.page_address = sign_in.address(request.resolver_match.view_name)
        return True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user_code_page = self.sign_in.address("users:sign_in")
        return super().get_context_data(user_code_page=user_code_page, **kwargs)


@method_decorator(sensitive_post_parameters(), name="dispatch")
class PasswordView(UnderWayView):
    """The password. The error does not tell a wrong user code from a wrong password."""

    form_class = PasswordForm
    template_name = "users/password.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(user_code=self.sign_in.user_code, **kwargs)

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
                    "This temporary password is no longer good: it was used once, or seven days "
                    "have passed. Ask your electronic services manager for a new one; if you are "
                    "the only one of your company, ask an officer (page “Contact us”)."
                ),
            )
            return self.form_invalid(form)
        return self.send_code(user, form)

    def authenticated(self, password: str) -> User | None:
        """The person, if the password is right; None once five tries have closed the sign-in."""
        user_code = self.sign_in.user_code
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
        self.sign_in.note(wrong=number - 1, account=actions.account_of(user))
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
            code = self.just_sent_to(user) or actions.send_sign_in_code(user)
        except ValidationError as too_many:
            form.add_error(None, too_many)
            return self.form_invalid(form)
        except OSError:
            note("code_not_sent", person=user)
            form.add_error(
                None, _("The verification code could not be sent. Try again in a few minutes.")
            )
            return self.form_invalid(form)
        if code is None:
            form.add_error("password", self.error_message())
            return self.form_invalid(form)
        note("code_sent", person=user)
        self.sign_in.note(pending=code.pk)
        under_way.new_key(self.request)
        return redirect(self.sign_in.address("users:code"))

    def just_sent_to(self, user: User) -> SignInCode | None:
        """The code that this form, sent twice, has sent already."""
        pending = self.sign_in.pending_as_stored()
        code = SignInCode.objects.filter(pk=pending, user=user, confirmed=False).first()
        return code if code and code.is_too_recent and not code.is_spent else None


class PendingSignInView(UnderWayView):
    """A page between the password and the verification code."""

    pending: SignInCode

    def can_be_shown(self) -> bool:
        if not super().can_be_shown():
            return False
        sent = SignInCode.objects.select_related("user__company")
        code = sent.filter(pk=self.sign_in.pending).first()
        if code is None or (code.confirmed and not self.may_be_sent_twice()):
            return False
        self.pending = code
        return True

    def may_be_sent_twice(self) -> bool:
        """Whether this request may come after the code was entered."""
        return False


class CodeView(PendingSignInView):
    """The verification code sent by e-mail."""

    form_class = CodeForm
    template_name = "users/code.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        left = self.pending.expires_at - clock.now()
        return super().get_context_data(
            new_code_address=self.sign_in.address("users:new_code"),
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

    def may_be_sent_twice(self) -> bool:
        return self.request.method == "POST"

    def form_valid(self, form: CodeForm) -> HttpResponse:
        user, digits = self.pending.user, form.cleaned_data["code"]
        first = again = None
        if lockout.count_code_try(user):
            first = django_otp.verify_token(user, self.pending.persistent_id, digits)
            again = None if first else self.pending.as_entered_just_now(digits)
        device = first or again
        if device is None:
            note("code_wrong", person=user)
            pending = SignInCode.objects.filter(pk=self.pending.pk).first()
            if pending is None:
                return redirect("users:sign_in")  # voided by a reset or a new code
            self.pending = pending
            form.add_error("code", lockout.why_refused(pending))
            return self.form_invalid(form)
        lockout.reset_after_right_code(user)
        with transaction.atomic():  # nobody finds the session's former key without its row
            return self.open_session(device, is_first=bool(first))

    def open_session(self, device: SignInCode, *, is_first: bool) -> HttpResponse:
        """Sign the person in; a second time for a form sent twice, into the same session."""
        request, sign_in = self.request, self.sign_in
        wrong = sign_in.wrong_passwords
        summary = sign_in.summary or summary_of_last_sign_in(self.pending.user, wrong=wrong)
        browser = browser_of(request)
        user = actions.admit(device, account=sign_in.account, browser=browser, is_first=is_first)
        if user is None:
            return redirect(sign_in.address("users:password"))
        sign_in.note(summary=summary)
        known, former_key = request.session[under_way.SIGN_INS], request.session.session_key
        login(request, user, backend="users.backends.PortalBackend")
        django_otp.login(request, device)
        session_life.begin(request.session)
        request.session[BEFORE] = summary
        under_way.end_all(request, former_key, known)
        if user.must_choose_password:
            request.session[WAY_BACK] = asked_for(request)
        return redirect(after_sign_in(request, user, request.GET))


class NewCodeView(PendingSignInView):
    """« Envoyer un nouveau code »: at most once a minute; it voids the previous code."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect(self.sign_in.address("users:code", **{self.send_again(): ""}))

    def send_again(self) -> str:
        """Send a new code unless it is too early; return what the page then tells."""
        if self.pending.is_too_recent:
            return "early"
        try:
            code = actions.send_sign_in_code(self.pending.user)
        except ValidationError:
            return "many"
        except OSError:
            note("code_not_sent", person=self.pending.user)
            return "failed"
        if code is None:
            return "failed"
        note("code_sent", person=self.pending.user)
        actions.withdraw_sign_in_code(self.pending)
        self.sign_in.note(pending=code.pk)
        return "sent"


@method_decorator([before_own_password, never_cache, sensitive_post_parameters()], name="dispatch")
class OwnPasswordView(SignedInView, FormView):
    """First sign-in: the person's own password replaces the temporary one."""

    verb = Verb.CHANGE_PASSWORD
    form_class = OwnPasswordForm
    template_name = "users/own_password.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.request.user.must_choose_password:
            return redirect(self.way_back(self.request.user))
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(user_code=self.request.user.user_code, **kwargs)

    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:
        person = actions.choose_password(form.cleaned_data["password"], by=self.request.user)
        update_session_auth_hash(self.request, person)
        return redirect(self.way_back(person))

    def way_back(self, person: User) -> str:
        """Where they were going when they signed in with the temporary password."""
        return after_sign_in(self.request, person, self.request.session.pop(WAY_BACK, {}))


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
        if way_back := asked_for(request):
            sign_in = f"{sign_in}?{urlencode(way_back)}"
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
