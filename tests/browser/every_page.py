"""Every kind of page in every state, in both languages: by axe, by width, by focus, by title."""

import json
import os
import subprocess
from collections import defaultdict

import pytest

from cse_portal.flows.registry import all_flows
from tests.browser.areas import AREAS, Area
from tests.browser.looking import faults, primary_buttons
from tests.browser.portal import Portal
from tests.extent import walked_languages
from tests.letters import SIMULATED, let_mail_go_by

pytestmark = pytest.mark.browser

#: the W3C's checker of HTML, where somebody has it: `make html VNU=path/to/vnu.jar`
CHECKER = os.environ.get("CSE_VNU", "")

#: what the walks have seen, by language, judged by the last tests of this file
TITLES: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
SOURCES: dict[str, dict[str, bytes]] = defaultdict(dict)
PRIMARY: dict[str, dict[str, list[str]]] = defaultdict(dict)


def only_when_walked(language: str) -> pytest.MarkDecorator:
    """A run walks in one language, and says in which; `make test-all` in both."""
    walked = walked_languages()
    reason = f"this run walks in {walked[0]}: CSE_LANGUAGE={language} or `make test-all` for this"
    return pytest.mark.skipif(language not in walked, reason=reason)


#: the first page of a procedure has two addresses: without a draft yet, and of its draft
FIRST = {f"{flow.slug}-{flow.pages[0].slug}": f"{flow.slug}-start" for flow in all_flows()}


def remember(portal: Portal, name: str, state: str) -> None:
    if CHECKER and portal.answered:
        SOURCES[portal.language][f"{name}, {state}"] = portal.answered.body()
    if name not in {"no page", "sandbox:error_example"}:
        TITLES[portal.language][portal.page.title()].add(FIRST.get(name, name))
    PRIMARY[portal.language][f"{name}, {state}"] = primary_buttons(portal)


def seen_before(what: dict) -> None:
    if not what:
        pytest.skip("no page was looked at before: run the whole file")


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.name)
def test_every_page_of_an_area_is_accessible_in_every_state(
    opens_portal, settings, language, area: Area
):
    let_mail_go_by(settings, SIMULATED)
    portal = opens_portal(language)
    found, stops = [], set()
    for state in area.walk(portal):
        name = "no page" if state == "no such page" else portal.address_name
        stops.add(name)
        remember(portal, name, state)
        found += [f"{name}, {state}: {fault}" for fault in faults(portal)]
    assert not found, "\n".join(found)
    assert area.addresses <= stops, "the walk no longer stops where `covers` says"


def test_a_title_names_one_kind_of_page(language):
    """« Erreur », the page, the step, the portal: no two tabs are alike (design)."""
    seen_before(TITLES[language])
    shared = {title: kinds for title, kinds in TITLES[language].items() if len(kinds) > 1}
    assert not shared, shared


def test_a_page_has_one_primary_button_at_most(language):
    seen_before(PRIMARY[language])
    several = {page: pressed for page, pressed in PRIMARY[language].items() if len(pressed) > 1}
    assert not several, several


@pytest.mark.skipif(not CHECKER, reason="waits for the checker of HTML: make html VNU=…")
def test_every_page_is_valid_html(language, tmp_path):
    seen_before(SOURCES[language])
    names = {}
    for number, (name, source) in enumerate(SOURCES[language].items()):
        page = tmp_path / f"{number}.html"
        page.write_bytes(source)
        names[page.as_uri()] = name
    command = ["java", "-jar", CHECKER, "--errors-only", "--format", "json", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    messages = json.loads(said)["messages"]
    said_of = [(names.get(one.get("url", "")), one["message"]) for one in messages]
    assert not said_of, "\n".join(f"{name}: {message}" for name, message in said_of)
