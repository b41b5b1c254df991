"""The verification code: seven digits, forty minutes, one use, five tries; by e-mail."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from freezegun import freeze_time

from cse_portal import clock
from cse_portal.companies.tenancy import company_scope
from tests import factories as make
from tests.conftest import Visitor
from tests.together import at_once
from users import actions
from users.models import SignInCode

PASSWORD = "Une phrase dont je me souviens"
NOON = "2026-11-23 17:00:00"


@pytest.fixture
def julie(db):
    return make.a_user(password=PASSWORD)


@pytest.fixture
def issued(julie):
    """A code and its digits."""
    return SignInCode.issue(julie, until=clock.now() + timedelta(minutes=40))


def other_than(digits):
    return f"{(int(digits) + 1) % 10**7:07}"


def digits_in(email):
    (digits,) = re.findall(r"\b[0-9]{7}\b", f"{email.subject}\n{email.body}")
    return digits


@pytest.fixture
def give_password(visitor, julie, mailoutbox):
    """Type user code and password; the digits that were e-mailed."""

    def give_password():
        there = visitor.fill(reverse("users:sign_in"), user_code=julie.user_code)
        assert there == visitor.under_way("users:password")
        there = visitor.fill(there, password=PASSWORD)
        assert there == visitor.under_way("users:code")
        return digits_in(mailoutbox[-1])

    return give_password


def is_signed_in(visitor):
    return visitor.get(reverse("home")).status_code == 200


def errors_of(response):
    return list(response.context_data["form"].errors["code"])


def try_code(visitor, digits):
    return visitor.post(visitor.under_way("users:code"), {"code": digits})


# --- the code itself ------------------------------------------------------------------------------


def test_the_code_has_seven_digits_and_leading_zeros_count(julie, monkeypatch):
    monkeypatch.setattr("users.models.secrets.randbelow", lambda _below: 42)
    code, digits = SignInCode.issue(julie, until=clock.now() + timedelta(minutes=40))
    assert digits == "0000042"
    assert not code.verify_token("42")
    assert code.verify_token("0000042")


def test_the_digits_are_kept_nowhere_in_clear(issued):
    code, digits = issued
    kept = SignInCode.objects.filter(pk=code.pk).values().get()
    assert not [value for value in kept.values() if digits in str(value)]


def test_the_right_code_is_taken_once(issued):
    code, digits = issued
    assert code.verify_token(digits)
    assert not code.verify_token(digits)


def test_another_codes_digits_are_not_taken(julie, issued):
    _code, digits = issued
    other, _digits = SignInCode.issue(make.a_user(), until=clock.now() + timedelta(minutes=40))
    assert not other.verify_token(digits)


def test_the_right_code_is_taken_at_the_fifth_try_and_not_at_the_sixth(issued):
    code, digits = issued
    for _time in range(4):
        assert not code.verify_token(other_than(digits))
    assert code.verify_token(digits)
    late, digits = SignInCode.issue(code.user, until=clock.now() + timedelta(minutes=40))
    for _time in range(5):
        assert not late.verify_token(other_than(digits))
    assert not late.verify_token(digits)


@pytest.mark.parametrize(("seconds", "taken"), [(40 * 60 - 1, True), (40 * 60, False)])
def test_the_code_is_good_for_forty_minutes(julie, mailoutbox, seconds, taken):
    with freeze_time(NOON) as frozen, company_scope(julie.company):
        code = actions.send_sign_in_code(julie)
        assert code
        frozen.tick(timedelta(seconds=seconds))
        assert code.verify_token(digits_in(mailoutbox[0])) is taken


# --- at the same instant --------------------------------------------------------------------------


@pytest.fixture
def copies(transactional_db):
    """One code in many hands: what each browser's request has read of it."""
    code, digits = SignInCode.issue(make.a_user(), until=clock.now() + timedelta(minutes=40))
    return lambda count: ([SignInCode.objects.get(pk=code.pk) for _ in range(count)], digits)


def test_of_twenty_simultaneous_wrong_tries_exactly_five_are_counted(copies, monkeypatch):
    codes, digits = copies(20)
    compared = []
    has_digits = SignInCode.has_digits

    def counted(self, token):
        compared.append(token)
        return has_digits(self, token)

    monkeypatch.setattr(SignInCode, "has_digits", counted)
    tries = at_once(
        *(lambda c=code: c.verify_token(other_than(digits)) for code in codes),
        meet_before='SET "tries"',
        parties=7,
    )
    assert tries == [False] * 20
    assert SignInCode.objects.get().tries == 5
    assert len(compared) == 5


def test_of_eight_simultaneous_right_tries_exactly_one_is_taken(copies):
    codes, digits = copies(8)
    tries = at_once(
        *(lambda c=code: c.verify_token(digits) for code in codes),
        meet_before='SET "confirmed"',
        parties=5,
    )
    assert sorted(tries) == [False] * 7 + [True]


@pytest.mark.django_db(transaction=True)
def test_eight_simultaneous_posts_of_the_right_code_lead_into_one_session(mailoutbox):
    julie = make.a_user(password=PASSWORD)
    visitor = Visitor()
    visitor.fill(reverse("users:sign_in"), user_code=julie.user_code)
    visitor.fill(visitor.under_way("users:password"), password=PASSWORD)
    digits = digits_in(mailoutbox[0])

    def post():
        other_tab = visitor.tab()
        try_code(other_tab, digits)
        return is_signed_in(other_tab)

    assert at_once(*[post] * 8) == [True] * 8
    assert SignInCode.objects.get().confirmed


# --- on the pages ---------------------------------------------------------------------------------


def test_the_code_is_asked_at_each_sign_in(visitor, julie, give_password):
    for _time in range(2):
        digits = give_password()
        assert not is_signed_in(visitor)
        assert try_code(visitor, digits).url == reverse("home")
        assert is_signed_in(visitor)
        visitor.post(reverse("users:sign_out"))
        assert not is_signed_in(visitor)


def test_a_wrong_code_stays_counted_and_keeps_the_door_shut(visitor, give_password):
    digits = give_password()
    for count in range(1, 6):
        assert try_code(visitor, other_than(digits)).status_code == 200
        assert SignInCode.objects.get().tries == count
    assert try_code(visitor, digits).status_code == 200
    assert not is_signed_in(visitor)


@pytest.mark.parametrize("typed", ["", "123456", "12345678", "abcdefg", "١٢٣٤٥٦٧", "1\x00"])
def test_what_is_not_seven_digits_is_reproached_and_costs_no_try(visitor, give_password, typed):
    give_password()
    response = try_code(visitor, typed)
    assert response.context_data["form"].errors["code"]
    assert SignInCode.objects.get().tries == 0


def test_the_code_may_be_typed_with_spaces(visitor, give_password):
    digits = give_password()
    assert try_code(visitor, f" {digits[:3]} {digits[3:]} ").url == reverse("home")


def test_a_right_code_that_comes_too_late_is_not_called_wrong(visitor, give_password):
    with freeze_time(NOON) as frozen:
        digits = give_password()
        wrong = errors_of(try_code(visitor, other_than(digits)))
        frozen.tick(timedelta(minutes=41))
        late = errors_of(try_code(visitor, digits))
    assert late
    assert late != wrong


def test_a_code_that_is_void_meanwhile_leads_back_to_the_first_page(
    visitor, give_password, monkeypatch
):
    digits = give_password()
    verify = SignInCode.verify_token

    def after_a_reset(code, token):
        SignInCode.objects.filter(pk=code.pk).delete()
        return verify(code, token)

    monkeypatch.setattr(SignInCode, "verify_token", after_a_reset)
    assert try_code(visitor, digits).url == reverse("users:sign_in")
    assert not is_signed_in(visitor)


def test_the_code_opens_only_the_sign_in_that_asked_for_it(visitor, give_password, db):
    digits = give_password()
    thief = Visitor()
    assert try_code(thief, digits).status_code == 302
    assert not is_signed_in(thief)
    assert SignInCode.objects.get().tries == 0


def test_a_new_code_is_sent_once_a_minute_and_voids_the_one_before(
    visitor, give_password, mailoutbox
):
    with freeze_time(NOON) as frozen:
        first = give_password()
        frozen.tick(timedelta(seconds=59))
        visitor.fill(visitor.under_way("users:new_code"))
        assert len(mailoutbox) == 1
        frozen.tick(timedelta(seconds=1))
        visitor.fill(visitor.under_way("users:new_code"))
        assert len(mailoutbox) == 2
        second = digits_in(mailoutbox[1])
        assert SignInCode.objects.count() == 1
        if first != second:
            assert try_code(visitor, first).status_code == 200
        assert try_code(visitor, second).url == reverse("home")


def test_the_page_masks_the_address_and_tells_the_remaining_minutes(visitor, julie, give_password):
    with freeze_time(NOON) as frozen:
        give_password()
        frozen.tick(timedelta(minutes=10))
        page = visitor.read(visitor.under_way("users:code"))
    assert julie.masked_email in page
    assert julie.email not in page
    assert re.search(r"\b30\b", page)


def test_an_unknown_user_code_and_a_wrong_password_are_told_alike(visitor, julie):
    told = []
    for user_code, password in ((julie.user_code, "autre chose"), ("INCONNU1", PASSWORD)):
        visitor.fill(reverse("users:sign_in"), user_code=user_code)
        response = visitor.post(visitor.under_way("users:password"), {"password": password})
        told.append(response.context_data["form"].errors.get_json_data())
    assert told[0] == told[1] != {}


@pytest.mark.parametrize("closed", ["person", "company"])
def test_a_suspended_person_is_out_at_the_next_request(visitor, julie, closed):
    visitor.sign_in(julie)
    assert is_signed_in(visitor)
    row = julie if closed == "person" else julie.company
    type(row)._base_manager.filter(pk=row.pk).update(is_active=False)
    assert not is_signed_in(visitor)


def test_without_its_code_a_session_is_no_longer_verified(visitor, julie):
    visitor.sign_in(julie)
    SignInCode.objects.all().delete()
    assert not is_signed_in(visitor)
