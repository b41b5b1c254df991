"""Sessions are stored under a digest: the database does not hold what a cookie holds."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import InternalError, connection
from django.urls import reverse
from psycopg.errors import ReadOnlySqlTransaction

from cse_portal.web import session_life
from cse_portal.web.overload import is_interruption
from cse_portal.web.session_store import SessionStore, digest_of
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_sessions_key_is_nowhere_in_clear(visitor):
    visitor.sign_in(make.a_user())
    visitor.read(reverse("home"))
    key = visitor.cookies[settings.SESSION_COOKIE_NAME].value
    assert len(key) == 32
    assert [row.session_key for row in Session.objects.all()] == [digest_of(key)]
    kept = [*Session.objects.values(), *(row.get_decoded() for row in Session.objects.all())]
    assert key not in str(kept)


def test_what_the_database_stores_opens_no_session(visitor):
    visitor.sign_in(make.a_user())
    stored = Session.objects.get().session_key
    visitor.cookies[settings.SESSION_COOKIE_NAME] = stored
    assert visitor.get(reverse("home")).status_code == 302


def test_a_session_is_found_changed_and_ended_by_its_key():
    session = SessionStore()
    session["a"] = 1
    session.save()
    key = str(session.session_key)
    assert session.exists(key)
    assert SessionStore(key)["a"] == 1

    session["a"] = 2
    session.save()
    session.cycle_key()
    assert not session.exists(key)
    assert SessionStore(session.session_key)["a"] == 2

    session.delete()
    assert not Session.objects.exists()


def test_a_key_that_is_taken_is_drawn_again(monkeypatch):
    taken = SessionStore()
    taken.save()
    keys = [taken.session_key, "z" * 32]
    monkeypatch.setattr(SessionStore, "_get_new_session_key", lambda self: keys.pop(0))
    session = SessionStore()
    session.create()
    assert session.session_key == "z" * 32


def test_a_session_of_a_clock_that_jumped_ends_as_others(visitor):
    from datetime import timedelta

    from freezegun import freeze_time

    julie = make.a_user()
    with freeze_time("2026-11-23 12:00") as frozen:
        with freeze_time("2026-11-23 18:00"):
            visitor.sign_in(julie)
        assert visitor.get(reverse("home")).status_code == 200
        frozen.tick(timedelta(minutes=19))
        assert visitor.get(reverse("home")).status_code == 200
        frozen.tick(timedelta(minutes=20))
        assert visitor.get(reverse("home")).status_code == 302


def test_a_session_that_is_not_there_gets_another_key():
    session = SessionStore("y" * 32)
    assert not session.exists("y" * 32)
    assert session.get("a") is None
    session["a"] = 1
    session.save()
    assert session.session_key not in {None, "y" * 32}


def test_a_session_holds_what_it_is_given_under_its_key():
    """As `leave_for_what_was_sent_twice` leaves it: nothing of the database's is kept."""
    before = SessionStore()
    before["a"] = 1
    before.save()
    key = str(before.session_key)
    SessionStore.holding(key, {"b": 2}).save()
    assert dict(SessionStore(key).items()) == {"b": 2}


@pytest.fixture
def saved_on_a_standby(monkeypatch):
    """When a session is saved, the server has become one that takes no writes."""

    def refused(*_arguments, **_options):
        with connection.wrap_database_errors:
            raise ReadOnlySqlTransaction

    monkeypatch.setattr(SessionStore.get_model_class(), "save", refused)


def test_a_server_that_takes_no_writes_is_no_session_that_is_gone(saved_on_a_standby):
    session = SessionStore("x" * 32)
    with pytest.raises(InternalError) as raised:
        session.save()
    assert is_interruption(raised.value)


def test_who_asks_then_is_told_to_come_back_and_not_that_the_request_is_at_fault(
    visitor, request, monkeypatch
):
    visitor.raise_request_exception = False
    visitor.sign_in(make.a_user())
    request.getfixturevalue("saved_on_a_standby")
    monkeypatch.setattr(session_life, "SAVED_EVERY", 0)
    answer = visitor.get(reverse("home"))
    assert answer.status_code == 503
    assert "Retry-After" in answer
