"""Letters to people, in their own language.

Only verification codes are sent during a request (`send_while_waiting`), since its page says
whether they were sent; every other letter is queued (`notices.actions`, `notices.letters`).
"""

import re
import smtplib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from cse_portal.companies.person import Person
from cse_portal.patterns import email_address
from cse_portal.web.overload import place_to_send

#: sent while their page waits, and never queued: no code is stored, nor shown to an officer
LETTERS_WITH_CODES = {"sign_in_code", "email_change_code"}
SIGNATURE = "\n--\n"
#: asks for no automatic answer (RFC 3834)
HEADERS = {"Auto-Submitted": "auto-generated"}


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of a letter: text that may contain the letter's code, or only an address."""

    before: str
    code: str = ""
    after: str = ""

    @property
    def is_address(self) -> bool:
        return bool(re.fullmatch(r"https?://\S+", self.before))

    @classmethod
    def of(cls, text: str, *, code: str) -> "Paragraph":
        """Split the text around the letter's code, which the HTML part emphasizes.

        Other digits stay as they are: names of companies have some too (9123-4567 Québec inc.).
        """
        parts = re.split(rf"\b({re.escape(code)})\b", text, maxsplit=1) if code else [text]
        return cls(*parts)


class AddressRefused(OSError):
    """The address is invalid: it was stored before the rule `email_address` existed."""


def letter(
    template: str, *, to: Person, address: str = "", **context: object
) -> EmailMultiAlternatives:
    """An e-mail from `mail/<template>.txt`: its first line is the subject.

    The template gives the text part; the HTML part is made from it, with the `digits` of a
    verification code emphasized, if the letter has some. Links use the settings' `PORTAL_URL`,
    never the request's Host. The recipient is the person's own address unless `address` is given.
    Raises AddressRefused.
    """
    try:
        email_address(address or to.email)
    except ValidationError as refused:
        raise AddressRefused("no letter can be written to this address") from refused
    with translation.override(to.language):
        context |= {"person": to, "portal_url": settings.PORTAL_URL}
        text = render_to_string(f"mail/{template}.txt", context)
        subject, _line_end, body = text.strip().partition("\n")
        html = in_theme(subject.strip(), body.strip(), code=str(context.get("digits", "")))
    email = EmailMultiAlternatives(
        subject.strip(), body.strip() + "\n", to=[address or to.email], headers=dict(HEADERS)
    )
    email.attach_alternative(html, "text/html")
    return email


def hand_over(email: EmailMessage, server: BaseEmailBackend) -> None:
    """Give an e-mail to the mail server: the only place where one leaves.

    Never inside a transaction, whose locks others would wait for as long as the mail server takes:
    that raises RuntimeError, as does a transaction that must be the outermost. Raises what the mail
    server raises.
    """
    with transaction.atomic(durable=True):
        pass
    if not server.send_messages([email]):
        raise OSError("the mail server took nothing")


def send_while_waiting(email: EmailMessage) -> None:
    """Send a verification code, for which a page waits: ten seconds at most (`EMAIL_TIMEOUT`).

    Raises the mail server's error, an OSError, and TooBusy when too many pages of this process
    wait for the mail server already.
    """
    with place_to_send():
        hand_over(email, mail_server())


def in_theme(subject: str, body: str, *, code: str) -> str:
    """The same text as HTML, without images."""
    text, _mark, signature = body.partition(SIGNATURE)
    parts = [part.strip() for part in text.split("\n\n") if part.strip()]
    paragraphs = [Paragraph.of(part, code=code) for part in parts]
    context = {"subject": subject, "paragraphs": paragraphs, "signature": signature.split("\n")}
    return render_to_string("mail/letter.html", context)


def mail_server() -> BaseEmailBackend:
    """The mail server of the settings, not connected yet."""
    mailers: Any = getattr(mail, "mailers", None)  # since Django 6.1
    if mailers is None:
        return mail.get_connection()
    server: BaseEmailBackend = mailers.default
    return server


#: a mail server's codes about the portal's own user name and password (RFC 4954)
AUTHENTICATION = {530, 534, 535, 538}


def refused_for_good(error: Exception) -> bool:
    """Whether the mail server refuses the letter permanently (5xx, RFC 5321, section 4.2.1).

    Policy (5.7.x, such as « relaying denied ») and authentication errors do not count: the operator
    can correct the configuration, and the letter can then be sent.
    """
    if isinstance(error, AddressRefused):
        return True
    return concerns_address(error) and any(
        code >= 500 and code not in AUTHENTICATION and not text.startswith(b"5.7.")
        for code, text in answers_of(error)
    )


def concerns_address(error: Exception) -> bool:
    """Whether the error is about the address or the letter, and not about the mail server."""
    return isinstance(error, AddressRefused | smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)


def answers_of(error: Any) -> list[tuple[int, bytes]]:
    """The mail server's reply code and text, for each recipient; none if it did not answer."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return list(error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return [(error.smtp_code, text.encode() if isinstance(text, str) else text)]
    return []
