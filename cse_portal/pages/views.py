"""The base of every view for signed-in people."""

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views import View

from cse_portal.acting.permissions import Verb, may
from cse_portal.companies.person import Person
from cse_portal.models import Company


class PortalRequest(HttpRequest):
    """A request with the attributes that the portal's middleware sets."""

    user: Person
    #: the person's company, whose scope holds during the whole request
    company: Company
    #: the page's address, if different from the request's (after a post)
    page_address: str


class SignedInView(View):
    """A page for a company's people, inside the company's scope. Raises PermissionDenied."""

    request: Any  # a PortalRequest: the mixins of Django's own views know only HttpRequest
    #: what the page is for; `cse_portal.acting.permissions` tells which roles may
    verb: ClassVar[Verb | None] = Verb.SEE_OWN_PAGES

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.verb is not None and not may(self.request.user, self.verb):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)
