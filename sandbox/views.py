"""Pages that exist only in a simulation: its mailbox, and the form for a ministry's answer."""

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
#: the content security policy of an HTML e-mail: inline styles only
LETTER_ONLY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [NONE],
}


@method_decorator(login_not_required, name="dispatch")
class MailboxView(TemplateView):
    """All e-mails of the portal, the latest first. Open to everybody in a simulation."""

    template_name = "sandbox/mailbox.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        emails = SimulatedEmail.objects.all()
        if to := self.request.GET.get("q", "").replace("\x00", "").strip()[:100]:
            emails = emails.filter(to__icontains=to)
        page = Paginator(emails, ROWS).get_page(self.request.GET.get("page"))
        return super().get_context_data(emails=page, to=to, **kwargs)


@method_decorator(login_not_required, name="dispatch")
class EmailView(DetailView):
    """One e-mail, with its headers."""

    model = SimulatedEmail
    template_name = "sandbox/email.html"
    context_object_name = "email"


@method_decorator([login_not_required, csp(LETTER_ONLY)], name="dispatch")
class EmailHTMLView(DetailView):
    """The HTML part of an e-mail, served so that it can run no script and load nothing."""

    queryset = SimulatedEmail.objects.exclude(html="")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(self.get_object().html)


class AnswerView(SignedInView, FormView):
    """The ministry's answer to a registration in process, given by an ESM of the company."""

    verb = Verb.ANSWER_FOR_MINISTRY
    form_class = AnswerForm
    template_name = "sandbox/answer.html"
    registration: Registration

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        own = Registration.objects.select_related("ministry")
        self.registration = get_object_or_404(own, pk=kwargs["registration"])
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
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
        return redirect("registrations:list")
