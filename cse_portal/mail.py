"""Letters to people, in their own language.

Verification codes alone are sent by the request that makes them (`.send()`), since its page says
whether they left; every other letter is queued (`notices.actions`, `notices.letters`).
"""

import re
import smtplib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from cse_portal.companies.person import Person
from cse_portal.patterns import email_address

SIGNATURE = "\n--\n"
#: asks for no automatic answer (RFC 3834)
HEADERS = {"Auto-Submitted": "auto-generated"}


@dataclass(frozen=True)
class Paragraph:
    """What stands between two empty lines: words, with a code among them; or an address alone."""

    before: str
    code: str = ""
    after: str = ""

    @property
    def is_address(self) -> bool:
        return bool(re.fullmatch(r"https?://\S+", self.before))

    @classmethod
    def of(cls, text: str) -> "Paragraph":
        """A code of seven digits is told apart, to be read at a glance."""
        found = re.split(r"\b([0-9]{7})\b", text, maxsplit=1)
        return cls(*found)


class AddressRefused(OSError):
    """No letter can be written to this address: it was stored before `email_address` was a rule."""


def letter(
    template: str, *, to: Person, address: str = "", **context: object
) -> EmailMultiAlternatives:
    """An e-mail from `mail/<template>.txt`: its first line is the subject.

    The words are written once, as text; the HTML part is made of them, in the theme. Addresses in
    it come from the settings, never from the request's Host. It is sent to the person's own
    address, unless another one is given. Raises AddressRefused.
    """
    try:
        email_address(address or to.email)
    except ValidationError as refused:
        raise AddressRefused("no letter can be written to this address") from refused
    with translation.override(to.language):
        context |= {"person": to, "portal_url": settings.PORTAL_URL}
        text = render_to_string(f"mail/{template}.txt", context)
        subject, _line_end, body = text.strip().partition("\n")
        html = in_theme(subject.strip(), body.strip())
    email = EmailMultiAlternatives(
        subject.strip(), body.strip() + "\n", to=[address or to.email], headers=dict(HEADERS)
    )
    email.attach_alternative(html, "text/html")
    return email


def in_theme(subject: str, body: str) -> str:
    """The same words as HTML: readable with images off, since it has none."""
    words, _mark, signature = body.partition(SIGNATURE)
    paragraphs = [Paragraph.of(one.strip()) for one in words.split("\n\n") if one.strip()]
    context = {"subject": subject, "paragraphs": paragraphs, "signature": signature.split("\n")}
    return render_to_string("mail/letter.html", context)


#: codes of a mail server that wants a password of the portal, or another one (RFC 4954)
AUTHENTICATION = {530, 534, 535, 538}


def refused_for_good(error: Exception) -> bool:
    """Whether the mail server will never take that letter for that address (5xx, RFC 5321, 4.2.1).

    Its policy (5.7.x, such as « relaying denied ») and the portal's own password are no such
    refusal: whoever runs the portal mends them, and the letter is then taken.
    """
    if isinstance(error, AddressRefused):
        return True
    return concerns_address(error) and any(
        code >= 500 and code not in AUTHENTICATION and not text.startswith(b"5.7.")
        for code, text in _answers(error)
    )


def concerns_address(error: Exception) -> bool:
    """Whether the mail server, or the mail library, failed at the address or at the letter.

    Else it is the server's own trouble.
    """
    return isinstance(error, AddressRefused | smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)


def _answers(error: Any) -> list[tuple[int, bytes]]:
    """What the mail server answered, for each recipient."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return list(error.recipients.values())
    return [(error.smtp_code, error.smtp_error)]
