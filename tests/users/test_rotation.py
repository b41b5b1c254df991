"""Two machines that change the secret key one after the other: nobody notices it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

import pytest
from django.contrib.messages import get_messages
from django.core import mail
from django.test import override_settings
from django.urls import reverse

from cse_portal import clock
from cse_portal.web import session_life
from tests import factories as make
from tests.conftest import Visitor
from tests.together import at_once
from tests.users.test_verification_code import digits_in
from users import lockout
from users.models import EmailChange, SignInCode, Tries, User

pytestmark = pytest.mark.django_db

PASSWORD = "Une phrase dont je me souviens"
OLD, NEW = "o" * 50, "n" * 50
#: the keys of machine A and of machine B, the first of each being the one that it writes with
PHASES = {
    "A knows the new key": ([OLD, NEW], [OLD]),
    "both know it": ([OLD, NEW], [OLD, NEW]),
    "A writes with it": ([NEW, OLD], [OLD, NEW]),
    "both write with it": ([NEW, OLD], [NEW, OLD]),
    "A forgets the old one": ([NEW], [NEW, OLD]),
}
each_phase = pytest.mark.parametrize("phase", PHASES)


def at(keys: Sequence[str]) -> AbstractContextManager[object]:
    """What is done on a machine that has these keys."""
    return override_settings(SECRET_KEY=keys[0], SECRET_KEY_FALLBACKS=list(keys[1:]))


def both_ways(phase):
    """Each of the two machines first, then the other."""
    a, b = PHASES[phase]
    return ((a, b), (b, a))


def signed_in_at(keys: Sequence[str], person: User) -> Visitor:
    with at(keys):
        return Visitor().sign_in(person)


@each_phase
def test_nobody_is_signed_out_nor_given_another_session(phase):
    a, b = PHASES[phase]
    visitors = [signed_in_at((a, b)[n % 2], make.an_esm()) for n in range(6)]
    keys = [visitor.cookies["sessionid"].value for visitor in visitors]
    for machine in (a, b, a, b):
        with at(machine):
            for visitor in visitors:
                assert visitor.get(reverse("home")).status_code == 200
    assert [visitor.cookies["sessionid"].value for visitor in visitors] == keys


def test_a_session_lasts_through_all_phases_while_it_is_saved_on_each_machine(monkeypatch):
    visitors = [signed_in_at([OLD], make.an_esm()) for _one in range(2)]
    monkeypatch.setattr(session_life, "SAVED_EVERY", 0)
    for phase in list(PHASES)[:-1]:
        for machine in PHASES[phase]:
            for visitor in visitors:
                with at(machine):
                    assert visitor.get(reverse("home")).status_code == 200, phase


@pytest.mark.django_db(transaction=True)
def test_pages_asked_for_at_once_keep_the_session_while_one_machine_writes_with_the_new_key():
    visitor = signed_in_at([OLD], make.an_esm())
    with at([NEW, OLD]):
        found = at_once(*[lambda: visitor.tab().get(reverse("home")).status_code for _tab in "abc"])
        assert found == [200] * 3
        assert visitor.get(reverse("home")).status_code == 200


def test_a_session_still_ends_with_its_password():
    esm = make.an_esm()
    visitor = signed_in_at([OLD], esm)
    User._base_manager.filter(pk=esm.pk).update(password="md5$x$y")
    for machine in ([NEW, OLD], [OLD, NEW]):
        with at(machine):
            assert visitor.tab().get(reverse("home")).status_code == 302


@each_phase
def test_a_sign_in_goes_on_on_the_other_machine(phase):
    for first, second in both_ways(phase):
        esm, visitor = make.an_esm(password=PASSWORD), Visitor()
        with at(first):
            visitor.fill(reverse("users:sign_in"), user_code=esm.user_code)
        with at(second):
            visitor.fill(visitor.under_way("users:password"), password=PASSWORD)
        with at(first):
            there = visitor.fill(visitor.under_way("users:code"), code=digits_in(mail.outbox[-1]))
            assert there == reverse("home")
        with at(second):
            assert visitor.get(there).status_code == 200


@each_phase
def test_what_was_read_on_one_machine_is_transmitted_on_the_other(phase):
    for first, second in both_ways(phase):
        visitor = signed_in_at(first, make.an_esm())
        with at(first):
            check = visitor.fill(reverse("create-user-file-start"), **make.A_PERSON)
            seal = visitor.seal(check)
        with at(second):
            assert "/accuse" in visitor.fill(check, seal=seal)


@each_phase
def test_a_message_left_by_one_machine_is_shown_by_the_other(phase):
    for first, second in both_ways(phase):
        visitor = signed_in_at(first, make.an_esm())
        with at(first):
            visitor.fill(reverse("users:sessions"), end="others")
        with at(second):
            answer = visitor.get(reverse("users:sessions"))
        assert len(list(get_messages(answer.wsgi_request))) == 1


@each_phase
def test_a_code_for_a_new_address_is_known_to_the_other(phase):
    for first, second in both_ways(phase):
        change = EmailChange(user_id=17, new_email="z@y.example")
        with at(first):
            change.set_digits("1234567")
        with at(second):
            assert change.has_digits("1234567")
            assert not change.has_digits("1234568")


@each_phase
def test_the_way_back_of_a_session_that_ended_is_the_persons_on_the_other(phase):
    for first, second in both_ways(phase):
        with at(first):
            mark = session_life.mark_of(17)
        with at(second):
            assert session_life.is_mark_of(mark, 17)
            assert not session_life.is_mark_of(mark, 18)


@pytest.mark.parametrize("turn", [0, 1])
def test_five_tries_are_five_whichever_machine_counts_them_in_whichever_phase(turn):
    counted = [
        lockout_at(PHASES[phase][(turn + n) % 2], "TREM1001") for n, phase in enumerate(PHASES)
    ]
    assert counted == [1, 2, 3, 4, 5]
    for machine in PHASES["A forgets the old one"]:
        with at(machine):
            assert lockout.is_closed(Tries.Kind.PASSWORD, "TREM1001")
            assert lockout.count_try(Tries.Kind.PASSWORD, "TREM1001") == 0


def lockout_at(keys: Sequence[str], user_code: str) -> int:
    with at(keys):
        return lockout.count_try(Tries.Kind.PASSWORD, user_code)


def test_a_right_password_gives_back_the_tries_of_every_key():
    for machine in ([OLD, NEW], [NEW, OLD]):
        for _try in range(2):
            lockout_at(machine, "TREM1001")
    with at([NEW, OLD]):
        lockout.uncount_try(Tries.Kind.PASSWORD, "TREM1001")
        assert set(Tries.objects.values_list("count", flat=True)) == {3}
        lockout.reset_tries(Tries.Kind.PASSWORD, "TREM1001")
    assert set(Tries.objects.values_list("count", flat=True)) == {0}


@pytest.mark.django_db(transaction=True)
def test_of_forty_tries_at_once_on_both_machines_five_are_looked_at():
    """Each has both rows to lock: in one order, or they would wait for each other."""

    def tries():
        return lockout.count_try(Tries.Kind.PASSWORD, "TREM1001")

    with at([NEW, OLD]):
        assert sorted(at_once(*[tries] * 40)) == [0] * 35 + [1, 2, 3, 4, 5]


def test_a_key_that_no_machine_knows_any_more_opens_nothing():
    esm = make.an_esm()
    visitor = signed_in_at([OLD], esm)
    with at([OLD]):
        code, digits = SignInCode.issue(esm, until=clock.now())
    with at([NEW]):
        assert visitor.get(reverse("home")).status_code == 302
        assert not code.has_digits(digits)
