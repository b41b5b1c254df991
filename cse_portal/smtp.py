"""Django's connection to a mail server, with a bound on the time of a whole letter.

Its own timeout is of each answer: a server that takes four seconds for each would hold a page for
half a minute. Here `timeout` (`EMAIL_TIMEOUT` by default) is for all that a letter takes, with the
connection that is opened for it; over a connection that is open already, for all of each letter.
"""

import smtplib
import time
from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp


class Told(IntEnum):
    """How much of the present letter the mail server has been told."""

    NOTHING = 0
    RECIPIENT = 1
    CONTENT = 2


if TYPE_CHECKING:
    _Base = smtplib.SMTP
else:
    _Base = object


class _Bounded(_Base):
    """Mixed into smtplib's classes: each step has what is left of the time of the whole."""

    told = Told.NOTHING

    def __init__(self, *args: Any, timeout: float, **kwargs: Any) -> None:
        self.seconds = timeout
        self.begin()
        super().__init__(*args, timeout=timeout, **kwargs)  # type: ignore[misc]

    def begin(self) -> None:
        """Begin a letter, or the connection itself: its time runs from now."""
        self.told = Told.NOTHING
        self.ends_at = time.monotonic() + self.seconds

    def _bound(self) -> None:
        if self.sock:
            self.sock.settimeout(max(self.ends_at - time.monotonic(), 0.001))

    def send(self, s: Any) -> None:
        self._bound()
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        self._bound()
        return super().getreply()

    def rcpt(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self.told = Told.RECIPIENT
        return super().rcpt(*args, **kwargs)

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.told = Told.CONTENT
        return super().data(msg)


class BoundedSMTP(_Bounded, smtplib.SMTP):
    """In clear, or encrypted by STARTTLS."""


class BoundedSMTPOverTLS(_Bounded, smtplib.SMTP_SSL):
    """Encrypted from the start."""


class EmailBackend(smtp.EmailBackend):
    """Django's, within `timeout` seconds for a letter; it tells how far a failed one has come."""

    connection: Any

    @property
    def connection_class(self) -> Any:  # Django types it as smtplib's
        return BoundedSMTPOverTLS if self.use_ssl else BoundedSMTP

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if self.connection:
            self.connection.begin()
        return super().send_messages(email_messages) or 0

    @property
    def told(self) -> Told:
        """How much of the last letter the server was told."""
        return self.connection.told if self.connection else Told.NOTHING

    def is_ready_for_another(self) -> bool:
        """After a refusal: forget that letter (RSET); whether the connection serves for the next.

        smtplib resets it after most refusals, but not when the server refuses to read the content.
        """
        if not (self.connection and self.connection.sock):
            return False
        try:
            code, _text = self.connection.rset()
        except (OSError, ValueError):
            return False
        return bool(code == 250)
