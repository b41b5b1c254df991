"""Opening an e-service, or the page that shows which link of the chain is missing.

Also the pages where an ESM sees what one of their people can open, and why not, link by link.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from cse_portal.acting.permissions import Verb
from cse_portal.models import Company
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
    """Opens an e-service for a mandator, after checking access at this moment."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, service: str, mandator: str) -> HttpResponse:
        e_service = get_object_or_404(Service.objects.select_related("ministry"), code=service)
        known = known_companies(self.request.user)
        company = known.filter(identification_number=mandator).first()
        if company is None:
            return self.closed(e_service, Link.ASSIGNMENT, number=mandator, status=404)
        decision = decide(self.request.user, e_service, company)
        if decision.missing:
            return self.closed(e_service, decision.missing, company=company, status=403)
        template = "eservices/iqea.html" if e_service.iqea_role else "eservices/service.html"
        return TemplateResponse(request, template, {"decision": decision})

    def closed(
        self,
        service: Service,
        link: Link,
        *,
        status: int,
        company: Company | None = None,
        number: str = "",
    ) -> HttpResponse:
        """The page with the missing link of the chain, and who can repair it.

        A company unrelated to the person gets the same answer as one that doesn't exist.
        """
        screen = link.screen_for(self.request.user, company or self.request.company)
        context = {
            "service": service,
            "link": link,
            "screen": reverse(screen) if screen else "",
            "company": company,
            "number": number,
        }
        return TemplateResponse(self.request, "eservices/closed.html", context, status=status)


class AccessView(SignedInView):
    """What can this person open? Each e-service, by company, with the first missing link."""

    verb = Verb.SEE_FILES
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, person: int) -> HttpResponse:
        subject = get_object_or_404(User.objects.select_related("company"), pk=person)
        pages = Paginator(decisions(subject), ROWS)
        context = {"person": subject, "decisions": pages.get_page(request.GET.get("page"))}
        return TemplateResponse(request, "eservices/access.html", context)


@dataclass(frozen=True)
class ChainLine:
    """A condition of the chain, and the URL where the reader can repair it, if they may."""

    state: LinkState
    url: str


class ChainView(SignedInView):
    """Why (not)? The full chain for one person, one e-service and one company, link by link."""

    verb = Verb.SEE_FILES
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, person: int, service: str, mandator: str) -> HttpResponse:
        subject = get_object_or_404(User.objects.select_related("company"), pk=person)
        e_service = get_object_or_404(Service.objects.select_related("ministry"), code=service)
        known = known_companies(subject)
        company = get_object_or_404(known, identification_number=mandator)
        decision = decide(subject, e_service, company)
        context = {
            "person": subject,
            "decision": decision,
            "lines": [
                ChainLine(state, self.repair_url(state, decision)) for state in decision.chain
            ],
            "is_held": any(
                state.step is Step.ASSIGNMENT and state.is_met for state in decision.chain
            ),
        }
        return TemplateResponse(request, "eservices/chain.html", context)

    def repair_url(self, state: LinkState, decision: Decision) -> str:
        screen = state.missing and state.missing.screen_for(self.request.user, decision.mandator)
        if not screen:
            return ""
        if screen == "proxies:list" and decision.proxy:
            return reverse("proxies:proxy", kwargs={"proxy": decision.proxy.pk})
        search = f"?{urlencode({'q': decision.person.user_code})}"
        return reverse(screen) + (search if state.step is Step.PERSON else "")
