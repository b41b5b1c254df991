"""A letter says the same as text and as HTML, in its reader's language."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from cse_portal.mail import letter
from notices.happenings import NOTICES
from tests import factories as make

pytestmark = pytest.mark.django_db

PROJECT = Path(__file__).parents[2]
FACTS = {
    **dict.fromkeys(("company", "mandator", "agent"), "Aciérie Boréale inc."),
    "acronym": "MELCCFP",
    "telephone": "418 555-0121",
    "proxy": "IQEA",
    "ends_on": "2029-11-22",
    "ministry_fr": "Ministère",
    "ministry_en": "Department",
    "reason_fr": "Non.",
    "reason_en": "No.",
}
CODES: dict[str, dict[str, Any]] = {
    "sign_in_code": {"digits": "1234567", "minutes": 40},
    "email_change_code": {"digits": "1234567", "minutes": 40},
    "sign_in_closed": {"minutes": 15},
    "codes_closed": {"minutes": 15},
    "password_changed": {},
    "password_replaced": {},
    "email_changed": {"new_email": "neuve@entreprise.example"},
}


def html_of(email):
    (part,) = email.alternatives
    assert part.mimetype == "text/html"
    return part.content


def seen(html):
    """The words of a page, without what its tags are."""
    body = re.sub(r"<head>.*?</head>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def letters(language):
    """One of each kind."""
    reader = make.a_user(language=language)
    for kind in NOTICES:
        yield make.a_message(user=reader, kind=kind, facts=FACTS).as_email()
    for template, said in CODES.items():
        yield letter(template, to=reader, **said)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_letter_says_the_same_in_both_its_parts(language):
    for email in letters(language):
        html = html_of(email)
        words = seen(html)
        assert f'<html lang="{language}">' in html
        assert seen(f"<h1>{email.subject}</h1>") in words
        lines = [" ".join(line.split()) for line in str(email.body).splitlines()]
        for line in lines:
            if line and line != "--":
                squeezed = line.replace(" ", "")
                assert squeezed in words.replace(" ", ""), (email.subject, line)


def test_a_letter_asks_for_nothing_and_needs_no_image():
    for email in letters("fr"):
        html = html_of(email)
        assert not re.search(r"<(img|link|script|iframe|object)|url\(|@import", html)
        assert set(re.findall(r'href="(https?://[^/"]+)', html)) <= {"http://127.0.0.1:8000"}
        assert email.message()["Auto-Submitted"] == "auto-generated"


def test_names_are_words_and_never_tags():
    reader = make.a_user()
    facts = FACTS | {"proxy": '<a href="https://autre.example">IQEA</a> & "co"'}
    email = make.a_message(user=reader, kind="assignment.made", facts=facts).as_email()
    html = html_of(email)
    assert "autre.example" not in re.sub(r"&lt;.*?&gt;", "", html)
    assert "&lt;a href=" in html
    assert '<a href="https://autre.example">IQEA</a> & "co"' in str(email.body)


@pytest.fixture
def reader():
    """Somebody whose company's name and user code look like a verification code."""
    company = make.a_company(name="7654321 Québec inc.", identification_number="1234567890")
    return make.a_user(company=company, user_code="7654321")


@pytest.mark.parametrize("template", ["sign_in_code", "email_change_code"])
def test_the_code_is_told_apart_and_nothing_else_is(reader, template):
    html = html_of(letter(template, to=reader, **CODES[template]))
    assert re.findall(r"<strong[^>]*>(.*?)</strong>", html) == ["1234567"]


def test_a_letter_without_a_code_marks_none(reader):
    facts = FACTS | {"mandator": "7654321 Québec inc.", "proxy": "IQEA 1234567"}
    for kind in NOTICES:
        message = make.a_message(user=reader, kind=kind, facts=facts)
        assert "<strong" not in html_of(message.as_email())
    for template in CODES.keys() - {"sign_in_code", "email_change_code"}:
        assert "<strong" not in html_of(letter(template, to=reader, **CODES[template]))


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("fr", "Cette lettre concerne le code d’utilisateur TREM1001, de l’entreprise Aciers inc."),
        ("en", "This letter is about the user code TREM1001 of Aciers inc."),
    ],
)
def test_every_letter_says_for_which_user_code_and_which_company_it_is(language, says):
    """A person may have a file at several companies, and one mailbox for all of them."""
    company = make.a_company(name="Aciers inc.", identification_number="1000000009")
    person = make.a_user(company=company, user_code="TREM1001", language=language)
    emails = [
        *(make.a_message(user=person, kind=kind, facts=FACTS).as_email() for kind in NOTICES),
        *(letter(template, to=person, **said) for template, said in CODES.items()),
    ]
    for email in emails:
        assert f"{says} (1000000009).\n" in str(email.body), email.subject


def test_an_officers_letter_names_the_user_code_alone():
    officer = make.an_officer(user_code="OFFICIER", language="en")
    email = letter("codes_closed", to=officer, **CODES["codes_closed"])
    assert "This letter is about the user code OFFICIER.\n" in str(email.body)


def test_every_template_of_a_letter_is_tried_here():
    named = {path.stem for path in (PROJECT / "templates" / "mail").glob("*.txt")}
    assert named == {*CODES, "message", "greeting", "signature"}
