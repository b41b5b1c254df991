"""What the first page weighs over the wire, with styles, script and fonts."""

import re
from pathlib import Path

import brotli  # type: ignore[import-untyped]
from django.contrib.staticfiles.finders import find

FIRST = 120_000  # bytes
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


def test_the_script_is_but_a_comfort():
    assert Path(str(find("portal.js"))).stat().st_size < 5_000  # bytes, as written
