"""The four steps with the keyboard alone: focus is seen, and lands where it should."""

import pytest

from cse_portal.companies.tenancy import across_companies
from registrations import actions
from registrations.models import Registration
from tests.browser.areas import last_day
from tests.browser.keyboard import FOCUSED, leaves_by, picks, presses_enter, tabs_to, ticks, types
from tests.browser.portal import Portal
from tests.journeys.words import (
    ASSIGN,
    CONTINUE,
    EDIT,
    FINISH,
    OPERATOR_RIGHT,
    RECEIPT,
    REGISTER,
    SUBMIT,
    Said,
)

pytestmark = pytest.mark.browser

I_CONSENT = Said("J’y consens", "I consent")


@pytest.fixture
def portal(opens_portal, language) -> Portal:
    return opens_portal(language).signed_in_as("TREM1001")


def goes_on(portal: Portal, words: Said) -> None:
    leaves_by(portal, portal.words(words))


def submits(portal: Portal) -> None:
    goes_on(portal, SUBMIT)
    assert portal.heading == portal.words(RECEIPT)


def registers_the_company(portal: Portal) -> None:
    portal.opens("registrations:list")
    picks(portal, name="ministry", value="melccfp")
    goes_on(portal, REGISTER)
    goes_on(portal, CONTINUE)
    ticks(portal, label=portal.words(I_CONSENT))
    goes_on(portal, CONTINUE)
    submits(portal)
    goes_on(portal, FINISH)


def the_ministry_accepts() -> None:
    with across_companies(because="tests play the officer"):
        actions.accept(Registration.objects.get(status="in_process"), by=None)


def creates_a_file(portal: Portal) -> None:
    portal.opens("create-user-file-start")
    leaves_by(portal, portal.words(CONTINUE))
    # in error: focus is on the summary, whose first link leads to the first field
    assert "error-summary" in portal.page.evaluate("document.activeElement.className")
    portal.page.keyboard.press("Tab")
    portal.page.keyboard.press("Enter")
    assert portal.page.evaluate(FOCUSED)["name"] == "family_name"
    portal.page.keyboard.type("Lavallée")
    types(portal, name="first_name", text="Zoé")
    types(portal, name="email", text="zoe@acierie-boreale.example")
    types(portal, name="telephone", text="418 555-0199")
    picks(portal, name="language", value="fr")
    picks(portal, name="role", value="user")
    goes_on(portal, CONTINUE)
    submits(portal)


def creates_a_proxy(portal: Portal) -> None:
    portal.opens("create-proxy-start")
    picks(portal, name="kind", value="internal")
    types(portal, name="ends_on", text=last_day())
    types(portal, name="description", text="IQEA")
    picks(portal, name="ministry", value="melccfp")
    tabs_to(portal, tag="BUTTON", name="detour")
    presses_enter(portal)
    picks(portal, name="scope", value="restricted")
    ticks(portal, label=portal.words(OPERATOR_RIGHT))
    goes_on(portal, EDIT)
    tabs_to(portal, name="description")
    goes_on(portal, CONTINUE)
    submits_to_the_list(portal)


def submits_to_the_list(portal: Portal) -> None:
    goes_on(portal, SUBMIT)
    assert portal.address_name == "proxies:list"


def assigns_it(portal: Portal) -> None:
    tabs_to(portal, name="proxy")
    portal.page.keyboard.press("Space")
    goes_on(portal, ASSIGN)
    goes_on(portal, CONTINUE)
    ticks(portal, label="Zoé Lavallée")
    goes_on(portal, CONTINUE)
    submits(portal)


def test_the_four_steps_are_done_without_a_pointer(portal):
    registers_the_company(portal)
    the_ministry_accepts()
    creates_a_file(portal)
    creates_a_proxy(portal)
    assigns_it(portal)
    assert portal.complaints == []
