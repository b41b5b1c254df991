"""The worker's own sender, run once where a test reads what was e-mailed."""

from collections import Counter

from django.core import mail

from notices.letters import send_all_due


def letters_sent(*, to: str = "") -> list[mail.EmailMessage]:
    """All letters that left so far, those that wait included; those to one address, if given."""
    send_all_due()
    return [letter for letter in mail.outbox if not to or to in letter.to]


def sends() -> Counter[str]:
    """Send what is due: how many came to which end."""
    return send_all_due()
