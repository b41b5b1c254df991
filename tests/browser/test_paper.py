"""On paper: one clean sheet of letter format, without what only a screen needs."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.areas import AREAS

pytestmark = pytest.mark.browser

ONLY_ON_SCREEN = ("nav.menu", ".actions", "footer", ".top .ways", ".trail", "dialog")


def sheets(portal):
    """The acknowledgment of a new file, then its access key, while the walk stands there."""
    (walk,) = [area.walk for area in AREAS if "users:access_key" in area.addresses]
    for _state in walk(portal):
        if portal.address_name in {"create-user-file-receipt", "users:access_key"}:
            yield portal.address_name


def test_an_acknowledgment_and_an_access_sheet_are_one_page_each(opens_portal, language):
    portal = opens_portal(language)
    seen = set()
    for name in sheets(portal):
        seen.add(name)
        portal.page.emulate_media(media="print")
        for part in ONLY_ON_SCREEN:
            for one in portal.page.locator(part).all():
                expect(one).to_be_hidden()
        paper = portal.page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1, name
        assert b"/MediaBox [0 0 612 792]" in paper  # letter, in points
        portal.page.emulate_media(media="screen")
    assert seen == {"create-user-file-receipt", "users:access_key"}
