"""URLs of the e-services."""

from django.urls import path, register_converter
from django.utils.translation import pgettext_lazy

from eservices import views

register_converter(views.TenDigits, "ten_digits")

urlpatterns = [
    path(
        pgettext_lazy("address", "e-services/<slug:service>/<ten_digits:mandator>/"),
        views.OpenServiceView.as_view(),
        name="open_service",
    ),
    path(
        pgettext_lazy("address", "user-files/<int:person>/access/"),
        views.AccessView.as_view(),
        name="access_of",
    ),
    path(
        pgettext_lazy(
            "address", "user-files/<int:person>/access/<slug:service>/<ten_digits:mandator>/"
        ),
        views.ChainView.as_view(),
        name="access_chain",
    ),
]
