"""URLs of the registrations (step 1)."""

from django.urls import include, path
from django.utils.translation import pgettext_lazy

from cse_portal.flows.views import flow_urls
from registrations import views
from registrations.flows import ReactivateRegistration, Register

app_urls = [
    path(
        pgettext_lazy("address", "registrations/"),
        views.MinistriesView.as_view(),
        name="list",
    ),
]

urlpatterns = [
    path("", include((app_urls, "registrations"))),
    path(pgettext_lazy("address", "registrations/register/"), include(flow_urls(Register))),
    path(
        pgettext_lazy("address", "registrations/reactivate/"),
        include(flow_urls(ReactivateRegistration)),
    ),
]
