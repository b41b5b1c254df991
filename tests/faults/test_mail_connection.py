"""One connection for many letters, before a server that refuses, ends it, is slow or is gone."""

import threading

import pytest
from django.urls import reverse

from notices import mail_server as connection_of_worker
from notices.mail_server import MailServerUnavailable
from notices.models import Message
from tests import factories as make
from tests.conftest import Visitor
from tests.faults.mail_servers import Conversation, mail_server
from tests.letters import let_mail_go_by, sends
from tests.together import at_once
from users.models import SignInCode

pytestmark = pytest.mark.django_db

PASSWORD = "Une phrase dont je me souviens"
PATIENCE = 10  # seconds, for a test that hangs


@pytest.fixture
def by_smtp(settings, monkeypatch):
    def use(port: int, *, seconds: float = 5) -> None:
        let_mail_go_by(
            settings,
            "cse_portal.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=port,
            EMAIL_TIMEOUT=seconds,
        )
        monkeypatch.setattr(connection_of_worker, "SECONDS_FOR_A_LETTER", seconds)

    return use


def some_messages(count: int) -> list[Message]:
    company = make.a_company()
    return [make.a_message(user=make.a_user(company=company)) for _message in range(count)]


def addresses(messages: list[Message]) -> list[str]:
    return [one.user.email for one in messages]


# --- one connection -------------------------------------------------------------------------------

REFUSALS = {
    "an address that is none": ("RCPT", "550 5.1.1 no such user", "refused"),
    "a full mailbox": ("RCPT", "452 4.2.2 mailbox full", "failed"),
    "the server's policy": ("RCPT", "550 5.7.1 relaying denied", "failed"),
    "a sender that is not allowed": ("MAIL", "550 5.7.1 not you", "failed"),
    "a content that is not read": ("DATA", "451 4.3.0 later", "failed"),
    "a content that is refused": ("CONTENT", "554 5.6.0 no", "refused"),
}


@pytest.mark.parametrize("why", REFUSALS)
def test_one_connection_holds_through_letters_that_are_refused(by_smtp, why):
    """The refused ones are reset (RSET): the next letter is nested in none."""
    at, said, result = REFUSALS[why]
    messages = some_messages(6)
    bad = {addresses(messages)[n] for n in (1, 2, 4)}
    turn = {"mail": 0}

    def says(conversation: Conversation, verb: str, rest: str) -> str | None:
        turn["mail"] += verb == "MAIL"
        is_bad = any(one in rest for one in bad) or conversation.to in bad
        if at == "MAIL":  # on a connection that has served, it is asked again on another one
            is_bad = not server.taken and turn["mail"] == 1
        return said if verb == at and is_bad else None

    with mail_server(says) as server:
        by_smtp(server.port)
        failed = 1 if at == "MAIL" else 3
        assert sends() == {"sent": 6 - failed, result: failed}
        assert server.conversations == 1


ENDS = {
    "421 to the next letter": ("MAIL", "421 4.7.0 too many messages on this connection"),
    "refused in other words": ("MAIL", "451 4.7.0 too many messages on this connection"),
    "421 to its recipient": ("RCPT", "421 4.4.5 closing"),
    "without a word": ("MAIL", ""),
    "a restart": ("RCPT", ""),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_server_that_ends_the_connection_after_some_letters_is_called_again(by_smtp, how):
    at, said = ENDS[how]
    messages = some_messages(7)

    def says(conversation: Conversation, verb: str, rest: str) -> str | None:
        return said if verb == at and conversation.taken_here == 3 else None

    with mail_server(says) as server:
        by_smtp(server.port)
        assert sends() == {"sent": 7}
        assert server.taken == addresses(messages)
        assert server.conversations == 3
    assert set(Message._base_manager.values_list("tries", flat=True)) == {0}


def test_a_server_that_ends_each_conversation_at_once_tries_no_letter(by_smtp):
    messages = some_messages(2)
    with mail_server(lambda _one, verb, _rest: "421 busy" if verb == "MAIL" else None) as server:
        by_smtp(server.port)
        with pytest.raises(MailServerUnavailable):
            sends()
    assert set(Message._base_manager.values_list("tries", "emailed_at")) == {(0, None)}
    with mail_server() as server:
        by_smtp(server.port)
        assert sends() == {"sent": 2}
        assert server.taken == addresses(messages)


def test_a_letter_whose_content_has_left_is_not_sent_again_at_once(by_smtp):
    """The server may have taken it before it hung up."""
    messages = some_messages(3)
    bad = messages[1].user.email

    def says(_conversation: Conversation, verb: str, rest: str) -> str | None:
        return "" if verb == "CONTENT" and rest == bad else None

    with mail_server(says) as server:
        by_smtp(server.port)
        assert sends() == {"sent": 2, "failed": 1}
        assert sum(bad in line for line in server.heard if line.startswith("rcpt")) == 1


# --- slow -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_whoever_reads_a_message_does_not_wait_for_its_letter(by_smtp):
    """While the server thinks, no row of the letter is locked, and no transaction is open."""
    (message,) = some_messages(1)
    is_there, may_go_on = threading.Event(), threading.Event()

    def says(_conversation: Conversation, verb: str, _rest: str) -> None:
        if verb == "CONTENT":
            is_there.set()
            assert may_go_on.wait(PATIENCE)

    def reads() -> None:
        try:
            assert is_there.wait(PATIENCE)
            visitor = Visitor().sign_in(message.user)
            assert visitor.post(reverse("notices:messages")).status_code == 302
            assert Message._base_manager.get(pk=message.pk).read_at
        finally:
            may_go_on.set()

    with mail_server(says) as server:
        by_smtp(server.port, seconds=PATIENCE)
        found = at_once(sends, reads)
    assert found == [{"sent": 1}, None]
    assert Message._base_manager.get(pk=message.pk).emailed_at


def test_a_code_takes_no_longer_than_its_time_however_slow_each_answer(by_smtp):
    """Four answers that come in time each would be more than the page waits for together."""
    julie, visitor = make.a_user(password=PASSWORD), Visitor()
    never = threading.Event()

    def says(_conversation: Conversation, verb: str, _rest: str) -> None:
        never.wait(0.3)

    with mail_server(says) as server:
        by_smtp(server.port, seconds=0.7)
        visitor.fill(reverse("users:sign_in"), user_code=julie.user_code)
        answer = visitor.post(visitor.under_way("users:password"), {"password": PASSWORD})
        assert "n’a pas pu être envoyé" in answer.content.decode()
        assert server.taken == []
    assert not SignInCode.objects.exists()


def test_registrations_are_accepted_together_while_the_mail_server_says_nothing(by_smtp):
    """The officer's page asks nothing of it: each answer is written, and its letters are queued."""
    esm, officer = make.an_esm(), make.an_officer()
    registrations = [make.a_registration(company=esm.company) for _one in range(10)]
    with mail_server(lambda *_said: pytest.fail("a request called the mail server")) as server:
        by_smtp(server.port)
        answer = (
            Visitor()
            .sign_in(officer)
            .post(
                reverse("admin:registrations_registration_changelist"),
                {"action": "accept", "_selected_action": [one.pk for one in registrations]},
            )
        )
        assert answer.status_code == 302
        assert server.conversations == 0
    assert Message._base_manager.filter(user=esm, emailed_at=None).count() == 10
