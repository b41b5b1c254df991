"""Screens that only a simulation has: its mailbox, and the ministry's answer played by hand."""

from typing import Any

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.views.generic import DetailView, FormView, TemplateView

from cse_portal.acting.permissions import Verb, may
from cse_portal.pages.bilingual import page_language
from cse_portal.pages.views import SignedInView
from registrations.models import Registration
from sandbox import actions
from sandbox.forms import ACCEPT, AnswerForm
from sandbox.models import SimulatedEmail

ROWS = 25
#: a letter has its styles in its tags, and nothing else
LETTER_ONLY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [NONE],
}


@method_decorator(login_not_required, name="dispatch")
class MailboxView(TemplateView):
    """All e-mails that the portal sent, the latest first. Open to all: it is a simulation."""

    template_name = "sandbox/mailbox.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        emails = SimulatedEmail.objects.all()
        if to := self.request.GET.get("q", "").replace("\x00", "").strip()[:100]:
            emails = emails.filter(to__icontains=to)
        page = Paginator(emails, ROWS).get_page(self.request.GET.get("page"))
        return super().get_context_data(emails=page, to=to, **kwargs)


@method_decorator(login_not_required, name="dispatch")
class EmailView(DetailView):
    """One e-mail, as its reader would see it."""

    model = SimulatedEmail
    template_name = "sandbox/email.html"
    context_object_name = "email"


@method_decorator([login_not_required, csp(LETTER_ONLY)], name="dispatch")
class EmailHTMLView(DetailView):
    """The HTML part of an e-mail, as a mail program shows it: nothing in it can run or be asked."""

    queryset = SimulatedEmail.objects.exclude(html="")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(self.get_object().html)


class AnswerView(SignedInView, FormView):
    """Plays the ministry's answer to a pending registration of one's own company."""

    verb = Verb.ANSWER_FOR_MINISTRY
    form_class = AnswerForm
    template_name = "sandbox/answer.html"
    registration: Registration

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        mine = Registration.objects.select_related("ministry")
        self.registration = get_object_or_404(mine, pk=kwargs["registration"])
        if may(self.request.user, self.verb) and not self.registration.is_in_process:
            return redirect("registrations:list")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(registration=self.registration, **kwargs)

    def form_valid(self, form: AnswerForm) -> HttpResponse:
        try:
            actions.answer_for_ministry(
                self.registration,
                by=self.request.user,
                accepts=form.cleaned_data["answer"] == ACCEPT,
                **{f"reason_{page_language()}": form.cleaned_data["reason"]},
            )
        except ValidationError as already:
            form.add_error(None, already)
            return self.form_invalid(form)
        return redirect("registrations:list")
