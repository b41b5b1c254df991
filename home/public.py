"""The public pages: help and glossary, accessibility, conditions, contact."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.utils.decorators import method_decorator
from django.views.generic import TemplateView

from home.glossary import in_order
from registrations.models import Ministry


@method_decorator(login_not_required, name="dispatch")
class PublicPage(TemplateView):
    """A page that is the same whether or not one is signed in."""


class HelpView(PublicPage):
    """The four steps, what to do in case of a problem, and the glossary."""

    template_name = "home/help.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(glossary=in_order(), **kwargs)


class AccessibilityView(PublicPage):
    """The accessibility statement, with how it was verified and whom to contact."""

    template_name = "home/accessibility.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(contact=settings.CSE_CONTACT_EMAIL, **kwargs)


class ConditionsView(PublicPage):
    """The conditions: which data the simulation stores, and what it is not."""

    template_name = "home/conditions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        hours = settings.SESSION_COOKIE_AGE // 3600
        return super().get_context_data(
            minutes=settings.CSE_IDLE_MINUTES, hours=hours, contact=settings.CSE_CONTACT_EMAIL
        )


class ContactView(PublicPage):
    """Whom to ask: one's own ESM, the department or agency, those who run the simulation."""

    template_name = "home/contact.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        ministries = sorted(
            Ministry.objects.filter(is_offered=True), key=lambda ministry: ministry.name.casefold()
        )
        return super().get_context_data(
            ministries=ministries, contact=settings.CSE_CONTACT_EMAIL, **kwargs
        )
