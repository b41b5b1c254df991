"""Addresses of steps 3 and 4."""

from django.urls import include, path
from django.utils.translation import pgettext_lazy

from cse_portal.flows.views import flow_urls
from proxies import views
from proxies.flows import AssignProxy, ChangeProxy, CreateProxy

app_urls = [
    path(pgettext_lazy("address", "proxies/"), views.ProxiesView.as_view(), name="list"),
]

urlpatterns = [
    path("", include((app_urls, "proxies"))),
    path(pgettext_lazy("address", "proxies/add/"), include(flow_urls(CreateProxy))),
    path(pgettext_lazy("address", "proxies/edit/"), include(flow_urls(ChangeProxy))),
    path(pgettext_lazy("address", "proxies/assign/"), include(flow_urls(AssignProxy))),
]
