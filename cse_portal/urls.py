"""All addresses, in both languages. With the settings, the only module that names every app."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.utils.translation import pgettext_lazy
from django.views.generic import RedirectView

from cse_portal.web.csp_reports import csp_report

handler400 = "home.errors.bad_request"
handler403 = "home.errors.permission_denied"
handler404 = "home.errors.page_not_found"
handler500 = "home.errors.server_error"

urlpatterns = [
    path(settings.CSP_REPORT_ADDRESS.lstrip("/"), csp_report, name="csp_report"),
    path("", include("home.probes")),
    path("", login_not_required(RedirectView.as_view(pattern_name="landing")), name="root"),
    *i18n_patterns(
        path("", include("home.urls")),
        path("", include("users.urls")),
        path("", include("registrations.urls")),
        path("", include("proxies.urls")),
        path("", include("eservices.urls")),
        path("", include("notices.urls")),
        path(pgettext_lazy("address", "admin/"), admin.site.urls),
    ),
]
if settings.SANDBOX:
    urlpatterns += i18n_patterns(path("", include("sandbox.urls")))
