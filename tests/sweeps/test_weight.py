"""What a page weighs over the wire: the first one with styles, script and fonts, then the next."""

import re
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
from django.contrib.staticfiles.finders import find
from django.db import transaction
from django.utils import translation

from tests.sweeps.crowd import a_crowd

FIRST, NEXT = 120_000, 15_000  # bytes
ACCEPTS = {"accept-encoding": "gzip, br"}
#: those that Chromium asks for where no name has letters beyond French and English
FONTS = "vendor/fonts/{}.woff2"
FIRST_FONTS = ("open-sans-latin-400", "open-sans-latin-600", "roboto-latin-700")


def wire(path: str) -> int:
    """A static file as it is sent: WhiteNoise keeps it compressed; fonts are so already."""
    content = Path(str(find(path))).read_bytes()
    return len(content) if path.endswith(".woff2") else len(brotli.compress(content))


def test_the_first_page_with_all_that_it_asks_for(client, db):
    answer = client.get("/fr/", headers=ACCEPTS)
    plain = client.get("/fr/").content.decode()
    assets = re.findall(r'(?:href|src)="/static/([^"]+)"', plain)
    assert {"portal.css", "portal.js", "vendor/bootstrap/bootstrap.min.css"} <= set(assets)
    assert {FONTS.format(name) for name in FIRST_FONTS} <= set(assets)
    weight = len(answer.content) + sum(wire(path) for path in set(assets))
    assert answer["Content-Encoding"] == "gzip"
    assert weight <= FIRST, weight


@pytest.fixture(scope="module")
def weights(django_db_setup, django_db_blocker):
    """What each page of a large company weighs, compressed."""
    found = {}
    with django_db_blocker.unblock(), translation.override("fr"), transaction.atomic():
        crowd = a_crowd(3)
        visitors = crowd.visitors()
        for role in ("esm", "user", "agent_esm"):
            for page, where in crowd.pages[role].items():
                found[role, page] = len(visitors[role].get(where, headers=ACCEPTS).content)
        transaction.set_rollback(True)
    return found


def test_the_next_pages(weights):
    heavy = {page: weight for page, weight in weights.items() if weight > NEXT}
    assert weights
    assert not heavy
