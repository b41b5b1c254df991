"""What is past its time is forgotten, by one command; what still counts, and the trail, stay."""

import contextlib
import re
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from freezegun import freeze_time

from cse_portal import clock, retention
from cse_portal.models import CommandRun, Draft, Receipt
from notices.models import AccountLetter, Event, Message, NotSent, TrailEntry, TrailHead
from tests import factories as make
from tests.conftest import Visitor
from tests.notices.trail_told import end_of_transaction, verify
from tests.together import at_once
from users import lockout
from users.models import SignInCode, Tries

pytestmark = pytest.mark.django_db
NOW = "2026-11-23 12:00"
KINDS = [
    "drafts",
    "ended sessions",
    "letters about accounts",
    "read messages",
    "unread messages",
    "verification codes",
    "changes of address",
    "counted tries",
    "simulated e-mails",
]


def purge(*arguments, command="purge"):
    call_command(command, *arguments)


def told(capsys):
    """The counts that the command told, those of nothing left out."""
    verb, _colon, counts = capsys.readouterr().out.strip().rstrip(".").partition(": ")
    each = (one.rpartition(" ") for one in counts.split(", "))
    return verb, {name: int(count) for name, _space, count in each if count != "0"}


def ago(**time):
    return clock.now() - timedelta(**time)


def test_what_sign_ins_leave_is_forgotten_after_a_day_and_the_rest_stays(capsys):
    user = make.a_user()
    with freeze_time("2026-11-22 11:00"):
        SignInCode.issue(user, until=clock.now() + timedelta(minutes=40))
        lockout.count_try(Tries.Kind.PASSWORD, "VIEUX1000")
        Visitor().sign_in(user)
    with freeze_time(NOW):
        fresh, _digits = SignInCode.issue(user, until=clock.now() + timedelta(minutes=40))
        lockout.count_try(Tries.Kind.PASSWORD, "NEUF1000")
        visitor = Visitor().sign_in(user)
        purge()
        assert told(capsys) == (
            "Forgotten",
            {"verification codes": 2, "counted tries": 1, "ended sessions": 1},
        )
        purge()
        assert told(capsys) == ("Forgotten", {})
        assert visitor.get(reverse("home")).status_code == 200
    assert SignInCode.objects.filter(confirmed=False).get() == fresh
    assert Tries.objects.get() == lockout.tries_of(Tries.Kind.PASSWORD, "NEUF1000").get()


def a_sent_letter(**fields):
    return make.an_account_letter(emailed_at=clock.now(), **fields)


def a_sent_message(**fields):
    return make.a_message(emailed_at=clock.now(), **fields)


@freeze_time(NOW)
@pytest.mark.parametrize(
    ("make_row", "column", "days"),
    [
        (make.a_draft, "kept_at", 1),
        (a_sent_letter, "written_at", 30),
        (lambda **at: make.an_account_letter(not_sent=NotSent.VOID, **at), "written_at", 30),
        (a_sent_message, "read_at", 365),
        (a_sent_message, "written_at", 1095),
        (lambda **at: make.a_message(not_sent=NotSent.REFUSED, **at), "written_at", 1095),
    ],
)
def test_each_is_kept_for_its_days_and_not_for_longer(make_row, column, days):
    model = type(make_row())
    make_row(**{column: ago(days=days)})
    past = make_row(**{column: ago(days=days, seconds=1)})
    purge()
    assert model._base_manager.count() == 2
    assert not model._base_manager.filter(pk=past.pk).exists()


@freeze_time(NOW)
def test_what_still_waits_to_be_e_mailed_is_not_forgotten():
    """Nobody sends letters for a year: the one who does then says what becomes of them."""
    make.an_account_letter(written_at=ago(days=400))
    make.a_message(written_at=ago(days=4000))
    make.a_message(written_at=ago(days=400), read_at=ago(days=399))
    in_hand: Any = {"emailed_at": clock.now(), "in_hand_until": clock.now() + timedelta(minutes=1)}
    make.an_account_letter(written_at=ago(days=400), **in_hand)
    purge()
    assert (AccountLetter.objects.count(), Message._base_manager.count()) == (2, 2)


def test_a_century_later_receipts_histories_and_the_trail_are_there():
    esm = make.an_esm()
    make.a_receipt(transmitted_by=esm)
    make.an_event(company=esm.company, by=esm)
    end_of_transaction()
    rows = [one._base_manager for one in (Receipt, Event, TrailEntry, TrailHead)]
    before = [list(of_one.values_list("pk", flat=True)) for of_one in rows]
    with freeze_time("2126-11-23"):
        purge()
        assert [list(of_one.values_list("pk", flat=True)) for of_one in rows] == before
    assert verify() == "2 entries, 1 companies: whole.\n"


@freeze_time(NOW)
def test_a_dry_run_counts_and_deletes_nothing(capsys):
    make.a_draft(kept_at=ago(days=3))
    purge("--dry-run")
    assert told(capsys) == ("Past their time", {"drafts": 1})
    assert Draft._base_manager.count() == 1
    assert not CommandRun.objects.exists()
    purge()
    assert CommandRun.objects.get().command == "purge"


@freeze_time(NOW)
def test_the_operators_settings_count(settings):
    settings.CSE_KEEP_DRAFTS_DAYS = 7
    make.a_draft(kept_at=ago(days=6))
    make.a_draft(kept_at=ago(days=8))
    purge()
    assert Draft._base_manager.count() == 1


@freeze_time(NOW)
@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        (("--only", "drafts"), (0, 1)),
        (("--only", "counted tries", "--only", "letters about accounts"), (1, 0)),
    ],
)
def test_a_part_may_be_chosen(arguments, left):
    make.a_draft(kept_at=ago(days=3))
    a_sent_letter(written_at=ago(days=40))
    purge(*arguments)
    assert (Draft._base_manager.count(), AccountLetter.objects.count()) == left


@freeze_time(NOW)
@pytest.mark.parametrize(
    ("command", "left"), [("purge_drafts", (0, 1)), ("purge_sign_ins", (1, 0))]
)
def test_the_commands_of_before_forget_what_they_did(command, left):
    """A timer that was installed with the version before calls them until its unit is replaced."""
    make.a_draft(kept_at=ago(days=3))
    a_sent_letter(written_at=ago(days=40))
    purge(command=command)
    assert (Draft._base_manager.count(), AccountLetter.objects.count()) == left
    assert CommandRun.objects.get().command == command


def test_every_kind_has_a_name_of_its_own():
    assert list(retention.every_kind()) == KINDS
    again = pytest.raises(ValueError, match="named 'drafts'")
    with again:
        retention.forgets(retention.Kept("drafts", lambda before: Draft.objects.all()))


@pytest.mark.parametrize("name", ["read messages", "unread messages", "ended sessions"])
def test_what_grows_is_found_by_its_index(name):
    """As PostgreSQL plans it for many rows."""
    kept = retention.every_kind()[name]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    plans = []

    def explained(execute, sql, params, many, context):
        if "FOR UPDATE" in sql:
            with psycopg.ClientCursor(connection.connection) as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                plans.append("\n".join(line for (line,) in cursor))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        assert list(kept.forget()) == []
    (plan,) = plans
    index = {
        "read messages": "message_read",
        "unread messages": "message_in_order",
        "ended sessions": "django_session_expire_date",
    }[name]
    assert re.search(rf"Index Scan( Backward)? using {index}", plan)


# --- in small pieces ------------------------------------------------------------------------------


def drafts_past_their_time(count):
    author = make.an_esm()
    for nth in range(count):
        make.a_draft(author=author, kept_at=ago(days=3, seconds=nth))


@freeze_time(NOW)
def test_rows_go_some_at_a_time_and_a_run_that_was_killed_is_taken_up(monkeypatch):
    monkeypatch.setattr(retention, "AT_A_TIME", 3)
    drafts_past_their_time(8)
    with contextlib.closing(retention.every_kind()["drafts"].forget()) as batches:
        assert next(batches) == 3  # then it is killed
    with CaptureQueriesContext(connection) as queries:
        assert list(retention.every_kind()["drafts"].forget()) == [3, 2]
    deleted = [one for one in queries if one["sql"].startswith("DELETE")]
    assert len(deleted) == 2
    assert not Draft._base_manager.exists()


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_share_the_rows(monkeypatch):
    monkeypatch.setattr(retention, "AT_A_TIME", 3)
    drafts_past_their_time(12)

    def forget():
        return sum(retention.every_kind()["drafts"].forget())

    assert sum(at_once(forget, forget, meet_before="DELETE")) == 12
    assert not Draft._base_manager.exists()


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_is_left_for_the_next_run_and_nobody_waits():
    """The draft is being written at this moment."""
    drafts_past_their_time(3)
    kept = retention.every_kind()["drafts"]
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT FROM cse_portal_draft LIMIT 1 FOR NO KEY UPDATE")
        assert sum(kept.forget()) == 2
        other.rollback()
    assert sum(kept.forget()) == 1
