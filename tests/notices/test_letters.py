"""The queue of letters: each is sent once, fails alone, is tried again, and ends."""

import smtplib
import uuid
from datetime import timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail.backends import locmem
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.urls import reverse
from freezegun import freeze_time

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies, company_scope
from cse_portal.keys import LAST
from notices import actions, letters
from notices.letter_figures import seconds_waiting
from notices.models import WORTH_SENDING, Message, NotSent
from proxies.happenings import ASSIGNED, HOLDERS
from tests import factories as make
from tests.letters import letters_sent, sends
from tests.proxies.conftest import row_set
from tests.together import at_once
from users import lockout
from users.models import User

pytestmark = pytest.mark.django_db
FACTS: dict[str, Any] = {"proxy": "IQEA", "mandator": "Aciérie", "ends_on": "2026-12-31"}
#: before `patterns.email_address` was a rule, such an address could be stored
POISON = '"=?utf-8?q?a=0Ab?="@x.example'
NO_SUCH_USER = (550, b"5.1.1 no such user")


def now(row):
    return type(row)._base_manager.get(pk=row.pk)


@pytest.fixture
def fails(monkeypatch):
    """Make the mail server fail at an address, until it is given None."""
    errors: dict[str, Exception | None] = {}
    took = locmem.EmailBackend.send_messages

    def send_messages(server, messages):
        for message in messages:
            if error := errors.get(message.to[0]):
                raise error
        return took(server, messages)

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", send_messages)
    return errors.__setitem__


def refusal(code, text, address="x"):
    return smtplib.SMTPRecipientsRefused({address: (code, text)})


# --- sent -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "subject"),
    [("fr", "Une procuration vous est assignée"), ("en", "A proxy is assigned to you")],
)
def test_the_letter_is_in_its_readers_language(language, subject):
    user = make.a_user(language=language)
    make.a_message(user=user)
    (letter,) = letters_sent()
    assert (letter.subject, letter.to) == (subject, [user.email])
    assert {"fr": "jusqu’au 31 décembre 2026", "en": "until December 31, 2026"}[language] in (
        letter.body
    )


def test_what_is_told_is_sent_by_the_worker_and_by_nobody_before(
    django_capture_on_commit_callbacks,
):
    user = make.a_user()
    with django_capture_on_commit_callbacks(execute=True) as on_commit, company_scope(user.company):
        actions.notify([user], ASSIGNED.notices[HOLDERS], **FACTS)
    assert (on_commit, mail.outbox) == ([], [])
    assert sends() == {"sent": 1}
    assert sends() == {}
    assert len(mail.outbox) == 1


def test_one_connection_serves_for_all(monkeypatch):
    closed = []

    def close(server):
        closed.append(server)

    monkeypatch.setattr(locmem.EmailBackend, "close", close)
    for _message in range(3):
        make.a_message()
    assert sends() == {"sent": 3}
    assert len(closed) == 1


def test_the_worker_ends_between_two_letters():
    for _message in range(3):
        make.a_message()
    ends = letters.send_all_due(is_over=lambda: len(mail.outbox) == 2)
    assert ends == {"sent": 2}


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_letter_once():
    messages = [make.a_message() for _one in range(6)]
    at_once(*[letters.send_all_due] * 3)
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted(
        one.user.email for one in messages
    )


def the_version_before_sends():
    """As its `send_notices` does: by `emailed_at` alone, each row locked meanwhile."""
    with across_companies(because="a test"):
        for key in Message.objects.filter(emailed_at=None).values_list("pk", flat=True):
            with transaction.atomic():
                left = Message.objects.filter(pk=key, emailed_at=None)
                locked = left.select_for_update(of=("self",), skip_locked=True, no_key=True)
                if message := locked.select_related("user").first():
                    Message.objects.filter(pk=key).update(emailed_at=clock.now())
                    mail.EmailMessage("s", "b", to=[message.user.email]).send()


@pytest.mark.django_db(transaction=True)
def test_the_worker_and_the_version_before_send_each_letter_once_between_them():
    messages = [make.a_message() for _one in range(6)]
    at_once(letters.send_all_due, the_version_before_sends, letters.send_all_due)
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted(
        one.user.email for one in messages
    )


def test_a_letter_sent_again_has_the_same_message_id_and_another_one_of_the_same_key_has_not():
    """Dying after the server's yes sends it again; a restored database gives keys out again."""
    message = make.a_message()
    (sent,) = letters_sent()
    row_set(message, emailed_at=None)
    assert letters_sent()[-1].extra_headers == sent.extra_headers
    key, user = message.pk, message.user
    Message._base_manager.filter(pk=key).delete()
    make.a_message(user=user, pk=key)
    assert letters_sent()[-1].extra_headers["Message-ID"] != sent.extra_headers["Message-ID"]


def test_a_message_id_holds_nothing_but_what_was_drawn():
    message = make.a_message()
    (sent,) = letters_sent()
    drawn, _at, host = sent.extra_headers["Message-ID"].strip("<>").partition("@")
    assert uuid.UUID(drawn) == message.email_token
    assert uuid.UUID(drawn).version == 4
    assert urlsplit(settings.PORTAL_URL).hostname == host


def test_letters_leave_in_the_order_in_which_they_were_written():
    """Whatever keys were drawn for them."""
    users, at = [make.a_user() for _one in range(4)], clock.now()
    for n, user in enumerate(users):
        make.a_message(user=user, pk=LAST - n, written_at=at + timedelta(seconds=n))
    assert [letter.to for letter in letters_sent()] == [[user.email] for user in users]


def test_what_the_version_before_writes_is_sent_with_an_id_of_its_own():
    """It knows none of the queue's columns: PostgreSQL fills them in."""
    user = make.a_user()
    with across_companies(because="a test"), connection.cursor() as cursor:
        for _row in range(2):
            cursor.execute(
                "INSERT INTO notices_message (company_id, user_id, kind, facts, written_at)"
                " VALUES (%s, %s, 'assignment.made', %s, now())",
                [
                    user.company_id,
                    user.pk,
                    '{"proxy": "P", "mandator": "M", "ends_on": "2026-12-31"}',
                ],
            )
    first, second = letters_sent()
    assert first.extra_headers["Message-ID"] != second.extra_headers["Message-ID"]
    assert "None" not in first.extra_headers["Message-ID"]


# --- failed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        smtplib.SMTPServerDisconnected("gone"),
        smtplib.SMTPDataError(451, b"later"),
        refusal(450, b"4.2.1 later"),
        ValueError("Invalid address; address parts cannot contain newlines."),
        RuntimeError("anything"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_letter_that_fails_stops_no_other_and_is_tried_again(fails, error):
    with freeze_time("2026-11-23 12:00") as frozen:
        first, bad, last = (make.a_message() for _message in range(3))
        fails(bad.user.email, error)
        assert sends() == {"sent": 2, "failed": 1}
        assert {one.to[0] for one in mail.outbox} == {first.user.email, last.user.email}
        assert sends() == {}
        fails(bad.user.email, None)
        frozen.tick(timedelta(seconds=59))
        assert sends() == {}
        frozen.tick(timedelta(seconds=1))
        assert sends() == {"sent": 1}
    assert now(bad).tries == 1
    assert not now(bad.user).is_unreachable


def test_an_address_that_no_letter_can_be_written_to_fails_alone_and_for_good():
    first, bad, last = (make.a_message() for _message in range(3))
    row_set(bad.user, email=POISON)
    letter = make.an_account_letter(user=now(bad.user))
    assert sends() == {"sent": 2, "refused": 2}
    assert {now(bad).not_sent, now(letter).not_sent} == {NotSent.REFUSED}
    assert {now(first).not_sent, now(last).not_sent} == {""}
    assert now(bad.user).is_unreachable


def test_a_letter_that_cannot_be_written_fails_alone(monkeypatch):
    make.a_message()
    bad = make.a_message()
    make.a_message()
    compose = Message._compose

    def write(message):
        if message == bad:
            raise RuntimeError
        return compose(message)

    monkeypatch.setattr(Message, "_compose", write)
    assert sends() == {"sent": 2, "failed": 1}
    assert now(bad).not_sent == ""


@pytest.mark.parametrize("column", ["in_hand_until", "tries"])
def test_a_letter_whose_failure_cannot_even_be_written_down_stops_no_other(fails, column):
    """Were it the first of the queue: each is looked at once. Nor one that can't be taken."""
    bad, good = make.a_message(), make.a_message()
    fails(bad.user.email, RuntimeError())
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'refused by a trigger'; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER refuse BEFORE UPDATE OF {column} ON notices_message"
            f" FOR EACH ROW WHEN (OLD.id = {bad.pk}) EXECUTE FUNCTION refuse()"
        )
    assert sends() == {"left alone": 1, "sent": 1}
    assert now(good).emailed_at


def test_tries_are_further_and_further_apart_and_end_after_a_week(fails):
    with freeze_time("2026-11-23 12:00") as frozen:
        bad = make.a_message()
        fails(bad.user.email, refusal(452, b"4.2.2 mailbox full"))
        at = []
        for _try in range(50):
            assert sends()
            at.append(clock.now())
            if now(bad).not_sent:
                break
            frozen.move_to(now(bad).next_try_at - timedelta(seconds=1))
            assert sends() == {}
            frozen.tick(timedelta(seconds=1))
    apart = [(later - sooner).total_seconds() / 60 for sooner, later in pairwise(at)]
    assert apart[:6] == [1, 5, 15, 60, 180, 360]
    assert set(apart[6:]) == {360}
    assert timedelta(days=7) <= at[-1] - at[0] < timedelta(days=7, hours=6)
    assert now(bad).not_sent == NotSent.GIVEN_UP
    assert now(bad.user).is_unreachable
    assert not now(bad).read_at
    assert Message._base_manager.filter(pk=bad.pk).exists()  # in the portal's box, it stays


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (refusal(*NO_SUCH_USER), "refused"),
        (refusal(553, b"mailbox name not allowed"), "refused"),
        (smtplib.SMTPDataError(550, b"5.1.1 no such user"), "refused"),
        # the server's own trouble, or the portal's, that whoever runs them mends
        (refusal(550, b"5.7.1 relaying denied"), "failed"),
        (refusal(530, b"5.7.0 authentication required"), "failed"),
        (smtplib.SMTPSenderRefused(550, b"5.1.0 sender rejected", "x"), "failed"),
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 bad credentials"), "failed"),
        (smtplib.SMTPHeloError(550, b"who are you"), "failed"),
        (refusal(450, b"4.2.0 greylisted"), "failed"),
    ],
    ids=str,
)
def test_only_a_refusal_of_the_address_is_for_good(fails, error, end):
    message = make.a_message()
    fails(message.user.email, error)
    assert sends() == {end: 1}
    assert now(message.user).is_unreachable == (end == "refused")
    assert bool(now(message).not_sent) == (end == "refused")


def test_a_mail_server_that_is_not_there_is_no_letters_fault(monkeypatch):
    message = make.a_message()

    def refuses(server):
        raise smtplib.SMTPAuthenticationError(535, b"5.7.8 bad credentials")

    with monkeypatch.context() as broken:
        broken.setattr(locmem.EmailBackend, "open", refuses, raising=False)
        for _week in range(3):
            with pytest.raises(CommandError, match="SMTPAuthenticationError"):
                call_command("send_letters", "--once")
    assert now(message).tries == 0
    assert sends() == {"sent": 1}


# --- whom an address that does not work is told to ------------------------------------------------


def test_the_esm_is_told_until_the_address_is_changed(visitor, fails):
    esm = make.an_esm()
    user = make.a_user(company=esm.company, last_login=clock.now())
    message = make.a_message(user=user)
    file, home = reverse("users:file", kwargs={"person": user.pk}), reverse("home")
    said = f"Les courriels envoyés à {user.email} n’arrivent pas"
    visitor.sign_in(esm)
    assert said not in visitor.read(file) + visitor.read(home)
    fails(user.email, refusal(*NO_SUCH_USER))
    assert sends() == {"refused": 1}
    assert said in visitor.read(file)
    assert said in visitor.read(home)
    page = visitor.read(reverse("users:files") + "?status=unreachable")
    files = page.partition("<main")[2]
    assert user.user_code in files
    assert esm.user_code not in files
    with company_scope(esm.company):
        user_now = User.objects.get(pk=user.pk)
        user_now.email = "neuve@entreprise.example"
        user_now.save()
    assert "n’arrivent pas" not in visitor.read(file) + visitor.read(home)
    assert now(message).not_sent == NotSent.REFUSED  # what was refused is not sent to another one


def test_the_esm_is_told_until_a_letter_arrives(fails):
    message = make.a_message()
    fails(message.user.email, refusal(*NO_SUCH_USER))
    assert sends() == {"refused": 1}
    assert now(message.user).is_unreachable
    fails(message.user.email, None)
    make.a_message(user=message.user)
    assert sends() == {"sent": 1}
    assert not now(message.user).is_unreachable


def test_many_addresses_are_counted_on_home(visitor):
    esm = make.an_esm()
    for nth in range(7):
        user = make.a_user(company=esm.company, email=f"{nth}@x.example")
        row_set(user, undelivered_email=user.email)
    make.an_assignment(user=user, proxy=make.a_proxy(given_by=esm), assigned_by=esm)
    page = visitor.sign_in(esm).read(reverse("home"))
    assert page.count("n’arrivent pas : corrigez l’adresse".replace(" :", "\u00a0:")) == 5
    assert "2 autres adresses" in page


def test_a_letter_to_a_former_address_says_nothing_of_the_present_one(fails):
    user = make.a_user()
    with company_scope(user.company):
        actions.queue_letter(
            "email_changed", to=user, stored_address="ancienne@x.example", new_email=user.email
        )
    fails("ancienne@x.example", refusal(*NO_SUCH_USER))
    assert sends() == {"refused": 1}
    assert not now(user).undelivered_email


# --- void -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("gone", ["person", "company"])
def test_what_was_written_to_whoever_is_gone_is_void_and_stays_so(gone):
    message = make.a_message()
    make.an_account_letter(user=message.user)
    row = {"person": message.user, "company": message.company}[gone]
    row_set(row, is_active=False)
    assert sends() == {"void": 2}
    row_set(row, is_active=True)
    assert letters_sent() == []
    assert now(message).not_sent == NotSent.VOID


def test_nothing_stale_is_sent_after_a_year_without_a_worker():
    with freeze_time("2026-11-23 12:00"):
        message = make.a_message()
        with company_scope(message.company):
            actions.notify([message.user], ASSIGNED.notices[HOLDERS], **FACTS)
            actions.queue_letter("email_changed", to=message.user, new_email="x@x.example")
    with freeze_time("2027-11-23 12:00"):
        assert sends() == {"void": 3}
        assert seconds_waiting() == {"never_tried": 0, "to_retry": 0}


def test_a_letter_is_worth_sending_for_thirty_days_unless_it_says_less():
    with freeze_time("2026-11-23 12:00") as frozen:
        user = make.a_user()
        with company_scope(user.company):
            actions.notify([user], ASSIGNED.notices[HOLDERS], **FACTS)
            actions.notify([user], ASSIGNED.notices[HOLDERS], once="other", **FACTS)
            soon = clock.now() + timedelta(days=3)
            actions.notify([user], ASSIGNED.notices[HOLDERS], email_expires_at=soon, **FACTS)
        frozen.tick(WORTH_SENDING - timedelta(seconds=1))
        assert sends() == {"sent": 2, "void": 1}


def test_that_a_sign_in_is_closed_for_minutes_is_no_news_a_day_later():
    with freeze_time("2026-11-23 12:00") as frozen:
        user = make.a_user()
        lockout.queue_warning(user.user_code)
        frozen.tick(timedelta(days=1))
        assert sends() == {"void": 1}


def test_an_officer_is_written_to_as_well():
    officer = make.an_officer()
    for _code in range(10):
        lockout.count_code_try(officer)
    (letter,) = letters_sent()
    assert letter.to == [officer.email]


def test_the_command_says_what_became_of_each(capsys, fails):
    make.a_message()
    bad = make.a_message()
    fails(bad.user.email, refusal(*NO_SUCH_USER))
    call_command("send_letters", "--once")
    assert capsys.readouterr().out == (
        "Letters sent: 1; to be tried again: 0; refused: 1; given up: 0; void: 0.\n"
    )
