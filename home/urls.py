"""Addresses of the public page and of the home page."""

from django.urls import path
from django.utils.translation import pgettext_lazy

from home import views

urlpatterns = [
    path("", views.LandingView.as_view(), name="landing"),
    path(pgettext_lazy("address", "home/"), views.HomeView.as_view(), name="home"),
]
