"""The first page of the sign-in: whatever is typed as a user code is bounded as it is kept."""

import pytest
from django.urls import reverse

from tests.conftest import Visitor
from tests.sweeps.html import main_of

pytestmark = pytest.mark.django_db

#: letters of which each becomes several in capitals
GROWS = ["\u0390" * 40, "\ufb03" * 20, "\u00df" * 21, "\u1fb7" * 14]


@pytest.mark.parametrize("typed", GROWS)
@pytest.mark.parametrize(
    ("language", "said"), [("fr", "pour 40 au plus"), ("en", "for 40 at most")], ids=["fr", "en"]
)
def test_a_user_code_that_grows_in_capitals_is_refused_beside_its_field(typed, language, said):
    address = {"fr": "/fr/connexion/", "en": "/en/sign-in/"}[language]
    answer = Visitor().post(address, {"user_code": typed})
    assert answer.status_code == 200
    page = main_of(answer.content.decode())
    assert said in page.complaint("user_code")
    assert page.shown_in("user_code") == [typed]


@pytest.mark.parametrize("typed", ["\u0390" * 13, "\u00df" * 20, "trem1001"])
def test_one_that_fits_in_capitals_is_tried_like_any_other(typed):
    visitor = Visitor()
    there = visitor.fill(reverse("users:sign_in"), user_code=typed)
    answer = visitor.post(there, {"password": "x"})
    assert answer.status_code == 200
    assert "le mot de passe est incorrect" in answer.content.decode()
