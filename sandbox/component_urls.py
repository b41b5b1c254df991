"""Addresses of the component page."""

from django.urls import path
from django.utils.translation import pgettext_lazy

from sandbox import component_page

urlpatterns = [
    path("", component_page.ComponentsView.as_view(), name="components"),
    path(
        pgettext_lazy("address", "error/<slug:code>/"),
        component_page.ErrorExampleView.as_view(),
        name="error_example",
    ),
]
