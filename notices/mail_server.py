"""One connection to the mail server for many letters, whatever becomes of each."""

import smtplib
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, cast

from django.core.mail import EmailMessage

from cse_portal.mail import answers_of, hand_over, mail_server
from cse_portal.smtp import Told

#: how long the server may take for a letter. A worker that gave up before the server's answer would
#: send again what the server takes after all (RFC 5321, section 4.5.3.2)
SECONDS_FOR_A_LETTER = 60
#: the server ends this conversation, and perhaps not the next (RFC 5321, section 3.8)
CLOSING = 421


class MailServerUnavailable(OSError):
    """The mail server does not answer, or refuses the portal itself: no letter is at fault."""


class MailServer:
    """The mail server, called when there is a letter, until the end of the block.

    A letter that is refused leaves the connection open for the next one. When the server ends the
    connection between two letters (421, « too many messages », a restart), a new one is opened and
    the letter is not at fault.
    """

    def __init__(self) -> None:
        self._backend = cast("Any", mail_server())
        self._backend.timeout = SECONDS_FOR_A_LETTER
        self._has_served = False
        self._told = Told.NOTHING

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def open(self) -> None:
        """Connect, unless that is done. Raises MailServerUnavailable."""
        try:
            is_new = self._backend.open()
        except Exception as error:
            self._close()
            raise MailServerUnavailable(type(error).__name__) from error
        if is_new:
            self._has_served = False

    def send(self, email: EmailMessage) -> None:
        """Send a letter; it may be tried twice, if the first connection had served before.

        Raises MailServerUnavailable when no letter could leave, and any other error when this one
        was refused.
        """
        self.open()
        if self._has_served:
            try:
                self._give(email)
            except Exception as error:
                if not self._may_be_of_the_connection(error):
                    raise
                self._close()
                self.open()
            else:
                return
        try:
            self._give(email)
        except Exception as error:
            if has_ended(error) and self._told == Told.NOTHING:
                raise MailServerUnavailable(type(error).__name__) from error
            raise
        finally:
            self._has_served = True

    def _give(self, email: EmailMessage) -> None:
        """Send the letter over this connection; after a refusal, it is ready for the next one."""
        try:
            hand_over(email, self._backend)
        except Exception as error:
            self._told = getattr(self._backend, "told", Told.CONTENT)
            is_ready = getattr(self._backend, "is_ready_for_another", bool)
            if not (answers_of(error) and is_ready()):
                self._close()
            raise

    def _may_be_of_the_connection(self, error: Exception) -> bool:
        """Whether the letter may leave over a new connection: nothing of its content has left."""
        if self._told == Told.CONTENT:
            return False
        return has_ended(error) or isinstance(error, smtplib.SMTPSenderRefused)

    def _close(self) -> None:
        with suppress(Exception):
            self._backend.close()


def has_ended(error: Exception) -> bool:
    """Whether the server ended the conversation, in words or without."""
    codes = [code for code, _text in answers_of(error)]
    return CLOSING in codes or isinstance(error, smtplib.SMTPServerDisconnected | ConnectionError)
