"""Two minutes before its end, a dialog says that the session ends, and keeps it at a press."""

import pytest
from playwright.sync_api import expect

from tests.journeys.words import Said

pytestmark = pytest.mark.browser

ABOUT_TO_END = Said("Votre session va prendre fin", "Your session is about to end")
STAY = Said("Garder la session ouverte", "Stay signed in")
ENDED = Said("Votre session est terminée", "Your session has ended")
UNREAD = Said("1 message non lu", "1 unread message")


@pytest.fixture
def portal(opens_portal, language):
    """Marie's home page, whose clock the test moves."""
    shown = opens_portal(language).signed_in_as("TREM1001")
    shown.page.clock.install()
    shown.opens("home")
    return shown


def dialog(portal):
    return portal.page.get_by_role("dialog", name=portal.words(ABOUT_TO_END))


def test_it_opens_with_focus_inside_and_stays_at_a_press_of_enter(portal, settings):
    expect(dialog(portal)).to_be_hidden()
    settings.CSE_IDLE_MINUTES = 2  # the portal's own clock stands still meanwhile
    portal.page.clock.fast_forward("18:05")
    expect(dialog(portal)).to_be_visible()
    focused = "document.activeElement.closest('dialog') !== null"
    assert portal.page.evaluate(focused)
    settings.CSE_IDLE_MINUTES = 20
    portal.page.keyboard.press("Enter")
    expect(dialog(portal)).to_be_hidden()
    assert portal.complaints == []


def test_it_does_not_open_when_another_tab_was_active(portal):
    with portal.page.expect_response("**/session/"):
        portal.page.clock.fast_forward("18:05")
    expect(dialog(portal)).to_be_hidden()


def test_after_the_end_the_page_says_so_and_leads_back(portal, settings):
    settings.CSE_IDLE_MINUTES = 0
    portal.page.clock.fast_forward("18:05")
    expect(portal.page.get_by_role("heading", level=1)).to_have_text(portal.words(ENDED))
    assert "next=" in portal.page.url
