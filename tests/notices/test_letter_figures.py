"""The figures of the queues: what waits is told from what is dead, and each is read by an index."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.db import connection
from django.test.utils import CaptureQueriesContext
from freezegun import freeze_time

from notices.letter_figures import count_not_sent, count_waiting, seconds_waiting
from notices.letters import send_all_due
from notices.models import AccountLetter, Message
from tests import factories as make
from tests.letters import sends
from tests.proxies.conftest import row_set

pytestmark = pytest.mark.django_db

LATER = smtplib.SMTPRecipientsRefused({"x": (450, b"4.2.1 later")})
NO_SUCH_USER = smtplib.SMTPRecipientsRefused({"x": (550, b"5.1.1 no such user")})


@pytest.fixture
def fails(monkeypatch):
    """Make the mail server fail at an address."""
    errors: dict[str, Exception] = {}
    took = locmem.EmailBackend.send_messages

    def send_messages(server, messages):
        if error := errors.get(messages[0].to[0]):
            raise error
        return took(server, messages)

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", send_messages)
    return errors.__setitem__


def test_what_waits_is_told_from_what_failed_and_from_what_has_ended(fails):
    with freeze_time("2026-11-23 12:00") as frozen:
        dead, later = make.a_message(), make.an_account_letter()
        make.a_message()
        fails(dead.user.email, NO_SUCH_USER)
        fails(later.user.email, LATER)
        assert count_waiting() == {"never_tried": 3, "to_retry": 0}
        assert sends() == {"refused": 1, "failed": 1, "sent": 1}
        frozen.tick(timedelta(seconds=30))
        assert count_waiting() == {"never_tried": 0, "to_retry": 1}
        assert seconds_waiting() == {"never_tried": 0, "to_retry": 0}
        assert count_not_sent() == {"refused": 1, "given_up": 0, "void": 0}
        frozen.tick(timedelta(seconds=90))
        make.a_message()
        frozen.tick(timedelta(seconds=20))
        assert count_waiting() == {"never_tried": 1, "to_retry": 1}
        assert seconds_waiting() == {"never_tried": 20, "to_retry": 80}
        frozen.tick(timedelta(days=60))
        assert sends() == {"void": 2}
        assert seconds_waiting() == {"never_tried": 0, "to_retry": 0}
        assert count_not_sent() == {"refused": 1, "given_up": 0, "void": 2}


def test_one_in_hand_is_not_counted_until_its_worker_is_no_more():
    with freeze_time("2026-11-23 12:00") as frozen:
        message = make.a_message()
        row_set(
            message,
            emailed_at=message.written_at,
            in_hand_until=message.written_at + timedelta(minutes=5),
        )
        frozen.tick(timedelta(minutes=5))
        assert count_waiting() == {"never_tried": 0, "to_retry": 0}
        assert sends() == {"sent": 1}


def plans_of(asks) -> list[str]:
    """How PostgreSQL would answer each query of letters, if a sequential scan were dear.

    Without the index by which the version before finds what to send: among the few rows of a test
    it is as good as any.
    """
    with CaptureQueriesContext(connection) as asked:
        asks()
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("DROP INDEX message_to_send")
        for query in asked.captured_queries:
            if 'FROM "notices_' in query["sql"] and not query["sql"].startswith("UPDATE"):
                cursor.execute("EXPLAIN " + query["sql"])
                found.append(query["sql"] + "\n".join(row[0] for row in cursor.fetchall()))
    return found


OF_THE_QUEUE = ("_never_tried", "_to_retry", "_in_hand", "_not_sent")
FIGURES: dict[str, Any] = {
    "how many wait": count_waiting,
    "for how long": seconds_waiting,
    "how many never leave": count_not_sent,
    "what is sent next": send_all_due,
}


@pytest.mark.parametrize("asked", FIGURES)
def test_each_is_read_by_an_index_that_holds_no_letter_that_has_left(asked):
    """However many have: a sequential scan is never needed, nor a sort of what the index orders."""
    plans = plans_of(FIGURES[asked])
    assert plans
    for plan in plans:
        assert "Seq Scan" not in plan, plan
        assert any(f"letter{name}" in plan or f"message{name}" in plan for name in OF_THE_QUEUE), (
            plan
        )
        assert "Sort" not in plan, plan


def test_a_letter_that_has_left_is_in_no_index_of_the_queue():
    make.a_message()
    make.an_account_letter()
    assert sends() == {"sent": 2}
    assert len(mail.outbox) == 2
    for model in (Message, AccountLetter):
        rows = model._default_manager if model is AccountLetter else Message._base_manager
        assert rows.filter(in_hand_until=None, not_sent="", emailed_at__isnull=False).count() == 1
