"""The pages that say what went wrong: in the theme, in the person's language, with a way on."""

import pytest
from django.db import InterfaceError, OperationalError
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation

from home.errors import too_many_requests
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def failing(monkeypatch, visitor):
    """The home page of a signed-in person fails in that way."""
    visitor.sign_in(make.an_esm()).raise_request_exception = False

    def because(error):
        def fail(*args, **kwargs):
            raise error

        monkeypatch.setattr("home.views.openable", fail)
        return visitor.get(reverse("home"))

    return because


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")], ids=str)
def test_without_its_database_the_portal_says_to_come_back(
    failing, django_assert_num_queries, error
):
    answer = failing(error)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    page = answer.content.decode()
    assert "interrompu pour un moment" in page
    assert "unavailable for a moment" in page
    assert 'href="/fr/accueil/"' in page


def test_a_fault_is_told_in_both_languages_without_its_cause(failing):
    answer = failing(RuntimeError("secret"))
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "Une erreur s’est produite" in page
    assert "Something went wrong" in page
    assert "secret" not in page


@pytest.mark.parametrize(
    ("language", "said"), [("fr", "Attendez 2 minutes"), ("en", "Wait 2 minutes")]
)
def test_too_many_tries_say_when_to_come_back(language, said):
    with translation.override(language):
        request = RequestFactory().get(reverse("landing"))
        answer = too_many_requests(request, seconds=61)
    assert (answer.status_code, answer["Retry-After"]) == (429, "61")
    assert said in answer.content.decode()
