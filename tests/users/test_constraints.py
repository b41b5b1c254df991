"""Each constraint of users's models, broken on purpose twice."""

from datetime import timedelta

import pytest

from cse_portal import clock
from tests import factories as make
from tests.breaks import Break, is_refused_by_postgresql, is_told_by_a_form, names_of
from users.models import EmailChange, SignInCode, Tries

pytestmark = pytest.mark.django_db


def some_tries():
    return make.make(Tries, kind="password", key="TREM1001")


def a_code():
    return make.make(
        SignInCode,
        user=make.a_user(),
        name="0",
        digest="0",
        expires_at=clock.now() + timedelta(minutes=40),
    )


def an_email_change():
    return make.make(
        EmailChange,
        user=make.a_user(),
        new_email="neuve@entreprise.example",
        name="0",
        digest="0",
        expires_at=clock.now() + timedelta(minutes=40),
    )


BREAKS = {
    "email_change_is_tried_at_most_five_times": Break(an_email_change, {"tries": 6}),
    "passwords_are_tried_five_times_at_most": Break(some_tries, {"count": 6}),
    "tries_are_counted_once": Break(
        some_tries, lambda row: {"key": make.make(Tries, kind="password", key="GAGN2001").key}
    ),
    "user_code_is_four_to_twelve_capitals_or_digits": Break(make.a_user, {"user_code": "trem"}),
    "user_extension_is_up_to_four_digits": Break(make.a_user, {"extension": "12a"}),
    "user_has_a_company_unless_an_officer": Break(make.a_user, {"company": None}),
    "user_superuser_is_an_officer": Break(make.an_esm, {"is_superuser": True}),
    "user_language_is_french_or_english": Break(make.a_user, {"language": "de"}),
    "sign_in_code_is_tried_at_most_five_times": Break(a_code, {"tries": 6}),
}


def test_an_officer_belongs_to_no_company():
    broken = Break(make.a_user, {"role": "officer"})
    is_told_by_a_form("user_has_a_company_unless_an_officer", broken)
    is_refused_by_postgresql("user_has_a_company_unless_an_officer", broken)


each_break = pytest.mark.parametrize("name", BREAKS)


def test_no_constraint_is_left_untried():
    assert names_of("users") == BREAKS.keys()


@each_break
def test_a_form_says_so(name):
    is_told_by_a_form(name, BREAKS[name])


@each_break
def test_postgresql_refuses(name):
    is_refused_by_postgresql(name, BREAKS[name])
