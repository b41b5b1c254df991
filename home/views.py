"""The public page, and the home page of each role."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.generic import TemplateView

from cse_portal.acting.permissions import Verb, may
from cse_portal.pages.views import SignedInView
from home import queries
from home.dashboard import counts_of
from home.restores import restores_of_late
from home.steps import four_steps
from proxies.access import openable
from registrations.models import latest_of_each
from users.sign_in import previous_sign_in


@method_decorator(login_not_required, name="dispatch")
class LandingView(TemplateView):
    """What this is, for whom, and « Accéder à mon compte »."""

    template_name = "home/landing.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.request.user.is_authenticated and self.request.user.is_verified():
            return redirect("home")
        return super().get(request, *args, **kwargs)


class HomeView(SignedInView, TemplateView):
    """Departments and agencies of the company; for a user, the e-services that they may open."""

    @property
    def sees_account(self) -> bool:
        return may(self.request.user, Verb.SEE_ACCOUNT)

    def get_template_names(self) -> list[str]:
        return ["home/esm.html" if self.sees_account else "home/user.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # first, while the connection still has the scope of all companies, set for the session
        can_open = openable(self.request.user)
        # only an ESM sees the registrations in process or refused
        latest_first = queries.registrations if self.sees_account else queries.active_registrations
        registrations = latest_of_each(latest_first.all())
        context: dict[str, object] = {
            "registrations": registrations,
            "before": previous_sign_in(self.request.session),
            "openable": can_open,
        }
        if self.sees_account:
            counts = counts_of(self.request.company)
            steps = four_steps(registrations, counts)
            context["steps"] = steps
            context["restores"] = restores_of_late() if counts.was_restored else []
            context["is_calm"] = all(step.is_done and not step.missing for step in steps)
        return super().get_context_data(**context, **kwargs)
