"""Where the simulation's e-mails go: into the database, to be read in the browser."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from sandbox.models import SimulatedEmail


class MailboxBackend(BaseEmailBackend):
    """Keeps each e-mail instead of sending it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            message.message()  # refuses what no mail server would take, as a real one does
        kept = SimulatedEmail.objects.bulk_create(
            SimulatedEmail(
                to=to, subject=str(message.subject), body=str(message.body), html=html_of(message)
            )
            for message in email_messages
            for to in message.recipients()
        )
        return len(kept)


def html_of(message: EmailMessage) -> str:
    """The HTML part of a letter; empty where it has none."""
    parts = getattr(message, "alternatives", [])
    return next((str(content) for content, kind in parts if kind == "text/html"), "")
