"""Every kind of page in every state, in both languages: by axe, by width, by focus, by title."""

from collections import defaultdict

import pytest

from tests.browser.areas import AREAS, Area
from tests.browser.looking import faults

pytestmark = pytest.mark.browser

#: by language and title, the kinds of page that have it; filled by the tests as they go
TITLES: dict[tuple[str, str], set[str]] = defaultdict(set)


def kind_of(name: str) -> str:
    """The first page of a procedure has two addresses: without a draft yet, and of its draft."""
    procedure, _dash, page = name.rpartition("-")
    return f"{procedure}-first" if page in {"start", "user", "information", "proxy"} else name


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.name)
def test_every_page_of_an_area_is_accessible_in_every_state(
    opens_portal, settings, language, area: Area
):
    settings.EMAIL_BACKEND = "sandbox.mailbox.MailboxBackend"
    portal = opens_portal(language)
    found, stops = [], set()
    for state in area.walk(portal):
        name = "404" if state == "no such page" else portal.address_name
        stops.add(name)
        found += [f"{name}, {state}: {fault}" for fault in faults(portal)]
        if portal.page.locator("main h1").count() and name in area.addresses:
            TITLES[language, portal.page.title()].add(f"{kind_of(name)}")
    assert not found, "\n".join(found)
    assert stops - {"404"} == area.addresses, "`covers` names where the walk stops"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_title_names_one_kind_of_page(language):
    """Judged on the pages that the tests above have looked at."""
    shared = {
        title: kinds for (of, title), kinds in TITLES.items() if of == language and len(kinds) > 1
    }
    assert not shared
