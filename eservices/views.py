"""The ministries' side: an e-service is opened, or the page says which link is missing."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from cse_portal.patterns import TEN_DIGITS
from cse_portal.views import SignedInView
from proxies.access import Link, decide, known_companies
from registrations.models import Service


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
        context = {
            "service": service,
            "link": link,
            "screen": reverse(link.screen) if link.screen and self.request.user.is_esm else "",
            **whom,
        }
        return TemplateResponse(self.request, "eservices/closed.html", context, status=status)
