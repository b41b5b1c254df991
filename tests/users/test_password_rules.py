"""Passwords: at least twelve characters, not common, not like the name or code; nothing more."""

import pytest
from django.test import override_settings

from cse_portal import settings as portal
from tests import factories as make
from users.forms import OwnPasswordForm

pytestmark = pytest.mark.django_db


@pytest.fixture
def marie():
    return make.a_user(
        user_code="TREM1001",
        family_name="Beaulieu-Tremblay",
        first_name="Marie-Antoinette",
        email="comptabilite.generale@acierie.example",
    )


@pytest.mark.parametrize(
    "password",
    [
        "xkqzvbnmwrtp",  # twelve letters, no capital, no digit
        "583920174655",  # all digits: there are no composition rules
        "neige sur le fjord",
        "ça gèle à Pékuakami",
        "  deux espaces  ",
        "ᐃᓄᒃᑎᑐᑦ ᐃᓄᒃᑎᑐᑦ",
        "z" * 12 + "yx" * 58,
    ],
)
def test_a_long_uncommon_password_is_taken_as_it_is(marie, password):
    form = OwnPasswordForm({"password": password, "again": password}, user=marie)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["password"] == password


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("xkqzvbnmwrt", "password_too_short"),
        ("", "required"),
        ("qwerty123456", "password_too_common"),
        ("beaulieu-tremblay", "password_too_similar"),
        ("Beaulieu-Tremblay1", "password_too_similar"),
        ("marie-antoinette", "password_too_similar"),
        ("TREM1001TREM", "password_too_similar"),
        ("comptabilite.generale", "password_too_similar"),
        ("trem1001-trem1001", "password_too_similar"),
        ("un fjord et TREM1001", "password_too_similar"),
        ("mon chien bèaulieu tremblay dort", "password_too_similar"),
    ],
)
def test_a_short_a_common_or_a_telling_password_is_refused(marie, password, code):
    form = OwnPasswordForm({"password": password, "again": password}, user=marie)
    codes = {error.code for error in form.errors.as_data().get("password", [])}
    assert codes == {code}


def test_a_password_longer_than_can_be_hashed_in_reason_is_refused(marie):
    password = "x" * 10_000
    form = OwnPasswordForm({"password": password, "again": password}, user=marie)
    assert form.errors["password"]


def test_passwords_are_kept_by_argon2():
    assert portal.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")
    with override_settings(PASSWORD_HASHERS=portal.PASSWORD_HASHERS):
        assert make.a_user(password="neige sur le fjord").password.startswith("argon2$argon2id")
