"""The list of departments and agencies, from which a registration starts."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from cse_portal.acting.permissions import Verb
from cse_portal.pages.views import SignedInView
from registrations.flows import Register
from registrations.models import Ministry, Registration, latest_of_each


@dataclass(frozen=True)
class Line:
    """A department or agency, with the company's latest registration there, if any."""

    ministry: Ministry
    registration: Registration | None

    @property
    def can_register(self) -> bool:
        return self.ministry.is_offered and (
            self.registration is None or self.registration.is_refused
        )


def lines() -> list[Line]:
    """The ministries offered or used, each with the current company's latest registration."""
    registrations = Registration.objects.latest_first().select_related("ministry")
    latest = {one.ministry_id: one for one in latest_of_each(registrations)}
    all_lines = [
        Line(ministry, latest.get(ministry.pk))
        for ministry in Ministry.objects.all()
        if ministry.is_offered or ministry.pk in latest
    ]
    return sorted(all_lines, key=lambda line: line.ministry.name.casefold())


class MinistriesView(SignedInView, TemplateView):
    """Inscription à des services offerts par un ministère ou un organisme: radio and Inscrire."""

    verb = Verb.SEE_REGISTRATIONS
    template_name = "registrations/list.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        all_lines = lines()
        error = ""
        if "register" in request.GET:
            codes = {line.ministry.code for line in all_lines if line.can_register}
            chosen = request.GET.get("ministry", "")
            if chosen in codes:
                return redirect(reverse(f"{Register.slug}-start", kwargs={"subject": chosen}))
            error = _("Choose the department or agency to register with.")
        any_open = any(line.can_register for line in all_lines)
        context = self.get_context_data(
            purpose=Register.purpose,
            lines=all_lines,
            error=error,
            any_open=any_open,
        )
        return self.render_to_response(context)
