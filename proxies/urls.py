"""URLs of steps 3 and 4, and of every other procedure on proxies."""

from django.urls import include, path
from django.utils.translation import pgettext_lazy

from cse_portal.flows.views import flow_urls
from proxies import flows, views

app_urls = [
    path(pgettext_lazy("address", "proxies/"), views.ProxiesView.as_view(), name="list"),
    path(pgettext_lazy("address", "proxies/<int:proxy>/"), views.ProxyView.as_view(), name="proxy"),
    path(
        pgettext_lazy("address", "access-rights-management/"),
        views.OneUserView.as_view(),
        name="one_user",
    ),
    path(
        pgettext_lazy("address", "access-rights-management/<int:person>/present-proxy/"),
        views.PresentProxyView.as_view(),
        name="present_proxy",
    ),
    path(
        pgettext_lazy("address", "registrations/deactivation/"),
        views.DeactivationView.as_view(),
        name="deactivation",
    ),
]

urlpatterns = [
    path("", include((app_urls, "proxies"))),
    path(pgettext_lazy("address", "proxies/add/"), include(flow_urls(flows.CreateProxy))),
    path(pgettext_lazy("address", "proxies/edit/"), include(flow_urls(flows.ChangeProxy))),
    path(pgettext_lazy("address", "proxies/copy/"), include(flow_urls(flows.CopyProxy))),
    path(pgettext_lazy("address", "proxies/assign/"), include(flow_urls(flows.AssignProxy))),
    path(pgettext_lazy("address", "proxies/remove/"), include(flow_urls(flows.RemoveProxy))),
    path(pgettext_lazy("address", "proxies/move/"), include(flow_urls(flows.MoveUser))),
    path(pgettext_lazy("address", "proxies/extend/"), include(flow_urls(flows.ExtendProxy))),
    path(
        pgettext_lazy("address", "proxies/extend-several/"),
        include(flow_urls(flows.RenewProxies)),
    ),
    path(pgettext_lazy("address", "proxies/revoke/"), include(flow_urls(flows.RevokeProxy))),
    path(pgettext_lazy("address", "proxies/renounce/"), include(flow_urls(flows.RenounceProxy))),
    path(
        pgettext_lazy("address", "access-rights-management/user/"),
        include(flow_urls(flows.GrantRights)),
    ),
    path(
        pgettext_lazy("address", "registrations/deactivate/"),
        include(flow_urls(flows.DeactivateRegistration)),
    ),
]
