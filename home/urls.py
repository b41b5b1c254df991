"""URLs of the public pages and of the home page."""

from django.urls import path
from django.utils.translation import pgettext_lazy

from home import public, verify, views

urlpatterns = [
    path("", views.LandingView.as_view(), name="landing"),
    path(pgettext_lazy("address", "home/"), views.HomeView.as_view(), name="home"),
    path(pgettext_lazy("address", "help/"), public.HelpView.as_view(), name="help"),
    path(
        pgettext_lazy("address", "accessibility/"),
        public.AccessibilityView.as_view(),
        name="accessibility",
    ),
    path(
        pgettext_lazy("address", "conditions/"), public.ConditionsView.as_view(), name="conditions"
    ),
    path(pgettext_lazy("address", "verify/"), verify.VerifyView.as_view(), name="verify"),
    path(pgettext_lazy("address", "contact-us/"), public.ContactView.as_view(), name="contact"),
]
