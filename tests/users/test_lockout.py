"""Wrong passwords, wrong codes, letters asked for and whole addresses: each has its measure."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.urls import reverse
from freezegun import freeze_time

from cse_portal.web.visitor import address_of
from tests import factories as make
from tests.conftest import Visitor
from tests.letters import letters_sent
from tests.together import at_once
from tests.users.test_verification_code import digits_in, other_than
from users import lockout
from users.models import Tries

PASSWORD = "Une phrase dont je me souviens"
CLOSED = "ferment la connexion pendant 15 minutes"


def tries(visitor: Visitor, user_code: str, password: str) -> str:
    """What the page answers; empty when the password was right."""
    visitor.post(reverse("users:sign_in"), {"user_code": user_code})
    answer = visitor.post(visitor.under_way("users:password"), {"password": password})
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


def test_a_user_code_is_measured_in_capitals(visitor):
    """Its tries are counted under it: one that grew was longer than its column, an error 500."""
    grows = "\N{GREEK SMALL LETTER IOTA WITH DIALYTIKA AND TONOS}"
    answer = visitor.post(reverse("users:sign_in"), {"user_code": grows * 40})
    assert answer.context_data["form"].errors.keys() == {"user_code"}
    assert tries(visitor, grows * 13, "autre")


def test_the_right_password_gives_the_tries_back(julie, frozen):
    for _time in range(4):
        tries(Visitor(), julie.user_code, "autre")
    assert tries(Visitor(), julie.user_code, PASSWORD) == ""
    assert not Tries.objects.filter(kind="password", count__gt=0).exists()


def test_tries_of_another_time_are_forgotten(julie, frozen):
    for _time in range(4):
        tries(Visitor(), julie.user_code, "autre")
    frozen.tick(timedelta(minutes=15))
    tries(Visitor(), julie.user_code, "autre")
    assert tries(Visitor(), julie.user_code, PASSWORD) == ""


def test_the_person_is_told_once_and_nobody_else(julie, frozen):
    for _time in range(7):
        tries(Visitor(), julie.user_code, "autre")
    (letter,) = letters_sent()
    assert letter.to == ["julie@entreprise.example"]
    assert "15 minutes" in str(letter.body)


def test_a_code_that_nobody_has_is_closed_in_the_same_way(db, frozen):
    pages = {tries(Visitor(), "RIEN1234", "autre").count(CLOSED) for _time in range(7)}
    assert len(pages) == 1
    assert letters_sent() == []
    assert Tries.objects.get(kind="password").count == 5


def test_a_closed_sign_in_does_the_work_of_an_open_one(julie, frozen, monkeypatch):
    hashed: list[str] = []
    monkeypatch.setattr(lockout, "make_password", hashed.append)
    for _time in range(6):
        tries(Visitor(), julie.user_code, "autre")
    assert hashed == ["autre"]


@pytest.mark.django_db(transaction=True)
def test_of_forty_simultaneous_tries_five_are_looked_at():
    taken = at_once(
        *[lambda: lockout.count_try(Tries.Kind.PASSWORD, "TREM1001") for _try in range(40)]
    )
    assert sorted(taken) == [0] * 35 + [1, 2, 3, 4, 5]


def test_what_is_typed_as_a_user_code_is_nowhere_in_clear(db, frozen):
    typed = "MOTDEPASSE12"
    tries(Visitor(), typed, "autre")
    kept = [
        *Tries.objects.values(),
        *Session.objects.values(),
        *(session.get_decoded() for session in Session.objects.all()),
    ]
    assert Tries.objects.filter(kind="password", count=1).exists()
    assert typed not in str(kept)
    assert typed.encode().hex() not in str(kept)


@pytest.mark.parametrize("kind", Tries.Kind.values)
def test_a_clock_that_jumped_and_came_back_locks_nobody_out(db, frozen, kind):
    with freeze_time("2031-01-01 12:00"):
        for _time in range(lockout.max_tries(kind)):
            assert lockout.count_try(kind, "TREM1001")
        assert lockout.is_closed(kind, "TREM1001")
    assert lockout.is_closed(kind, "TREM1001")
    assert lockout.count_try(kind, "TREM1001") == 0
    frozen.tick(timedelta(minutes=15))
    assert not lockout.is_closed(kind, "TREM1001")
    assert lockout.count_try(kind, "TREM1001") == 1


# --- verification codes ---------------------------------------------------------------------------


def gives_password(visitor: Visitor, julie) -> str:
    """The digits that were e-mailed; empty when no letter left."""
    before = len(mail.outbox)
    tries(visitor, julie.user_code, PASSWORD)
    return digits_in(mail.outbox[-1]) if len(mail.outbox) > before else ""


def tries_code(visitor: Visitor, digits: str) -> str:
    answer = visitor.post(visitor.under_way("users:code"), {"code": digits})
    return "" if answer.status_code == 302 else answer.content.decode()


def test_ten_wrong_codes_over_several_sessions_close_the_step_for_fifteen_minutes(julie, frozen):
    for _session in range(2):
        visitor = Visitor()
        wrong = other_than(gives_password(visitor, julie))
        for _time in range(5):
            tries_code(visitor, wrong)
    assert letters_sent()[-1].subject == "Des codes de vérification erronés ont été donnés"
    assert gives_password(Visitor(), julie) == ""
    frozen.tick(timedelta(minutes=14, seconds=59))
    assert gives_password(Visitor(), julie) == ""
    frozen.tick(timedelta(minutes=15))
    last = Visitor()
    assert tries_code(last, gives_password(last, julie)) == ""


def test_a_right_code_is_refused_while_the_step_is_closed(julie, frozen):
    waiting = Visitor()
    digits = gives_password(waiting, julie)
    for _time in range(10):
        lockout.count_code_try(julie)
    assert "Dix codes erronés" in tries_code(waiting, digits)
    frozen.tick(timedelta(minutes=15))
    assert tries_code(waiting, digits) == ""


def test_the_right_code_gives_the_tries_and_the_letters_back(julie, frozen):
    for _session in range(3):
        visitor = Visitor()
        digits = gives_password(visitor, julie)
        for _time in range(4):
            tries_code(visitor, other_than(digits))
        assert tries_code(visitor, digits) == ""
    assert not Tries.objects.filter(kind__in=["code", "letter"], count__gt=0).exists()


def test_five_letters_leave_without_a_code_given_and_no_more_for_fifteen_minutes(julie, frozen):
    for _time in range(5):
        assert gives_password(Visitor(), julie)
        frozen.tick(timedelta(seconds=1))
    assert "Trop de codes" in tries(Visitor(), julie.user_code, PASSWORD)
    assert len(mail.outbox) == 5
    frozen.tick(timedelta(minutes=15))
    assert gives_password(Visitor(), julie)


def test_a_new_code_is_refused_as_well_once_five_letters_left(julie, frozen):
    visitor = Visitor()
    gives_password(visitor, julie)
    for _time in range(4):
        frozen.tick(timedelta(minutes=1))
        assert "?sent=" in visitor.fill(visitor.under_way("users:new_code"))
    frozen.tick(timedelta(minutes=1))
    there = visitor.fill(visitor.under_way("users:new_code"))
    assert "Trop de codes" in visitor.read(there)
    assert len(mail.outbox) == 5


@pytest.mark.django_db(transaction=True)
def test_of_twenty_simultaneous_codes_ten_are_looked_at():
    julie = make.a_user(password=PASSWORD)
    taken = at_once(*[lambda: lockout.count_code_try(julie) for _try in range(20)])
    assert sorted(taken) == [False] * 10 + [True] * 10


# --- a whole address ------------------------------------------------------------------------------


def test_an_address_that_tries_many_user_codes_is_answered_429(db, frozen, settings):
    settings.CSE_TRIES_PER_ADDRESS = 3
    for number in range(3):
        assert CLOSED in tries(Visitor(), f"RIEN{number}000", "autre")
    visitor = Visitor()
    visitor.post(reverse("users:sign_in"), {"user_code": "RIEN9000"})
    answer = visitor.post(visitor.under_way("users:password"), {"password": "autre"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "15" in answer.content.decode()
    assert not lockout.tries_of(Tries.Kind.PASSWORD, "RIEN9000").exists()
    frozen.tick(timedelta(minutes=15))
    assert CLOSED in tries(Visitor(), "RIEN9000", "autre")


def test_a_class_behind_one_address_signs_in(julie, frozen, settings):
    settings.CSE_TRIES_PER_ADDRESS = 2
    for _person in range(4):
        visitor = Visitor()
        assert tries_code(visitor, gives_password(visitor, julie)) == ""


@pytest.mark.parametrize(
    ("proxies", "said", "seen"),
    [
        (0, "203.0.113.9", "198.51.100.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.1, 203.0.113.9, 192.0.2.4", "203.0.113.9"),
        (1, "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        (1, "not an address", ""),
        (1, "", ""),
    ],
)
def test_whatever_a_visitor_says_of_his_address_is_not_believed(rf, settings, proxies, said, seen):
    settings.CSE_PROXIES = proxies
    request = rf.get("/", headers={"X-Forwarded-For": said}, REMOTE_ADDR="198.51.100.1")
    assert address_of(request) == seen


# --- the present password, within a session -------------------------------------------------------


def test_the_present_password_is_guessed_five_times_at_most_in_an_open_session(julie, frozen):
    visitor = Visitor().sign_in(julie)
    new = "Une phrase toute neuve"
    page = reverse("users:change_password")
    for _time in range(5):
        visitor.post(page, {"present": "autre", "password": new, "again": new})
    refused = visitor.post(page, {"present": PASSWORD, "password": new, "again": new})
    assert "Cinq mots de passe erronés" in refused.content.decode()
    frozen.tick(timedelta(minutes=15))
    visitor.fill(page, present=PASSWORD, password=new, again=new)


def test_an_officers_present_password_is_guessed_five_times_at_most_too(db, frozen):
    officer = make.an_officer(password=PASSWORD)
    visitor = Visitor().sign_in(officer)
    new = "Une phrase toute neuve"
    page = reverse("admin:password_change")
    typed = {"new_password1": new, "new_password2": new}
    for _time in range(5):
        visitor.post(page, typed | {"old_password": "autre"})
    refused = visitor.post(page, typed | {"old_password": PASSWORD})
    assert "Cinq mots de passe erronés" in refused.content.decode()
    frozen.tick(timedelta(minutes=15))
    assert visitor.post(page, typed | {"old_password": PASSWORD}).status_code == 302
