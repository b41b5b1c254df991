"""What every signed-in screen of the portal stands on."""

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views import View

from cse_portal.acting.permissions import Verb, may
from cse_portal.companies.person import Person
from cse_portal.models import Company


class PortalRequest(HttpRequest):
    """A request as the portal's middleware hands it on."""

    user: Person
    #: the person's company; its scope is open for the whole request
    company: Company
    #: where the page stands, when that isn't the request's own address (after a post)
    page_address: str


class SignedInView(View):
    """A screen of a person of a company, served inside its scope, to those who may see it."""

    request: Any  # a PortalRequest: the mixins of Django's own views know only HttpRequest
    #: what the screen is for: who may is said by the table (`cse_portal.acting.permissions`)
    verb: ClassVar[Verb | None] = Verb.SEE_OWN_PAGES

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.verb is not None and not may(self.request.user, self.verb):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)
