"""Letters to people, in their own language, sent when what they tell is certain."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

if TYPE_CHECKING:
    from users.models import User


def letter(template: str, *, to: "User", **context: Any) -> EmailMessage:
    """An e-mail from `mail/<template>.txt`: its first line is the subject.

    Addresses in it come from the settings, never from the request's Host.
    """
    with translation.override(to.language):
        context |= {"person": to, "portal_url": settings.PORTAL_URL}
        text = render_to_string(f"mail/{template}.txt", context)
    subject, _line_end, body = text.strip().partition("\n")
    return EmailMessage(subject.strip(), body.strip() + "\n", to=[to.email])


def write_on_commit(template: str, *, to: "User", **context: Any) -> None:
    """Send a letter once the transaction holds; a rolled back change tells nobody anything.

    A mail server that fails then is logged: the change itself stays made.
    """
    message = letter(template, to=to, **context)
    transaction.on_commit(message.send, robust=True)
