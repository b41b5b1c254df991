"""What every signed-in screen of the portal stands on."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views import View

if TYPE_CHECKING:
    from cse_portal.models import Company
    from users.models import User


class PortalRequest(HttpRequest):
    """A request as the portal's middleware hands it on."""

    user: "User"
    #: the person's company; its scope is open for the whole request
    company: "Company"
    #: where the page stands, when that isn't the request's own address (after a post)
    page_address: str


class SignedInView(View):
    """A screen of a person of a company, served inside its scope."""

    request: Any  # a PortalRequest: the mixins of Django's own views know only HttpRequest


class ESMOnly(SignedInView):
    """A screen that only an electronic services manager has (domain, section 3)."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.request.user.is_esm:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)
