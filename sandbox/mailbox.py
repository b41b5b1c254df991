"""The e-mail backend of a simulation, which stores e-mails to be read in the browser."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from sandbox.models import SimulatedEmail


class MailboxBackend(BaseEmailBackend):
    """Stores each e-mail instead of sending it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            message.message()  # raises for an e-mail that a mail server would refuse
        stored = SimulatedEmail.objects.bulk_create(
            SimulatedEmail(
                to=to, subject=str(message.subject), body=str(message.body), html=html_of(message)
            )
            for message in email_messages
            for to in message.recipients()
        )
        return len(stored)


def html_of(message: EmailMessage) -> str:
    """The HTML part of an e-mail; empty if it has none."""
    parts = getattr(message, "alternatives", [])
    return next((str(content) for content, kind in parts if kind == "text/html"), "")
