"""Pages that everybody may read: what this is, how it goes, what is kept, whom to ask."""

import re

import pytest
from django.urls import reverse
from django.utils import translation

from home.glossary import GLOSSARY
from sandbox.demo_companies import COMPANIES, OFFICER
from tests import factories as make
from tests.journeys.words import LANGUAGES

pytestmark = pytest.mark.django_db

PAGES = ("help", "accessibility", "conditions", "contact")


def read(client, name, language):
    with translation.override(language):
        answer = client.get(reverse(name))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_public_page_shows_the_four_steps_as_a_picture_that_is_read_aloud(client, language):
    page = read(client, "landing", language)
    said = {"fr": "Les quatre étapes, dans l’ordre", "en": "The four steps, in their order"}
    pictures = re.findall(r'<svg [^>]*role="img" aria-label="([^"]+)"', page)
    assert len(pictures) == 2  # one for a wide page, one for a phone
    assert all(label.startswith(said[language]) for label in pictures)


def test_the_people_of_the_simulation_each_have_their_way_in(client):
    page = read(client, "landing", "fr")
    codes = {person.user_code for company in COMPANIES for person in company.people} | {OFFICER}
    assert set(re.findall(r'href="/fr/connexion/\?as=([A-Z0-9]+)"', page)) == codes


@pytest.mark.parametrize(
    ("asked", "shown"), [("TREM1001", 'value="TREM1001"'), ('"><b>', ""), ("TREM1001\n", "")]
)
def test_a_card_fills_in_the_user_code_and_nothing_else_does(client, asked, shown):
    page = client.get("/fr/connexion/", {"as": asked}).content.decode()
    assert ('value="TREM1001"' in page) is bool(shown)
    assert "<b>" not in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_leads_to_the_public_ones_and_they_ask_nothing(client, name, language):
    page = read(client, name, language)
    with translation.override(language):
        assert all(f'href="{reverse(other)}"' in page for other in PAGES)
    assert "<form" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_glossary_has_every_term_in_both_languages(client, language):
    page = read(client, "help", language)
    for term in GLOSSARY:
        assert f'id="term-{term.anchor}"' in page
        assert term.french in page
        assert term.english in page
    anchors = re.findall(r'id="term-([a-z-]+)"', page)
    assert len(anchors) == len(set(anchors)) == len(GLOSSARY)


def test_whom_to_write_to_is_a_setting_and_is_silent_without_one(client, settings):
    settings.CSE_CONTACT_EMAIL = "formation@ministere.example"
    assert "mailto:formation@ministere.example" in read(client, "contact", "fr")
    settings.CSE_CONTACT_EMAIL = ""
    assert "mailto:" not in read(client, "contact", "fr")


def test_the_departments_that_take_registrations_are_listed_with_their_telephone(client):
    taken = make.a_ministry(telephone="418 555-0177")
    closed = make.a_ministry(telephone="418 555-0178", is_offered=False)
    page = read(client, "contact", "fr")
    assert taken.telephone in page
    assert closed.telephone not in page
