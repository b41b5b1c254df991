"""Pages that everybody may read: help and glossary, accessibility, conditions, contact."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.utils.decorators import method_decorator
from django.views.generic import TemplateView

from home.glossary import in_order
from registrations.models import Ministry


@method_decorator(login_not_required, name="dispatch")
class PublicPage(TemplateView):
    """The same for a stranger and for a person who is signed in."""


class HelpView(PublicPage):
    """How the four steps go, what to do when one is stuck, and the words."""

    template_name = "home/help.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(glossary=in_order(), **kwargs)


class AccessibilityView(PublicPage):
    """What the portal does for everybody to use it, how that was verified, and whom to call."""

    template_name = "home/accessibility.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(contact=settings.CSE_CONTACT_EMAIL, **kwargs)


class ConditionsView(PublicPage):
    """What the simulation keeps, and what it is not."""

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
            Ministry.objects.filter(is_offered=True), key=lambda one: one.name.casefold()
        )
        return super().get_context_data(
            ministries=ministries, contact=settings.CSE_CONTACT_EMAIL, **kwargs
        )
