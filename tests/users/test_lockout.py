"""Five wrong passwords close the sign-in with a user code; nobody learns whether it exists."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from freezegun import freeze_time

from tests import factories as make
from tests.conftest import Visitor
from tests.together import at_once
from users import lockout
from users.models import SignInTries

PASSWORD = "Une phrase dont je me souviens"
CLOSED = "ferment la connexion pendant 15 minutes"


def tries(visitor: Visitor, user_code: str, password: str) -> str:
    """What the page answers; empty when the password was right."""
    visitor.post(reverse("users:sign_in"), {"user_code": user_code})
    answer = visitor.post(reverse("users:password"), {"password": password})
    return "" if answer.status_code == 302 else answer.content.decode()


@pytest.fixture
def julie(db):
    return make.a_user(password=PASSWORD, email="julie@entreprise.example")


@pytest.fixture
def frozen():
    with freeze_time("2026-11-23 12:00") as clock:
        yield clock


def test_after_five_wrong_passwords_the_right_one_is_refused_for_fifteen_minutes(julie, frozen):
    for _time in range(5):
        assert CLOSED in tries(Visitor(), julie.user_code, "autre")
    assert CLOSED in tries(Visitor(), f" {julie.user_code.lower()} ", PASSWORD)
    frozen.tick(timedelta(minutes=14, seconds=59))
    assert CLOSED in tries(Visitor(), julie.user_code, PASSWORD)
    frozen.tick(timedelta(seconds=1))
    assert tries(Visitor(), julie.user_code, PASSWORD) == ""


def test_the_right_password_gives_the_tries_back(julie, frozen):
    for _time in range(4):
        tries(Visitor(), julie.user_code, "autre")
    assert tries(Visitor(), julie.user_code, PASSWORD) == ""
    assert not SignInTries.objects.exists()


def test_tries_of_another_time_are_forgotten(julie, frozen):
    for _time in range(4):
        tries(Visitor(), julie.user_code, "autre")
    frozen.tick(timedelta(minutes=15))
    tries(Visitor(), julie.user_code, "autre")
    assert tries(Visitor(), julie.user_code, PASSWORD) == ""


def test_the_person_is_told_once_and_nobody_else(julie, frozen):
    for _time in range(7):
        tries(Visitor(), julie.user_code, "autre")
    (letter,) = mail.outbox
    assert letter.to == ["julie@entreprise.example"]
    assert "15 minutes" in str(letter.body)


def test_a_code_that_nobody_has_is_closed_in_the_same_way(db, frozen):
    pages = {tries(Visitor(), "RIEN1234", "autre").count(CLOSED) for _time in range(7)}
    assert len(pages) == 1
    assert mail.outbox == []
    assert SignInTries.objects.get().failures == 5


def test_a_closed_sign_in_does_the_work_of_an_open_one(julie, frozen, monkeypatch):
    hashed: list[str] = []
    monkeypatch.setattr(lockout, "make_password", hashed.append)
    for _time in range(6):
        tries(Visitor(), julie.user_code, "autre")
    assert hashed == ["autre"]


@pytest.mark.django_db(transaction=True)
def test_of_forty_simultaneous_tries_five_are_looked_at():
    taken = at_once(*[lambda: lockout.take_try("TREM1001") for _try in range(40)])
    assert sorted(taken) == [0] * 35 + [1, 2, 3, 4, 5]
