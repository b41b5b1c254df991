"""The status of a user file, as a status mark."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cse_portal.templatetags.components import status
from users.models import User

register = template.Library()


@register.simple_tag
def file_status(person: User) -> str:
    """Whether the person can sign in, or why they do not yet, or no longer."""
    if not person.is_active:
        return status("off", _("Suspended"))
    if person.temporary_password_has_expired:
        return status("no", _("Temporary password expired"))
    if person.last_login:
        return status("ok", pgettext("user", "Active"))
    return status("wait", _("Has not signed in yet"))
