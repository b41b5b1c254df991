"""What is looked at on every page, whatever its business: structure, width, focus, axe."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.browser.portal import Portal
from tests.journeys.words import ERROR

PHONES = (320, 360)  # pixels
DESKTOP = {"width": 1280, "height": 900}
AXE = Axe()
#: what is wrong, and not all that is right
VIOLATIONS = "axe.run({resultTypes: ['violations']}).then((found) => found.violations)"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
IN_ERROR = """() => {
  const main = document.querySelector("main:not(:has(.examples))"); // the component page errs not
  const summary = main?.querySelector(".error-summary") ?? null;
  return {
    title: document.title,
    isInError: (main?.querySelector(".error-summary, .alert-danger") ?? null) !== null,
    hasSummary: summary !== null,
    hasFocus: summary === document.activeElement,
  };
}"""
#: where a link of the summary may lead: a field, or the list in which to choose
ANSWERED = {"INPUT", "SELECT", "TEXTAREA", "TABLE", "FIELDSET"}
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
    lang, headings = portal.page.evaluate(
        "[document.documentElement.lang, document.querySelectorAll('h1').length]"
    )
    found = [] if lang == portal.language else [f"lang={lang}"]
    return found if headings == 1 else [*found, f"{headings} h1"]


def primary_buttons(portal: Portal) -> list[str]:
    return portal.page.locator("main .btn-primary:visible").all_inner_texts()


def errors(portal: Portal) -> list[str]:
    """In error: the title says so first, focus is on the summary, whose links lead to fields."""
    page = portal.page
    at = page.evaluate(IN_ERROR)
    title = " ".join(at["title"].split())
    if at["isInError"] != title.startswith(portal.words(ERROR)):
        return [f"title « {title} »"]
    if not at["hasSummary"]:
        return []
    found = [] if at["hasFocus"] else ["focus is not on the summary of errors"]
    links = page.locator(".error-summary a")
    for link in links.all():
        link.press("Enter")
        target = (link.get_attribute("href") or "").removeprefix("#")
        focused = page.evaluate("[document.activeElement.id, document.activeElement.tagName]")
        if focused[0] != target or focused[1] not in ANSWERED:
            found.append(f"« {link.inner_text()} », #{target}, leads to {focused}")
    if not links.count():
        found.append("a summary of errors without a link")
    page.evaluate("document.activeElement.blur()")
    return found


def widths(portal: Portal) -> list[str]:
    page, found = portal.page, []
    for width in PHONES:
        page.set_viewport_size({"width": width, "height": 800})
        if (beyond := page.evaluate(SIDEWAYS)) > 0:
            found.append(f"sideways by {beyond} px at {width}: {page.evaluate(WIDEST)}")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    return found


def axe(portal: Portal) -> list[str]:
    portal.page.evaluate(AXE.axe_script)
    violations: list[dict[str, Any]] = portal.page.evaluate(VIOLATIONS)
    return [
        f"axe {violation['id']}: {violation['help']} ({node['html'][:160]})"
        for violation in violations
        for node in violation["nodes"]
    ]
