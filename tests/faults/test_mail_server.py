"""A mail server that is down, that hangs or hangs up: the sign-in says so, and is tried again.

What the worker does before one that refuses a letter; and that a transmission needs none.
"""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse

from notices.mail_server import MailServerUnavailable
from notices.models import Message
from tests import factories as make
from tests.conftest import Visitor
from tests.letters import IN_MEMORY, let_mail_go_by, sends
from tests.proxies.conftest import row_set
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
        let_mail_go_by(
            settings,
            "django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=port,
            EMAIL_TIMEOUT=0.3,
        )

    return use


def gives_password(visitor, julie):
    visitor.fill(reverse("users:sign_in"), user_code=julie.user_code)
    return visitor.post(visitor.under_way("users:password"), {"password": PASSWORD})


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
    let_mail_go_by(settings, IN_MEMORY)
    assert gives_password(visitor, julie).status_code == 302


def test_an_address_that_no_letter_can_be_written_to_is_said_and_told_to_the_esm():
    """Stored before it was refused where it is typed; the mail library raises ValueError at it."""
    julie = make.a_user(password=PASSWORD)
    row_set(julie, email='"=?utf-8?q?a=0Ab?="@x.example')
    answer = gives_password(Visitor(), julie)
    assert "n’a pas pu être envoyé" in answer.content.decode()
    assert type(julie)._base_manager.get(pk=julie.pk).is_unreachable


def test_a_code_that_the_mail_server_takes_ends_what_the_esm_is_told():
    julie = make.a_user(password=PASSWORD)
    row_set(julie, undelivered_email=julie.email)
    assert gives_password(Visitor(), julie).status_code == 302
    assert not type(julie)._base_manager.get(pk=julie.pk).is_unreachable


def test_letters_that_could_not_leave_are_not_counted(by_smtp, settings):
    julie, visitor = make.a_user(password=PASSWORD), Visitor()
    by_smtp(1)
    for _time in range(7):
        gives_password(visitor, julie)
    assert not lockout.is_closed(Tries.Kind.LETTER, julie.pk)
    let_mail_go_by(settings, IN_MEMORY)
    assert gives_password(visitor, julie).status_code == 302


# --- the worker, before a real one ----------------------------------------------------------------


class Answers(socketserver.StreamRequestHandler):
    """Speaks SMTP; what it answers to a recipient, or after a letter, is asked of the server."""

    def handle(self) -> None:
        server: Any = self.server
        server.calls += 1
        self.wfile.write(b"220 x\r\n")
        to = ""
        while line := self.rfile.readline().decode().strip():
            word, answer = line[:4].upper(), b"250 ok"
            if word == "RCPT":
                to = line.partition("<")[2].partition(">")[0]
                answer = server.at_recipient.get(to, answer)
            elif word == "DATA":
                self.wfile.write(b"354 go\r\n")
                while self.rfile.readline() != b".\r\n":
                    pass
                answer = server.after_letter.get(to, answer)
                if not answer:
                    return
                server.taken += [to] if answer.startswith(b"250") else []
            elif word == "QUIT":
                answer = b"221 bye"
            self.wfile.write(answer + b"\r\n")
            if word == "QUIT":
                return


@contextmanager
def answering(**answers: dict[str, bytes]) -> Iterator[Any]:
    """A mail server, with what it took; it counts how often it was called."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answers) as server:
        found: Any = server
        found.daemon_threads = True
        found.calls, found.taken = 0, []
        found.at_recipient = answers.get("at_recipient", {})
        found.after_letter = answers.get("after_letter", {})
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def test_many_letters_go_over_one_call(by_smtp):
    messages = [make.a_message() for _message in range(4)]
    with answering() as server:
        by_smtp(server.server_address[1])
        assert sends() == {"sent": 4}
        assert server.taken == [one.user.email for one in messages]
        assert server.calls == 1


@pytest.mark.parametrize(
    ("answers", "end"),
    [
        ({"at_recipient": b"550 5.1.1 no such user"}, "refused"),
        ({"at_recipient": b"450 4.2.1 later"}, "failed"),
        ({"at_recipient": b"421 closing"}, "failed"),
        ({"at_recipient": b"550 5.7.1 relaying denied"}, "failed"),
        ({"after_letter": b"554 5.6.0 no"}, "refused"),
        ({"after_letter": b"451 later"}, "failed"),
        ({"after_letter": b""}, "failed"),
    ],
    ids=str,
)
def test_a_letter_that_is_refused_leaves_the_others_their_turn(by_smtp, answers, end):
    messages = [make.a_message() for _message in range(3)]
    bad = messages[1].user.email
    with answering(**{moment: {bad: said} for moment, said in answers.items()}) as server:
        by_smtp(server.server_address[1])
        assert sends() == {"sent": 2, end: 1}
        assert server.taken == [messages[0].user.email, messages[2].user.email]


@pytest.mark.parametrize("handler", [Hangs, None])
def test_a_mail_server_that_is_away_tries_no_letter(by_smtp, handler):
    message = make.a_message()
    if handler is None:
        by_smtp(1)
        with pytest.raises(MailServerUnavailable):
            sends()
    else:
        with mail_server(handler) as port:
            by_smtp(port)
            with pytest.raises(MailServerUnavailable):
                sends()
    assert Message._base_manager.get(pk=message.pk).tries == 0
    with answering() as server:
        by_smtp(server.server_address[1])
        assert sends() == {"sent": 1}


# --- a transmission -------------------------------------------------------------------------------


class NotAsked(BaseEmailBackend):
    """A mail server that nobody may ask for anything."""

    def __init__(self, **options: Any) -> None:
        pytest.fail("a connection to the mail server was made")


def test_a_transmission_asks_nothing_of_the_mail_server(
    settings, django_capture_on_commit_callbacks
):
    """Were those concerned told by it: here, the agent's ESMs and those who hold the proxy."""
    proxy = make.a_proxy(agent=make.a_company())
    agent_esm = make.an_esm(company=proxy.agent)
    holder = make.a_user(company=proxy.agent)
    make.an_assignment(proxy=proxy, user=holder, assigned_by=agent_esm)
    visitor = Visitor().sign_in(proxy.given_by)
    check = visitor.fill(reverse("revoke-proxy-start", kwargs={"subject": proxy.pk}))
    let_mail_go_by(settings, f"{__name__}.NotAsked")
    with django_capture_on_commit_callbacks(execute=True) as on_commit:
        assert "/accuse" in visitor.transmit(check)
    assert on_commit == []
    assert Message._base_manager.filter(emailed_at=None).count() == 2
