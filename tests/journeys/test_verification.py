"""An acknowledgment is shown to somebody else, who verifies it without signing in."""

import pytest

from tests.journeys.page import Page
from tests.journeys.person import Person
from tests.journeys.procedures import assigns_a_proxy, creates_a_file
from tests.journeys.words import (
    ACKNOWLEDGMENT_NUMBER,
    AUTHENTICITY_CODE,
    CONTINUE,
    NUMBER,
    PROXY_MANAGEMENT,
    REVOKE,
    SUBMIT,
    VERIFY,
    VERIFY_AN_ACKNOWLEDGMENT,
    Said,
)

VIEW = Said("Voir la procuration", "View the proxy")
AUTHENTIC = Said(
    "Cet accusé de réception est authentique.", "This acknowledgment of receipt is authentic."
)
UNKNOWN = Said(
    "Ces renseignements ne correspondent à aucun accusé de réception.",
    "This information matches no acknowledgment of receipt.",
)
IN_FORCE = Said("En vigueur", "Still in force")
HAS_ENDED = Said("A pris fin", "Has ended")
NOT_TO_BE_SAID = ("Aciérie", "Tremblay", "TREM1001", "Nguyen", "Lavallée", "1000000001")


@pytest.fixture
def stranger(language):
    return Person(language)


def on_the_paper(one: Person) -> tuple[str, str]:
    """The number and the code that the acknowledgment shows."""
    number, code = (one.page.rows[label] for label in one.said(NUMBER, AUTHENTICITY_CODE))
    return number, code.split()[0]


def verifies(stranger: Person, number: str, code: str) -> Page:
    stranger.comes_home()
    stranger.follows(VERIFY_AN_ACKNOWLEDGMENT, within="footer")
    stranger.fills({ACKNOWLEDGMENT_NUMBER: number, AUTHENTICITY_CODE: code})
    page = stranger.presses(VERIFY)
    assert not [said for said in NOT_TO_BE_SAID if said in page.text]
    return page


def alert(page: Page) -> str:
    (said,) = page.alerts
    return said


def test_the_acknowledgment_of_an_assigned_proxy_holds_until_the_proxy_is_revoked(
    marie, internal_proxy, stranger
):
    assigns_a_proxy(marie)
    marie.presses(SUBMIT)
    paper = on_the_paper(marie)
    assert alert(verifies(stranger, *paper)) == " ".join(stranger.said(AUTHENTIC, IN_FORCE))

    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.follows(VIEW, within="table")
    marie.presses(REVOKE)
    marie.presses(CONTINUE)
    marie.presses(SUBMIT)
    assert alert(verifies(stranger, *paper)) == " ".join(stranger.said(AUTHENTIC, HAS_ENDED))
    revoked = on_the_paper(marie)
    assert alert(verifies(stranger, *revoked)) == stranger.words(AUTHENTIC)


def test_a_number_with_the_code_of_another_acknowledgment_is_none(marie, stranger):
    papers: list[tuple[str, str]] = []
    for first_name in ("Zoé", "Léa"):
        creates_a_file(marie, first_name=first_name, email=f"{len(papers)}@acierie.example")
        marie.presses(SUBMIT)
        papers.append(on_the_paper(marie))
    (number, code), (other_number, other_code) = papers
    for wrong in ((number, other_code), (other_number, code), (number, code[:-1] + "?")):
        assert alert(verifies(stranger, *wrong)) == stranger.words(UNKNOWN)
    asked = verifies(stranger, number.lower().replace("-", " "), code.lower().replace("-", ""))
    assert alert(asked) == " ".join(stranger.said(AUTHENTIC, IN_FORCE))


def test_the_acknowledgment_says_where_it_is_verified(marie, settings):
    settings.PORTAL_URL = "https://cse.example"
    creates_a_file(marie)
    marie.presses(SUBMIT)
    address = {"fr": "https://cse.example/fr/verifier/", "en": "https://cse.example/en/verify/"}
    assert address[marie.language] in marie.page.text
    marie.follows(address[marie.language])
    assert marie.words(ACKNOWLEDGMENT_NUMBER) in marie.page.labels
