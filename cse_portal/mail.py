"""Letters to people, in their own language, sent when what they tell is certain."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from cse_portal.companies.person import Person

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


def letter(template: str, *, to: Person, **context: Any) -> EmailMultiAlternatives:
    """An e-mail from `mail/<template>.txt`: its first line is the subject.

    The words are written once, as text; the HTML part is made of them, in the theme. Addresses in
    it come from the settings, never from the request's Host.
    """
    with translation.override(to.language):
        context |= {"person": to, "portal_url": settings.PORTAL_URL}
        text = render_to_string(f"mail/{template}.txt", context)
        subject, _line_end, body = text.strip().partition("\n")
        html = in_theme(subject.strip(), body.strip())
    email = EmailMultiAlternatives(
        subject.strip(), body.strip() + "\n", to=[to.email], headers=dict(HEADERS)
    )
    email.attach_alternative(html, "text/html")
    return email


def in_theme(subject: str, body: str) -> str:
    """The same words as HTML: readable with images off, since it has none."""
    words, _mark, signature = body.partition(SIGNATURE)
    paragraphs = [Paragraph.of(one.strip()) for one in words.split("\n\n") if one.strip()]
    context = {"subject": subject, "paragraphs": paragraphs, "signature": signature.split("\n")}
    return render_to_string("mail/letter.html", context)


def write_on_commit(template: str, *, to: Person, **context: Any) -> None:
    """Send a letter once the transaction holds; a rolled back change tells nobody anything.

    A mail server that fails then is logged: the change itself stays made.
    """
    message = letter(template, to=to, **context)
    transaction.on_commit(message.send, robust=True)
