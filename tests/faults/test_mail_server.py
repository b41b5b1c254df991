"""A mail server that is down, that hangs or hangs up: the sign-in says so, and is tried again."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.urls import reverse

from tests import factories as make
from tests.conftest import Visitor
from users import lockout
from users.models import SignInCode, Tries

pytestmark = pytest.mark.django_db

PASSWORD = "Une phrase dont je me souviens"


class Refuses(socketserver.StreamRequestHandler):
    """Greets and refuses the recipient."""

    answers: tuple[bytes, ...] = (
        b"220 x\r\n",
        b"250 x\r\n",
        b"250 x\r\n",
        b"550 no\r\n",
        b"250 x\r\n",
        b"221 x\r\n",
    )

    def handle(self) -> None:
        for answer in self.answers:
            self.wfile.write(answer)
            if not self.rfile.readline():
                return


class HangsUpAfterData(Refuses):
    """Takes the letter's lines, then is gone before its « yes »."""

    answers = (b"220 x\r\n", b"250 x\r\n", b"250 x\r\n", b"250 x\r\n", b"354 go\r\n")


class Hangs(Refuses):
    """Accepts the call and says nothing."""

    answers = ()

    def handle(self) -> None:
        self.rfile.readline()


@contextmanager
def mail_server(handler: type) -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def by_smtp(settings):
    def use(port: int) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_TIMEOUT = 0.3

    return use


def gives_password(visitor, julie):
    visitor.fill(reverse("users:sign_in"), user_code=julie.user_code)
    return visitor.post(reverse("users:password"), {"password": PASSWORD})


@pytest.mark.parametrize("handler", [Refuses, HangsUpAfterData, Hangs, None])
def test_the_sign_in_says_so_and_keeps_nothing(by_smtp, settings, handler):
    julie, visitor = make.a_user(password=PASSWORD), Visitor()
    if handler is None:
        by_smtp(1)  # nobody listens there
        answer = gives_password(visitor, julie)
    else:
        with mail_server(handler) as port:
            by_smtp(port)
            answer = gives_password(visitor, julie)
    assert answer.status_code == 200
    assert "n’a pas pu être envoyé" in answer.content.decode()
    assert not SignInCode.objects.exists()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert gives_password(visitor, julie).status_code == 302


def test_letters_that_could_not_leave_are_not_counted(by_smtp, settings):
    julie, visitor = make.a_user(password=PASSWORD), Visitor()
    by_smtp(1)
    for _time in range(7):
        gives_password(visitor, julie)
    assert not lockout.is_closed(Tries.Kind.LETTER, julie.pk)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert gives_password(visitor, julie).status_code == 302
