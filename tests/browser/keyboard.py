"""A portal used without a pointer: Tab, the arrows, Space and Enter, as a person's hands do it."""

from collections.abc import Iterator

import pytest

from tests.browser.portal import Portal

PLACES = 60  # more than any of these pages has places for focus
# a browser scrolls by whole pixels, and boxes have fractions
FOCUSED = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const above = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    tag: one.tagName, text: one.textContent.trim().replace(/\\s+/g, " "), name: one.name || "",
    href: one.getAttribute("href") || "", value: one.value || "", isChecked: one.checked === true,
    label: one.labels?.[0]?.textContent.trim().replace(/\\s+/g, " ") || "",
    isSeen: box.width > 0 && box.height > 0 && box.top > -1 && box.bottom < innerHeight + 1,
    isOnTop: one.contains(above) || (above !== null && above.contains(one)),
    ring: getComputedStyle(one).outlineStyle !== "none",
  };
}"""


def tabs(portal: Portal) -> Iterator[dict]:
    """Each place where focus comes, from where it is to the end of the page."""
    for _place in range(PLACES):
        portal.page.keyboard.press("Tab")
        place = portal.page.evaluate(FOCUSED)
        if place["tag"] == "BODY":
            return
        yield place
    pytest.fail("focus goes round and round")


def tabs_to(portal: Portal, **wanted: str) -> None:
    for place in tabs(portal):
        if all(place[key] == value for key, value in wanted.items()):
            return
    pytest.fail(f"focus never comes to {wanted}")


def presses_enter(portal: Portal) -> None:
    with portal.page.expect_navigation():
        portal.page.keyboard.press("Enter")


def picks(portal: Portal, *, name: str, value: str) -> None:
    """Come to a list of radio buttons, and go down it to one of them."""
    tabs_to(portal, name=name)
    portal.page.keyboard.press("Space")
    for _place in range(PLACES):
        place = portal.page.evaluate(FOCUSED)
        if place["value"] == value:
            assert place["isChecked"]
            return
        portal.page.keyboard.press("ArrowDown")
    pytest.fail(f"{name} has no {value}")


def ticks(portal: Portal, *, label: str) -> None:
    """Come to a box that begins with these words, and tick it."""
    for place in tabs(portal):
        if place["label"].startswith(label):
            portal.page.keyboard.press("Space")
            assert portal.page.evaluate(FOCUSED)["isChecked"]
            return
    pytest.fail(f"no box says {label}")


def types(portal: Portal, *, name: str, text: str) -> None:
    tabs_to(portal, name=name)
    portal.page.keyboard.type(text)


def leaves_by(portal: Portal, words: str) -> None:
    """Come to a button, or a link made up as one, and press Enter."""
    tabs_to(portal, text=words)
    place = portal.page.evaluate(FOCUSED)
    assert place["isSeen"], words
    assert place["ring"], words
    presses_enter(portal)
