"""A kind that this version does not know, or facts that do not fit: neutral words, never an error.

A newer version wrote the rows; then the version before came back.
"""

import csv
import io
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import translation

from cse_portal.companies.tenancy import across_companies
from notices import letters
from notices.happenings import HAPPENINGS, NOTICES, Happening
from notices.models import Event, Message
from tests import factories as make

pytestmark = pytest.mark.django_db

LATER = "proxy.frozen"
WORDS = {
    "fr": {
        "title": "Autre événement",
        "sentence": "Cette version du portail ne sait pas décrire ce qui s’est produit.",
        "subject": "Un événement touchant votre compte",
        "text": "Cette version du portail ne peut pas montrer les détails de ce message.",
        "advice": "Votre page d’accueil montre la situation actuelle.",
    },
    "en": {
        "title": "Other event",
        "sentence": "This version of the portal cannot describe what happened.",
        "subject": "What happened to your account",
        "text": "This version of the portal cannot show the details of this message.",
        "advice": "Your home page shows the present situation.",
    },
}
each_language = pytest.mark.parametrize("language", ["fr", "en"])
#: facts of a row that no version of the portal should have written
ODD_FACTS: list[Any] = [
    {},
    [],
    None,
    "x",
    3,
    {"proxy": "IQEA", "mandator": "Aciérie", "ends_on": "tomorrow"},
    {"proxy": "IQEA", "mandator": "Aciérie", "ends_on": 20290101},
    {"proxy": "IQEA", "mandator": "Aciérie", "ends_on": None},
    {"proxy": ["%s"], "ends_on": {}},
    {"ministry_fr": ["x"], "reason_en": 4, "_on": "", "_fr": None},
]


@pytest.fixture
def esm():
    return make.an_esm(family_name="Tremblay", first_name="Marie")


def page(name, language, **keys):
    with translation.override(language):
        return reverse(name, kwargs=keys)


@each_language
def test_the_history_and_its_file_use_neutral_words(visitor, esm, language):
    make.an_event(company=esm.company, by=esm, kind=LATER, facts={"day_on": "2029-01-01"})
    visitor.sign_in(esm)
    words = WORDS[language]
    assert words["sentence"] in visitor.read(page("notices:history", language))
    narrowed = page("notices:history", language) + "?kind=proxy"
    assert words["sentence"] in visitor.read(narrowed)
    text = visitor.get(page("notices:history_file", language)).content.decode("utf-8-sig")
    (*_header, row) = csv.reader(io.StringIO(text), delimiter=";" if language == "fr" else ",")
    assert row[1:4] == [words["sentence"], words["title"], f"Marie Tremblay ({esm.user_code})"]


@each_language
@pytest.mark.parametrize("kind", ["user", "esm"])
def test_the_inbox_and_the_message_use_neutral_words(visitor, language, kind):
    reader = make.an_esm() if kind == "esm" else make.a_user()
    message = make.a_message(user=reader, kind=LATER)
    visitor.sign_in(reader)
    words = WORDS[language]
    visitor.read(page("home", language))
    assert words["subject"] in visitor.read(page("notices:messages", language))
    shown = visitor.read(page("notices:message", language, pk=message.pk))
    assert all(words[part] in shown for part in ("subject", "text", "advice"))
    assert f'<a href="{page("home", language)}">' in shown


@each_language
def test_the_officer_reads_neutral_words(visitor, language):
    event = make.an_event(kind=LATER)
    known = make.an_event()
    visitor.sign_in(make.an_officer(is_superuser=True))
    everything = page("admin:notices_event_changelist", language)
    assert WORDS[language]["title"] in visitor.read(everything)
    shown = visitor.read(page("admin:notices_event_change", language, object_id=event.pk))
    assert WORDS[language]["title"] in shown
    with across_companies(because="a test reads of which company it is"):
        number = event.company.identification_number
    only = visitor.read(f"{everything}?q={number}&kind={LATER}")
    assert WORDS[language]["sentence"] in only
    assert known.facts["code"] not in only


@each_language
def test_the_letter_leaves_in_neutral_words(language):
    make.a_message(user=make.a_user(language=language), kind=LATER, about="thing:1")
    other = make.a_message()
    assert letters.send_all_due() == {"sent": 2}
    assert other.subject == mail.outbox[1].subject
    letter = mail.outbox[0]
    words = WORDS[language]
    assert letter.subject == words["subject"]
    assert words["text"] in letter.body
    assert words["advice"] in letter.body


def test_odd_facts_do_not_stop_the_sender():
    stored = [facts for facts in ODD_FACTS if facts is not None]
    for facts in stored:
        message = make.a_message()
        Message._base_manager.filter(pk=message.pk).update(facts=facts)
    assert letters.send_all_due() == {"sent": len(stored)}
    assert len(mail.outbox) == len(stored)


@each_language
@pytest.mark.parametrize("facts", ODD_FACTS, ids=str)
def test_odd_facts_are_read_in_neutral_words(language, facts):
    with translation.override(language):
        for kind in HAPPENINGS:
            assert "%(" not in str(Event(kind=kind, facts=facts))
        given = Event(kind="proxy.given", facts=facts)
        assert str(given) == {"fr": "Procuration donnée.", "en": "Proxy given."}[language]
        assigned = Message(kind="assignment.made", facts=facts)
        assert assigned.text == WORDS[language]["text"]
        for kind in NOTICES:
            message = Message(kind=kind, facts=facts)
            assert "%(" not in message.subject + message.text + message.advice


def test_a_kind_is_declared_once():
    with pytest.raises(ValueError, match=r"proxy\.given is declared twice"):
        Happening("proxy.given", "Again", "Again.")
