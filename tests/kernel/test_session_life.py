"""A session ends after twenty minutes without activity, and after eight hours in any case."""

from datetime import timedelta

import pytest
from django.urls import reverse
from freezegun import freeze_time

from tests import factories as make

pytestmark = pytest.mark.django_db

HOME = "/fr/accueil/"
ENDED = "/fr/session-terminee/"
NOON = "2026-11-23 12:00"


@pytest.fixture
def frozen():
    with freeze_time(NOON) as clock:
        yield clock


@pytest.fixture
def signed_in(frozen, visitor):
    return visitor.sign_in(make.an_esm())


def left(visitor):
    return visitor.get(reverse("users:session")).json()["left"]


def test_twenty_minutes_without_activity_end_it_and_lead_back(signed_in, frozen):
    frozen.tick(timedelta(minutes=19))
    assert signed_in.get(HOME).status_code == 200
    frozen.tick(timedelta(minutes=19, seconds=59))
    assert signed_in.get(HOME).status_code == 200
    frozen.tick(timedelta(minutes=20))
    answer = signed_in.get("/fr/procurations/?page=2")
    assert answer.url.startswith(f"{ENDED}?next=/fr/procurations/%3Fpage%3D2&of=")
    page = signed_in.read(answer.url)
    assert "Votre session est terminée" in page
    assert "/fr/connexion/?next=%2Ffr%2Fprocurations%2F%3Fpage%3D2&amp;of=" in page
    assert "sign-in" not in page


def test_eight_hours_end_it_whatever_the_activity(signed_in, frozen):
    for _quarter in range(8 * 4 - 1):
        frozen.tick(timedelta(minutes=15))
        assert signed_in.get(HOME).status_code == 200
    frozen.tick(timedelta(minutes=15))
    assert signed_in.get(HOME).url.startswith(ENDED)


def test_what_is_sent_after_its_end_changes_nothing_and_leads_back_to_its_page(signed_in, frozen):
    frozen.tick(timedelta(minutes=21))
    page = reverse("users:contact")
    answer = signed_in.post(page, {"language": "en"})
    assert answer.url.startswith(f"{ENDED}?next={page}&of=")


def test_a_page_that_asks_how_long_is_left_is_no_activity(signed_in, frozen):
    frozen.tick(timedelta(minutes=12))
    assert left(signed_in) == 8 * 60
    frozen.tick(timedelta(minutes=8))
    assert signed_in.get(reverse("users:session")).status_code == 302
    assert signed_in.get(HOME).url.startswith(ENDED)


def test_to_stay_signed_in_is_an_activity(signed_in, frozen):
    frozen.tick(timedelta(minutes=19))
    assert signed_in.post(reverse("users:session")).json()["left"] == 20 * 60


def test_unread_messages_are_counted_for_the_page(signed_in):
    person = signed_in.get(HOME).wsgi_request.user
    assert signed_in.get(reverse("users:session")).json()["unread"] == ""
    make.a_message(user=person)
    assert signed_in.get(reverse("users:session")).json()["unread"] == "1 message non lu"


def test_a_public_page_is_read_after_the_end(signed_in, frozen):
    frozen.tick(timedelta(minutes=21))
    assert signed_in.get("/fr/").status_code == 200


def test_an_active_persons_session_is_written_once_a_minute(
    signed_in, frozen, django_assert_max_num_queries
):
    def writes():
        with django_assert_max_num_queries(30) as queries:
            signed_in.get(HOME)
        return [one for one in queries if 'UPDATE "django_session"' in one["sql"]]

    frozen.tick(timedelta(seconds=59))
    assert not writes()
    frozen.tick(timedelta(seconds=1))
    assert writes()
    assert not writes()
