"""A letter says the same as text and as HTML, in its reader's language."""

import re
from html import unescape
from typing import Any

import pytest

from cse_portal.mail import letter
from notices.happenings import NOTICES
from tests import factories as make

pytestmark = pytest.mark.django_db

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


def test_the_code_is_told_apart():
    html = html_of(letter("sign_in_code", to=make.a_user(), **CODES["sign_in_code"]))
    assert re.search(r"<strong[^>]*>1234567</strong>", html)
