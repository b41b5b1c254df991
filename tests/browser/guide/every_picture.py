"""The pictures of the guide, and those of every page in every state, in one language.

The walks are those of the tests (`areas.py`), and a few more that only the guide takes. Nothing is
put in its place before every walk of a language has been walked to its end.
"""

import time
from collections.abc import Iterator

import pytest

from tests.browser.areas import AREAS, Area
from tests.browser.conftest import OpensPortal
from tests.browser.guide.gallery import WIDTHS, Gallery
from tests.browser.guide.pictures import PICTURES
from tests.browser.guide.walks import GUIDE_WALKS
from tests.browser.portal import Portal
from tests.letters import SIMULATED, let_mail_go_by

#: seconds for one walk: each of its gestures is bounded already, this bounds their number
LONGEST_WALK = 300


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.name)
def test_pictures_of_every_page(
    opens_portal: OpensPortal, settings, gallery: Gallery, area: Area, language: str
):
    stops = set()
    for portal, page, state in stops_of(area, opens_portal, settings, language):
        stops.add(page)
        gallery.pictures_of(portal, page, state)
        gallery.pictures_for_the_guide(portal, area.name, page, state)
        set_back(portal)
    assert stops, "the walk stops nowhere"
    assert area.addresses <= stops, "the walk no longer stops where `covers` says"
    gallery.walked.add(area.name)


@pytest.mark.parametrize("area", GUIDE_WALKS, ids=lambda area: area.name)
def test_pictures_that_only_the_guide_takes(
    opens_portal: OpensPortal, settings, gallery: Gallery, area: Area, language: str
):
    before = len(gallery.shown)
    for portal, page, state in stops_of(area, opens_portal, settings, language):
        gallery.pictures_for_the_guide(portal, area.name, page, state)
        set_back(portal)
    assert len(gallery.shown) > before, "the guide takes no picture in this walk"
    gallery.walked.add(area.name)


def test_the_pictures_take_their_places(gallery: Gallery):
    """The last one: what was there before is replaced as a whole, or not at all."""
    missed = {area.name for area in [*AREAS, *GUIDE_WALKS]} - gallery.walked
    assert not missed, f"nothing is written, for these walks failed or were left out: {missed}"
    nowhere = PICTURES.keys() - gallery.shown
    assert not nowhere, f"nothing is written, for no walk stops where these are taken: {nowhere}"
    gallery.hang()


def stops_of(
    area: Area, opens_portal: OpensPortal, settings, language: str
) -> Iterator[tuple[Portal, str, str]]:
    """Where a walk stops, the page's name and its state, as long as the walk takes its time."""
    let_mail_go_by(settings, SIMULATED)
    portal = opens_portal(language)
    deadline = time.monotonic() + LONGEST_WALK
    for state in area.walk(portal):
        assert time.monotonic() < deadline, f"the walk takes more than {LONGEST_WALK} s"
        yield portal, "no page" if state == "no such page" else portal.address_name, state


def set_back(portal: Portal) -> None:
    """The window as the walk had it."""
    width = max(WIDTHS)
    portal.page.set_viewport_size({"width": width, "height": WIDTHS[width]})
