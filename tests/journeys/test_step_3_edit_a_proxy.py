"""Step 3, « Modifier »: a proxy in force gets a later end, other words or other rights."""

import pytest

from tests.journeys.conftest import a_proxy_for_iqea, company
from tests.journeys.person import Person
from tests.journeys.procedures import DESCRIBED, edits_a_proxy
from tests.journeys.words import (
    ACCESS_RIGHTS,
    AGENT,
    BACK,
    CHECK_BEFORE,
    CONTINUE,
    CORRECT,
    DESCRIPTION,
    EDIT,
    END_DATE,
    EXTERNAL,
    INTERNAL,
    LAST_DAY_IN_WORDS,
    MANDATOR,
    MELCCFP,
    OPERATOR_RIGHT,
    PHOSPHORUS,
    PROXY,
    PROXY_MANAGEMENT,
    REVENU_QUEBEC,
    STEP,
    SUBMIT,
    TYPE_OF_PROXY,
    VERIFICATION,
    WITH_RESTRICTION,
    WITHOUT_RESTRICTION,
    Said,
)

EDIT_A_PROXY = Said("Modifier une procuration", "Edit a proxy")
EDITED = "IQEA – usine de Sorel"
CHOOSE_IN_THE_LIST = Said(
    "Choisissez une procuration en vigueur dans la liste.", "Choose a proxy in force in the list."
)
HAS_EXPIRED = Said(
    "Cette procuration est expirée : seule une nouvelle peut la remplacer.",
    "This proxy has expired: it is replaced by a new one.",
)

pytestmark = pytest.mark.usefixtures("internal_proxy")


def trail(person: Person, page: Said) -> list[str]:
    title = person.words(EDIT_A_PROXY)
    return [person.words(STEP, number=3, title=title), person.words(page)]


@pytest.fixture
def at_the_proxy(marie: Person) -> Person:
    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.picks(DESCRIBED)
    marie.presses(EDIT)
    return marie


def test_edit_without_a_choice_says_to_choose(marie):
    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.presses(EDIT)
    assert marie.page.reproaches == marie.said(CHOOSE_IN_THE_LIST)


def test_the_proxy_is_shown_as_it_is_today(at_the_proxy):
    page = at_the_proxy.page
    assert page.heading == at_the_proxy.words(PROXY)
    assert page.trail == trail(at_the_proxy, PROXY)
    assert page.rows == {
        at_the_proxy.words(MANDATOR): "Aciérie Boréale inc. 1000000001",
        at_the_proxy.words(TYPE_OF_PROXY): at_the_proxy.words(INTERNAL),
    }
    assert page.labels == at_the_proxy.said(END_DATE, DESCRIPTION, ACCESS_RIGHTS)
    assert page.answer(at_the_proxy.words(END_DATE)) == "2029-11-22"
    assert page.answer(at_the_proxy.words(DESCRIPTION)) == DESCRIBED
    granted = page.choices(at_the_proxy.words(ACCESS_RIGHTS))[0]
    assert granted == " ".join(at_the_proxy.said(MELCCFP, WITH_RESTRICTION, OPERATOR_RIGHT))
    assert page.buttons[-3:] == at_the_proxy.said(EDIT, CONTINUE, BACK)


def test_the_agent_of_an_external_proxy_is_shown_and_cannot_be_changed(marie, aciery):
    a_proxy_for_iqea(aciery, agent=company("1000000002"), description="Consultant")
    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.picks("Consultant")
    marie.presses(EDIT)
    assert marie.page.rows[marie.words(AGENT)] == "Conseils Air Pur inc. 1000000002"
    assert marie.page.rows[marie.words(TYPE_OF_PROXY)] == marie.words(EXTERNAL)
    assert marie.page.labels == marie.said(END_DATE, DESCRIPTION, ACCESS_RIGHTS)


def test_the_words_of_a_proxy_can_be_changed(marie):
    edits_a_proxy(marie)
    page = marie.page
    assert page.heading == marie.words(CHECK_BEFORE)
    assert page.trail == trail(marie, VERIFICATION)
    assert page.rows[marie.words(DESCRIPTION)] == EDITED
    assert page.rows[marie.words(END_DATE)] == marie.words(LAST_DAY_IN_WORDS)
    assert (
        marie.words(
            Said(f"Description : {DESCRIBED} → {EDITED}", f"Description: {DESCRIBED} → {EDITED}")
        )
        in page.text
    )
    assert page.buttons == marie.said(SUBMIT, CORRECT)
    marie.presses(SUBMIT)
    assert marie.page.heading == marie.words(PROXY_MANAGEMENT)
    assert marie.page.line(EDITED)


def test_before_it_expires_a_proxy_is_extended_and_three_years_count_from_that_day(marie, time):
    time.move_to("2027-05-03T14:00:00Z")
    marie.browser.sign_in(marie.user)
    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.picks(DESCRIBED)
    marie.presses(EDIT)
    marie.fills({END_DATE: "2030-05-03"})
    marie.presses(CONTINUE)
    assert "2030-05-02" in marie.page.reproach_beside(marie.words(END_DATE))
    marie.fills({END_DATE: "2030-05-02"})
    marie.presses(CONTINUE)
    marie.presses(SUBMIT)
    assert marie.page.line(DESCRIBED)[3] == marie.words(Said("2 mai 2030", "May 2, 2030"))


def test_rights_can_be_added_at_another_department(at_the_proxy):
    at_the_proxy.picks(REVENU_QUEBEC)
    at_the_proxy.presses(EDIT)
    at_the_proxy.picks(WITHOUT_RESTRICTION)
    at_the_proxy.presses(EDIT)
    at_the_proxy.presses(CONTINUE)
    assert len(at_the_proxy.page.headings) == 3
    at_the_proxy.presses(SUBMIT)
    at_the_proxy.picks(DESCRIBED)
    at_the_proxy.presses(EDIT)
    granted = at_the_proxy.page.choices(at_the_proxy.words(ACCESS_RIGHTS))
    assert [line.endswith(at_the_proxy.words(WITHOUT_RESTRICTION)) for line in granted] == [
        False,
        True,
    ]


def test_a_right_can_be_unticked(at_the_proxy):
    at_the_proxy.picks(MELCCFP)
    at_the_proxy.presses(EDIT)
    assert at_the_proxy.page.is_picked(at_the_proxy.words(OPERATOR_RIGHT))
    at_the_proxy.unticks(OPERATOR_RIGHT)
    at_the_proxy.ticks(PHOSPHORUS)
    at_the_proxy.presses(EDIT)
    at_the_proxy.presses(CONTINUE)
    services = at_the_proxy.words(Said("Services", "Services"))
    assert at_the_proxy.page.rows[services] == at_the_proxy.words(PHOSPHORUS)
    restricted = at_the_proxy.words(WITH_RESTRICTION)
    old, new = at_the_proxy.said(OPERATOR_RIGHT, PHOSPHORUS)
    assert f"{restricted}, {old} → {restricted}, {new}" in at_the_proxy.page.text


def test_after_it_has_expired_nothing_of_a_proxy_can_be_changed(at_the_proxy, time):
    at_the_proxy.picks(MELCCFP)
    edit = at_the_proxy.address
    time.move_to("2029-11-23T14:00:00Z")
    at_the_proxy.browser.sign_in(at_the_proxy.user)
    at_the_proxy.opens(edit)
    assert at_the_proxy.page.status == 409
    assert at_the_proxy.page.alerts == at_the_proxy.said(HAS_EXPIRED)
    assert at_the_proxy.page.buttons == at_the_proxy.said(BACK)
    at_the_proxy.presses(BACK)
    expired = Said("Expirée", "Expired")
    assert at_the_proxy.page.line(DESCRIBED)[5] == at_the_proxy.words(expired)


def test_on_its_last_day_a_proxy_can_still_be_extended(marie, time):
    time.move_to("2029-11-23T04:59:00Z")  # 23:59 in Québec
    marie.browser.sign_in(marie.user)
    edits_a_proxy(marie)
    assert marie.page.heading == marie.words(CHECK_BEFORE)


def test_a_proxy_left_as_it_is_says_that_nothing_changes(at_the_proxy):
    at_the_proxy.presses(CONTINUE)
    nothing = Said("Rien ne change dans cette procuration.", "Nothing changes in this proxy.")
    assert at_the_proxy.words(nothing) in at_the_proxy.page.text


def test_back_leads_to_the_list_and_changes_nothing(marie):
    edits_a_proxy(marie)
    marie.presses(CORRECT)
    assert marie.page.answer(marie.words(DESCRIPTION)) == EDITED
    marie.presses(BACK)
    assert marie.page.heading == marie.words(PROXY_MANAGEMENT)
    assert marie.page.line(DESCRIBED)
