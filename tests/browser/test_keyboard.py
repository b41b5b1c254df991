"""With the keyboard alone: what Enter means, the menu, and focus that never hides."""

import pytest

from tests.browser.areas import gives_proxy, last_day, registers
from tests.browser.keyboard import FOCUSED, presses_enter, tabs, tabs_to
from tests.browser.portal import Portal
from tests.browser.words import DESCRIBED, EDIT_THE_RIGHTS
from tests.journeys.words import (
    CHECK_BEFORE,
    DESCRIPTION,
    EDIT,
    EMAIL,
    END_DATE,
    EXTENSION,
    FAMILY_NAME,
    FIRST_NAME,
    INTERNAL,
    MELCCFP,
    OPERATOR_RIGHT,
    PROXY,
    RECEIPT,
    TELEPHONE,
    WITH_RESTRICTION,
    Said,
)

pytestmark = pytest.mark.browser

ACIERY = "1000000001"
SKIP = Said("Aller au contenu", "Skip to the content")
MAIN_MENU = Said("Menu principal", "Main menu")


# --- Enter in a text field ----------------------------------------------------------------------


@pytest.fixture
def at_the_proxy(opens_portal, language) -> Portal:
    """The page of a new proxy, its department chosen: « Modifier » would open the rights."""
    portal = opens_portal(language).signed_in_as("TREM1001")
    registers(ACIERY)
    portal.opens("create-proxy-start")
    portal.picks(INTERNAL, MELCCFP)
    portal.fills({END_DATE: last_day(), DESCRIPTION: DESCRIBED})
    return portal


@pytest.mark.parametrize("field", [END_DATE, DESCRIPTION], ids=["end date", "description"])
def test_enter_in_a_text_field_of_the_proxy_means_continue_and_not_edit(at_the_proxy, field):
    at_the_proxy.page.get_by_label(at_the_proxy.words(field), exact=True).focus()
    presses_enter(at_the_proxy)
    assert at_the_proxy.heading == at_the_proxy.words(PROXY)
    reproaches = at_the_proxy.page.locator(".error-summary li").all_inner_texts()
    assert len(reproaches) == 1  # that no right is granted yet: what « Continuer » says
    at_the_proxy.presses(EDIT_THE_RIGHTS)
    at_the_proxy.picks(WITH_RESTRICTION)
    at_the_proxy.ticks(OPERATOR_RIGHT)
    at_the_proxy.presses(EDIT)
    at_the_proxy.page.get_by_label(at_the_proxy.words(field), exact=True).focus()
    presses_enter(at_the_proxy)
    assert at_the_proxy.heading == at_the_proxy.words(CHECK_BEFORE)


def test_focus_on_the_proxy_page_is_always_seen_and_never_on_a_hidden_button(at_the_proxy):
    at_the_proxy.page.locator("body").evaluate("document.activeElement.blur()")
    places = list(tabs(at_the_proxy))
    hidden = [one for one in places if not (one["isSeen"] and one["isOnTop"] and one["ring"])]
    assert not hidden


def test_enter_in_a_proxy_that_is_edited_means_continue_too(opens_portal, language):
    portal = opens_portal(language).signed_in_as("TREM1001")
    registers(ACIERY)
    portal.opens("change-proxy-start", subject=gives_proxy().pk)
    portal.picks(MELCCFP)
    portal.page.get_by_label(portal.words(DESCRIPTION), exact=True).fill("Usine de Sorel")
    presses_enter(portal)
    assert portal.heading == portal.words(CHECK_BEFORE)


# --- a whole procedure --------------------------------------------------------------------------


def test_a_user_file_is_created_without_a_mouse(opens_portal, language):
    portal = opens_portal(language).signed_in_as("TREM1001")
    portal.opens("create-user-file-start")
    typed = {
        FAMILY_NAME: "Lavallée-O’Neil",
        FIRST_NAME: "Zoé",
        EMAIL: "zoe@acierie-boreale.example",
        TELEPHONE: "418 555-0199",
        EXTENSION: "1234",
    }
    tabs_to(portal, name="family_name")
    for value in typed.values():
        portal.page.keyboard.type(value)
        portal.page.keyboard.press("Tab")
    portal.page.keyboard.press("Space")  # the first language
    tabs_to(portal, name="role")
    portal.page.keyboard.press("ArrowDown")  # from user to ESM…
    portal.page.keyboard.press("ArrowUp")  # … and back
    presses_enter(portal)
    assert portal.heading == portal.words(CHECK_BEFORE)
    tabs_to(portal, text=portal.words(Said("Transmettre", "Submit")))
    presses_enter(portal)
    assert portal.heading == portal.words(RECEIPT)


# --- the frame ----------------------------------------------------------------------------------


def test_the_first_tab_offers_to_skip_to_the_content(opens_portal, language):
    portal = opens_portal(language).signed_in_as("TREM1001")
    portal.opens("users:files")
    portal.page.keyboard.press("Tab")
    place = portal.page.evaluate(FOCUSED)
    assert place["text"] == portal.words(SKIP)
    assert place["isSeen"]
    portal.page.keyboard.press("Enter")
    portal.page.keyboard.press("Tab")
    assert portal.page.evaluate("document.activeElement.closest('main') !== null")


def leaves(portal: Portal) -> list[tuple[str, str]]:
    """Each link of the menu, with the group that must be unfolded to reach it."""
    return portal.page.evaluate(
        """() => [...document.querySelectorAll("nav.menu a")].map((link) => [
          link.getAttribute("href"),
          link.closest("details")?.querySelector("summary").textContent.trim() || ""])"""
    )


@pytest.mark.parametrize("width", [1280, 360])
def test_every_link_of_the_menu_is_reached_and_followed(opens_portal, language, width):
    portal = opens_portal(language, width=width).signed_in_as("TREM1001")
    portal.opens("home")
    links = leaves(portal)
    assert len(links) == 9
    for href, group in links:
        portal.opens("home")
        if width < 640:
            tabs_to(portal, tag="SUMMARY", text=portal.words(MAIN_MENU))
            portal.page.keyboard.press("Enter")
        if group:
            tabs_to(portal, tag="SUMMARY", text=group)
            portal.page.keyboard.press("Enter")
        tabs_to(portal, tag="A", href=href)
        assert portal.page.evaluate(FOCUSED)["isSeen"]
        presses_enter(portal)
        assert portal.path == href
        current = portal.page.locator("nav.menu a[aria-current=page]")
        assert current.get_attribute("href") == href


def test_the_menu_needs_no_script(opens_portal, language):
    portal = opens_portal(language, javascript=False, width=360).signed_in_as("TREM1001")
    portal.opens("home")
    fold = portal.page.locator("summary", has_text=portal.words(MAIN_MENU))
    fold.press("Enter")
    group = portal.page.locator("nav.menu summary").last
    group.press("Enter")
    portal.page.locator("nav.menu details a").last.focus()
    presses_enter(portal)
    assert portal.address_name == "proxies:list"
