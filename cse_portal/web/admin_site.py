"""Django's admin for ministry officers, with the portal's own sign-in."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from cse_portal.acting.permissions import Verb, may


class PortalAdminConfig(AdminConfig):
    default_site = "cse_portal.web.admin_site.PortalAdminSite"


class PortalAdminSite(admin.AdminSite):
    """The officers' site. It redirects to the portal's sign-in."""

    site_title = _("CSE Simulation")
    site_header = _("CSE Simulation: departments and agencies")
    index_title = _("Administration")
    site_url = None
    #: set by the app `users`, which counts wrong passwords; Django types another class
    password_change_form: Any = None

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Without « view on site »: no row has a page, and the view fails for receipts' keys."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def has_permission(self, request: Any) -> bool:
        return may(request.user, Verb.WORK_IN_ADMIN) and request.user.is_verified()

    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        next_page = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': next_page})}")

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> Any:
        """Django's own view with `password_change_form`, for which Django has no setting."""
        from django.contrib.auth.views import PasswordChangeView  # needs the loaded apps

        view = PasswordChangeView.as_view(
            form_class=self.password_change_form,
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)
