"""The worker's own sender, run once where a test reads what was e-mailed."""

from collections import Counter
from typing import Any

from django.core import mail

from cse_portal.mailers import named_for_django
from notices.letters import send_all_due


def letters_sent(*, to: str = "") -> list[mail.EmailMessage]:
    """All letters that left so far, those that wait included; those to one address, if given."""
    send_all_due()
    return [letter for letter in mail.outbox if not to or to in letter.to]


def sends() -> Counter[str]:
    """Send what is due: how many came to which end."""
    return send_all_due()


def let_mail_go_by(settings: Any, backend: str, **named: Any) -> None:
    """Have e-mails leave by a backend, with EMAIL_… settings, as Django's version names them."""
    for name, value in named_for_django({"EMAIL_BACKEND": backend} | named).items():
        setattr(settings, name, value)


IN_MEMORY = "django.core.mail.backends.locmem.EmailBackend"
SIMULATED = "sandbox.mailbox.MailboxBackend"
