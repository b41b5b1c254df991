"""Past what the machines carry, requests are refused early: nothing done, and it is said."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from django.urls import reverse

from cse_portal.models import Draft
from cse_portal.web import overload
from tests import factories as make
from tests.conftest import Visitor
from users.models import Tries

pytestmark = pytest.mark.django_db
PASSWORD = "Une phrase dont je me souviens"


@pytest.fixture(autouse=True)
def behind_a_proxy(settings):
    settings.CSE_PROXIES = 1


def waited(seconds: float) -> dict[str, str]:
    return {"HTTP_X_REQUEST_START": f"t={time.time() - seconds:.3f}"}


def test_what_has_stood_in_line_for_too_long_is_refused_in_both_languages(client):
    answer = client.get(reverse("users:sign_in"), **waited(5))
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    page = answer.content.decode()
    assert "Le portail est très sollicité en ce moment" in page
    assert "The portal is very busy at the moment" in page
    assert 'href="/fr/accueil/"' in page


def test_nothing_of_it_is_done(visitor):
    esm = make.an_esm()
    visitor.sign_in(esm)
    typed = {"family_name": "Roy"}
    refused = visitor.post(reverse("create-user-file-start"), typed, **waited(60))
    assert refused.status_code == 503
    assert not Draft._base_manager.exists()


@pytest.mark.parametrize(
    "said",
    [{}, {"HTTP_X_REQUEST_START": "hier"}, {"HTTP_X_REQUEST_START": "t=nan"}],
    ids=["not said", "unreadable", "no number"],
)
def test_what_is_not_known_to_wait_is_served(client, said):
    assert client.get(reverse("users:sign_in"), **said).status_code == 200


def test_what_has_waited_for_less_is_served(client):
    assert client.get(reverse("users:sign_in"), **waited(3)).status_code == 200


def test_what_a_visitor_writes_himself_counts_for_nothing(client, settings):
    settings.CSE_PROXIES = 0
    assert client.get(reverse("users:sign_in"), **waited(9)).status_code == 200


@contextmanager
def all_taken(place: Callable[[], Any], places: int) -> Iterator[None]:
    leave, ready = Event(), []

    def stay(taken: Event) -> None:
        with place():
            taken.set()
            leave.wait(10)

    for _place in range(places):
        taken = Event()
        thread = Thread(target=stay, args=(taken,))
        thread.start()
        assert taken.wait(10)
        ready.append(thread)
    try:
        yield
    finally:
        leave.set()
        for thread in ready:
            thread.join()


@pytest.fixture
def all_places_taken(monkeypatch):
    monkeypatch.setattr(overload, "LONGEST_WAIT", 0.01)
    with all_taken(overload.place_to_compare, overload.PLACES):
        yield


def sign_in(user) -> int:
    person = Visitor()
    person.post(reverse("users:sign_in"), {"user_code": user.user_code})
    return person.post(person.under_way("users:password"), {"password": PASSWORD}).status_code


def test_a_password_that_finds_no_place_is_not_looked_at_nor_counted(all_places_taken):
    julie = make.a_user(password=PASSWORD)
    assert sign_in(julie) == 503
    assert not Tries.objects.exists()


def test_a_place_is_free_again_whatever_was_answered():
    julie = make.a_user(password=PASSWORD)
    for _time in range(overload.PLACES + 1):
        with pytest.raises(ValueError, match="anything"), overload.place_to_compare():
            raise ValueError("anything")
    assert sign_in(julie) == 302


# --- officers -------------------------------------------------------------------------------------


def test_officers_who_find_no_place_are_refused_and_companies_people_are_not(monkeypatch):
    monkeypatch.setattr(overload, "LONGEST_WAIT", 0.01)
    officer, esm = Visitor().sign_in(make.an_officer()), Visitor().sign_in(make.an_esm())
    desk = reverse("admin:index")
    with all_taken(overload.place_for_officer, overload.PLACES_FOR_OFFICERS):
        answer = officer.get(desk)
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "très sollicité" in answer.content.decode()
        assert esm.get(reverse("home")).status_code == 200
    assert officer.get(desk).status_code == 200
