"""Thousands of letters that fail again and again keep no good one waiting; none is forgotten."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.db import connection
from freezegun import freeze_time

from cse_portal import clock
from notices import letters
from notices.letter_figures import count_waiting
from notices.models import Message
from tests import factories as make
from tests.letters import sends
from tests.proxies.conftest import row_set

pytestmark = pytest.mark.django_db

DEAD = "morte@x.example"
MANY = 5_000


@pytest.fixture
def tried(monkeypatch):
    """The addresses that were tried, in turn; a dead one is told « later » each time."""
    tried: list[str] = []
    took = locmem.EmailBackend.send_messages

    def send_messages(server, messages):
        (to,) = messages[0].to
        tried.append(to)
        if to == DEAD:
            raise smtplib.SMTPRecipientsRefused({to: (450, b"4.2.1 later")})
        return took(server, messages)

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", send_messages)
    return tried


@pytest.fixture
def dead(tried):
    """So many letters to a dead address, each due again since an hour."""
    first = make.a_message(user=make.a_user(email=DEAD))
    failed = {"tries": 3, "failing_since": clock.now() - timedelta(days=1)}
    row_set(first, **failed, next_try_at=clock.now() - timedelta(hours=1))
    others = [str(one.column) for one in Message._meta.concrete_fields if not one.primary_key]
    columns = ", ".join(one for one in others if one != "email_token")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO notices_message ({columns}) SELECT {columns} FROM notices_message,"
            f" generate_series(2, {MANY}) WHERE notices_message.id = {first.pk}"
        )
    assert count_waiting() == {"never_tried": 0, "to_retry": MANY}
    return first


def test_good_letters_leave_before_five_thousand_dead_ones_that_keep_their_turn(dead, tried):
    good = [make.a_message() for _message in range(25)]
    letters.send_all_due(is_over=lambda: len(mail.outbox) == len(good) or len(tried) > 50)
    assert [one for one in tried if one != DEAD] == [one.user.email for one in good]
    at = [nth for nth, one in enumerate(tried) if one == DEAD]
    assert at == [10, 21]


def test_a_letter_written_while_dead_ones_are_tried_is_the_next(dead, tried):
    written: list[str] = []

    def is_over():
        if tried.count(DEAD) == 3 and not written:
            written.append(make.a_message().user.email)
        return bool(mail.outbox) or len(tried) > 50

    letters.send_all_due(is_over=is_over)
    assert tried == [DEAD, DEAD, DEAD, *written]


def test_each_dead_one_is_tried_once_and_put_off(dead, tried):
    Message._base_manager.filter(pk__in=Message._base_manager.values("pk")[: MANY - 3]).delete()
    assert sends() == {"failed": 3}
    assert count_waiting() == {"never_tried": 0, "to_retry": 3}
    assert sends() == {}


def test_a_letter_over_which_workers_die_comes_after_the_others_and_is_given_up(tried):
    """A worker that ended without a word had it in hand: that counts as a try."""
    with freeze_time("2026-11-23 12:00") as frozen:
        bad = make.a_message(user=make.a_user(email=DEAD))
        in_hand = {"emailed_at": clock.now(), "in_hand_until": clock.now() + letters.IN_HAND_FOR}
        row_set(bad, **in_hand)
        assert sends() == {}
        frozen.tick(letters.IN_HAND_FOR)
        good = make.a_message()
        assert sends() == {"sent": 1, "failed": 1}
        assert tried == [good.user.email, DEAD]
        assert Message._base_manager.get(pk=bad.pk).tries == 2
        frozen.tick(timedelta(days=8))
        assert sends() == {"given_up": 1}


def test_what_came_too_late_changes_nothing_of_a_letter_that_another_worker_has(monkeypatch):
    """A worker that was stopped for longer than a letter may be in hand."""
    message = make.a_message()
    took = locmem.EmailBackend.send_messages

    def send_messages(server, messages):
        row_set(message, in_hand_until=clock.now() + timedelta(hours=1))  # taken by another
        return took(server, messages)

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", send_messages)
    sends()
    assert Message._base_manager.get(pk=message.pk).in_hand_until
