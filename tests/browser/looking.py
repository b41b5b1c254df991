"""What is looked at on every page, whatever its business: structure, width, focus, axe."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.browser.portal import Portal
from tests.journeys.words import ERROR

PHONES = (320, 360)  # pixels
DESKTOP = {"width": 1280, "height": 900}
AXE = Axe()
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WIDEST = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .filter((one) => getComputedStyle(one).position !== "absolute")
  .slice(0, 3).map((one) => one.tagName + "." + one.className)"""


def faults(portal: Portal) -> list[str]:
    """Everything that is wrong with the page shown; what was asked elsewhere before axe comes."""
    found = [f"before axe: {complaint}" for complaint in portal.complaints]
    found += structure(portal)
    found += errors(portal)
    found += widths(portal)
    found += axe(portal)
    portal.complaints.clear()
    return found


def structure(portal: Portal) -> list[str]:
    page, found = portal.page, []
    if (said := page.locator("html").get_attribute("lang")) != portal.language:
        found.append(f"lang={said}")
    if (count := page.locator("h1").count()) != 1:
        found.append(f"{count} h1")
    if (count := page.locator("main .btn-primary:visible").count()) > 1:
        found.append(f"{count} primary buttons")
    if page.locator("main .btn-primary, main a, main button").count() == 0:
        found.append("a dead end: no button nor link")
    return found


def errors(portal: Portal) -> list[str]:
    """In error: the title says so first, focus is on the summary, whose links lead to fields."""
    page = portal.page
    summary = page.locator(".error-summary")
    title = " ".join(page.title().split())
    if is_in_error(portal) != title.startswith(portal.words(ERROR)):
        return [f"title « {title} »"]
    if not summary.count():
        return []
    found = []
    if not summary.evaluate("(summary) => summary === document.activeElement"):
        found.append("focus is not on the summary of errors")
    links = summary.locator("a")
    for link in links.all():
        link.press("Enter")
        focused = page.evaluate("[document.activeElement.id, document.activeElement.tagName]")
        target = (link.get_attribute("href") or "").removeprefix("#")
        if not target or focused[0] != target:
            found.append(f"« {link.inner_text()} » leads to {focused}, not to #{target}")
        elif focused[1] not in {"INPUT", "SELECT", "TEXTAREA", "TABLE", "FIELDSET"}:
            found.append(f"« {link.inner_text()} » leads to no field: {focused}")
    if not links.count():
        found.append("a summary of errors without a link")
    page.evaluate("document.activeElement.blur()")
    return found


def is_in_error(portal: Portal) -> bool:
    return portal.page.locator(".error-summary, main .alert-danger").count() > 0


def widths(portal: Portal) -> list[str]:
    page, found = portal.page, []
    for width in PHONES:
        page.set_viewport_size({"width": width, "height": 800})
        if (beyond := page.evaluate(SIDEWAYS)) > 0:
            found.append(f"sideways by {beyond} px at {width}: {page.evaluate(WIDEST)}")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    return found


def axe(portal: Portal) -> list[str]:
    results: dict[str, Any] = AXE.run(portal.page).response
    return [
        f"axe {violation['id']}: {violation['help']} ({node['html'][:160]})"
        for violation in results["violations"]
        for node in violation["nodes"]
    ]
