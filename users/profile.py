"""Gestion du profil de l'utilisateur: what people change in their own file, without an ESM."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, TemplateView

from cse_portal.acting.permissions import Verb
from cse_portal.pages.views import SignedInView
from users import actions, lockout
from users.forms import ChangePasswordForm, CodeForm, ContactForm, NewEmailForm
from users.models import EmailChange
from users.sign_in import previous_sign_in


class ProfileView(SignedInView, TemplateView):
    """The person's own file, with links to what they may change in it."""

    template_name = "users/profile.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pending = EmailChange.objects.filter(user=self.request.user).first()
        before = previous_sign_in(self.request.session)
        return super().get_context_data(
            person=self.request.user, waiting=pending, before=before, **kwargs
        )


class ProfilePage(SignedInView, FormView):
    """A page that changes one thing, then redirects to the profile with a message."""

    template_name = "users/profile_page.html"
    success_url = reverse_lazy("users:profile")
    title: str | Promise = ""
    button: str | Promise = gettext_lazy("Save")
    done: str | Promise = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(title=self.title, button=self.button, **kwargs)

    def finish(self) -> HttpResponse:
        messages.success(self.request, str(self.done))
        return redirect(self.success_url)


class ContactView(ProfilePage):
    """Language of correspondence and telephone."""

    verb = Verb.EDIT_PROFILE
    form_class = ContactForm
    title = gettext_lazy("Language and telephone")
    done = gettext_lazy("Your language and telephone are changed.")

    def get_initial(self) -> dict[str, Any]:
        person = self.request.user
        return {name: getattr(person, name) for name in self.form_class.base_fields}

    def form_valid(self, form: ContactForm) -> HttpResponse:
        actions.change_profile(by=self.request.user, **form.cleaned_data)
        return self.finish()


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class ChangePasswordView(ProfilePage):
    """Change the password, which ends the person's other sessions."""

    verb = Verb.CHANGE_PASSWORD
    form_class = ChangePasswordForm
    title = gettext_lazy("Password")
    done = gettext_lazy("Your password is changed. Your other open sessions are ended.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form: ChangePasswordForm) -> HttpResponse:
        password = form.cleaned_data["password"]
        person = actions.change_own_password(password, by=self.request.user)
        update_session_auth_hash(self.request, person)
        return self.finish()


class NewEmailView(ProfilePage):
    """A new e-mail address: a code is sent to it."""

    verb = Verb.CHANGE_EMAIL
    form_class = NewEmailForm
    title = gettext_lazy("E-mail address")
    button = gettext_lazy("Send a code")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form: NewEmailForm) -> HttpResponse:
        try:
            actions.send_email_change_code(form.cleaned_data["email"], by=self.request.user)
        except ValidationError as too_early:
            form.add_error("email", too_early)
            return self.form_invalid(form)
        except OSError:
            form.add_error(
                None, _("The verification code could not be sent. Try again in a few minutes.")
            )
            return self.form_invalid(form)
        return redirect("users:email_code")


@method_decorator(never_cache, name="dispatch")
class EmailCodeView(ProfilePage):
    """Enter the code sent to the new address, which is then used."""

    verb = Verb.CHANGE_EMAIL
    form_class = CodeForm
    template_name = "users/email_code.html"
    title = gettext_lazy("Code sent to the new address")
    button = gettext_lazy("Continue")
    done = gettext_lazy("Your e-mail address is changed.")
    change: EmailChange

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        change = EmailChange.objects.filter(user=self.request.user).first()
        if change is None:
            return redirect("users:profile")
        self.change = change
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_dead = self.change.is_spent or self.change.has_expired
        return super().get_context_data(change=self.change, is_dead=is_dead, **kwargs)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        code = form.cleaned_data["code"]
        if actions.confirm_email_change(self.change, code, by=self.request.user):
            return self.finish()
        change = EmailChange.objects.filter(pk=self.change.pk, confirmed=False).first()
        if change is None:  # confirmed by a double click, or replaced in another tab
            return redirect(self.success_url)
        self.change = change
        form.add_error("code", lockout.why_refused(change))
        return self.form_invalid(form)
