"""The ministries' side: an e-service is opened, or the page says which link is missing.

And the same question asked by an ESM about one of his people: « why not? », link by link.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from cse_portal.acting.permissions import Verb
from cse_portal.pages.views import SignedInView
from cse_portal.patterns import TEN_DIGITS
from proxies.access import Decision, Link, LinkState, Step, decide, decisions, known_companies
from registrations.models import Service
from users.models import User

ROWS = 25


class TenDigits:
    """An identification number in an address."""

    regex = TEN_DIGITS.removeprefix(r"\A").removesuffix(r"\Z")

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class OpenServiceView(SignedInView):
    """Opens an e-service for a mandator, after asking `access.py` at this very moment."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, service: str, mandator: str) -> HttpResponse:
        wanted = get_object_or_404(Service.objects.select_related("ministry"), code=service)
        known = known_companies(self.request.user)
        company = known.filter(identification_number=mandator).first()
        if company is None:
            return self.closed(wanted, Link.ASSIGNMENT, number=mandator, status=404)
        decision = decide(self.request.user, wanted, company)
        if decision.missing:
            return self.closed(wanted, decision.missing, company=company, status=403)
        template = "eservices/iqea.html" if wanted.iqea_role else "eservices/service.html"
        return TemplateResponse(request, template, {"decision": decision})

    def closed(self, service: Service, link: Link, *, status: int, **whom: Any) -> HttpResponse:
        """Which link of the chain is missing, and who mends it.

        A company that the person has nothing to do with is answered like one that does not exist.
        """
        company = whom.get("company", self.request.company)
        screen = link.screen_for(self.request.user, company)
        context = {
            "service": service,
            "link": link,
            "screen": reverse(screen) if screen else "",
            **whom,
        }
        return TemplateResponse(self.request, "eservices/closed.html", context, status=status)


class AccessView(SignedInView):
    """What can this person open? Each e-service, by company, with the first missing link."""

    verb = Verb.SEE_FILES
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, person: int) -> HttpResponse:
        somebody = get_object_or_404(User.objects.select_related("company"), pk=person)
        pages = Paginator(decisions(somebody), ROWS)
        context = {"person": somebody, "decisions": pages.get_page(request.GET.get("page"))}
        return TemplateResponse(request, "eservices/access.html", context)


@dataclass(frozen=True)
class ChainLine:
    """A condition of the chain, and the address where the reader mends it himself, if he can."""

    state: LinkState
    url: str


class ChainView(SignedInView):
    """Why (not)? The full chain for one person, one e-service and one company, link by link."""

    verb = Verb.SEE_FILES
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, person: int, service: str, mandator: str) -> HttpResponse:
        somebody = get_object_or_404(User.objects.select_related("company"), pk=person)
        wanted = get_object_or_404(Service.objects.select_related("ministry"), code=service)
        known = known_companies(somebody)
        company = get_object_or_404(known, identification_number=mandator)
        decision = decide(somebody, wanted, company)
        context = {
            "person": somebody,
            "decision": decision,
            "lines": [
                ChainLine(state, self.mended_at(state, decision)) for state in decision.chain
            ],
            "is_held": any(one.step is Step.ASSIGNMENT and one.is_met for one in decision.chain),
        }
        return TemplateResponse(request, "eservices/chain.html", context)

    def mended_at(self, state: LinkState, decision: Decision) -> str:
        screen = state.missing and state.missing.screen_for(self.request.user, decision.mandator)
        if not screen:
            return ""
        if screen == "proxies:list" and decision.proxy:
            return reverse("proxies:proxy", kwargs={"proxy": decision.proxy.pk})
        found = f"?{urlencode({'q': decision.person.user_code})}"
        return reverse(screen) + (found if state.step is Step.PERSON else "")
