"""The ministries' side: Django's admin, behind the same password and e-mailed code."""

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
    """Where officers decide. Its sign-in is the portal's own."""

    site_title = _("CSE Simulation")
    site_header = _("CSE Simulation: departments and agencies")
    index_title = _("Administration")
    site_url = None
    #: given by the app of the people, which knows how wrong passwords count
    password_change_form: Any = None

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Without « view on site »: no row here has a page, and it stumbles over receipts' keys."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def has_permission(self, request: Any) -> bool:
        return may(request.user, Verb.WORK_IN_ADMIN) and request.user.is_verified()

    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        wanted = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': wanted})}")

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> Any:
        """Django's own page, with the form that `password_change_form` names: it has no hook."""
        from django.contrib.auth.views import PasswordChangeView  # needs the apps, loaded by then

        view = PasswordChangeView.as_view(
            form_class=self.password_change_form,
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)
