"""Nothing that a visitor sends becomes another host: in a link, a `Location`, a script's target.

What one visitor sends is not kept for the next one either.
"""

import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from tests.entering import Answer, enter
from tests.sweeps.addresses import KNOWN, Who, address, cases

pytestmark = pytest.mark.django_db

PROJECT = Path(__file__).parents[2]
HERE = "http://testserver"
#: whatever a page gives a browser to go to, to load or to ask
ADDRESS = re.compile(r'\s(?:href|src|srcset|action|formaction|data-session|content)="([^"]*)"')
BEFORE = [
    "//evil.example",
    "/.//evil.example",
    "///evil.example",
    "/\\evil.example",
    "/%2Fevil.example",
]
PAGES = ("home", "proxies:list", "create-user-file-start", "users:profile", "landing")
HEADERS: list[dict[str, Any]] = [
    {"SCRIPT_NAME": "//evil.example"},
    {"SCRIPT_NAME": "/evil.example"},
    {"SCRIPT_URL": "//evil.example/fr/", "REDIRECT_URL": "//evil.example/fr/"},
    {"HTTP_SCRIPT_NAME": "//evil.example", "HTTP_X_SCRIPT_NAME": "//evil.example"},
    {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_FORWARDED": "host=evil.example"},
    {"HTTP_X_FORWARDED_PREFIX": "//evil.example", "HTTP_X_ORIGINAL_URL": "//evil.example/"},
    {"HTTP_REFERER": "https://evil.example/fr/", "HTTP_ORIGIN": "https://evil.example"},
]


def elsewhere(answer: Any, asked: str) -> list[str]:
    """Whatever in an answer, of the tests' client or of `enter`, leads to another host."""
    found = [answer.headers["Location"]] if "Location" in answer.headers else []
    if "html" in answer.headers.get("Content-Type", ""):
        content = answer.body if isinstance(answer, Answer) else answer.content
        found += [unescape(one) for one in ADDRESS.findall(content.decode())]
    there = [one for one in found if one and not one.startswith(("data:", "mailto:", "tel:"))]
    return [
        f"{asked}: {one}"
        for one in there
        if urlsplit(urljoin(f"{HERE}/", one.replace("\\", "/"))).hostname != "testserver"
        or "evil" in one.partition("?")[0]
    ]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_path_becomes_another_host(worlds, mine, officer, client, before, language):
    people = [worlds.visitor(person) for person in (mine.esm, officer)]
    names = [(name, case) for name, case in cases() if KNOWN[name].to is Who.ALL]
    paths = [address(name, case, mine, language=language) for name, case in names]
    wrong = []
    for path in [*paths, f"/{language}/x", "", "/"]:
        for visitor in (client, *people):
            visitor.raise_request_exception = False
            for method in ("GET", "POST"):
                wrong += elsewhere(visitor.generic(method, before + path), before + path)
    assert wrong == []


@pytest.mark.parametrize("sent", HEADERS, ids=lambda sent: next(iter(sent)))
def test_no_header_becomes_another_host(worlds, mine, sent):
    """Asked twice: whoever comes next, without the header, reads nothing of it either."""
    signed_in: dict[str, Any] = {"HTTP_COOKIE": f"sessionid={worlds.sessions[mine.esm.pk]}"}
    wrong = []
    for language in ("en", "fr"):
        with translation.override(language):
            paths = [reverse(name) for name in PAGES]
        for path in paths:
            nobody: dict[str, Any] = {}
            for who in (signed_in, nobody):
                wrong += elsewhere(enter(path, **who, **sent), f"{path} {sent}")
                wrong += elsewhere(enter(path, **who), f"{path} after {sent}")
    assert wrong == []


@pytest.mark.parametrize("prefix", ["//evil.example", "/evil.example", "/fr"])
def test_the_first_request_of_a_process_leaves_no_prefix_behind(prefix):
    assert enter("/", SCRIPT_NAME=prefix).headers["Location"] == "/fr/"
    assert settings.STATIC_URL == "/static/"
    with translation.override("en"):
        assert reverse("landing") == "/en/"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "testserver@evil.example",
        "evil.example:80",
        "testserver.evil.example",
        "//evil",
    ],
)
def test_another_host_is_answered_by_no_page(client, host):
    answer = client.get("/fr/", headers={"host": host})
    assert answer.status_code == 400
    assert elsewhere(answer, host) == []


def test_the_language_link_of_a_page_that_is_not_there_leads_to_the_public_page(client):
    html = client.get("/fr/rien/?q=1").content.decode()
    assert re.search(r'<a href="([^"]*)"\s+lang="en"', html)[1] == "/en/"  # type: ignore[index]


def test_the_language_link_keeps_the_page_and_its_query(worlds, mine):
    html = worlds.visitor(mine.esm).read(f"{reverse('proxies:list')}?page=1&q=%2F%2Fevil")
    with translation.override("en"):
        there = f"{reverse('proxies:list')}?page=1&amp;q=%2F%2Fevil"
    assert re.search(r'<a href="([^"]*)"\s+lang="en"', html)[1] == there  # type: ignore[index]


def test_the_script_goes_to_no_path_of_its_own_making():
    """`location.pathname` may be `//evil.example/x`, which `location.assign` takes for a host."""
    script = (PROJECT / "static/portal.js").read_text()
    goes_to = re.findall(r"(?:location\.(?:assign|replace)\(|location(?:\.href)? = )(.*)", script)
    assert goes_to == ['location.href.split("#")[0]);']


def test_gunicorn_takes_no_header_for_the_environment():
    """Its own default believes SCRIPT_NAME and PATH_INFO, where they come from the proxy's side."""
    conf = (PROJECT / "deploy/gunicorn.conf.py").read_text()
    assert re.search(r'^forwarder_headers = ""', conf, re.MULTILINE)
    from sandbox.management.commands.demo import server_command

    command = server_command(8000)
    assert command[command.index("--forwarder-headers") + 1] == ""


def test_nginx_redirects_to_its_own_name_alone():
    conf = (PROJECT / "deploy/nginx.conf").read_text()
    name = re.search(r"listen 443 ssl[^;]*;.*?server_name ([\w.]+);", conf, re.DOTALL)[1]  # type: ignore[index]
    redirects = re.findall(r"return 30\d (.*);|rewrite (.*);", conf)
    assert redirects == [(f"https://{name}$request_uri", "")]
    for_others = re.search(r"listen 80 default_server;.*?\}", conf, re.DOTALL)[0]  # type: ignore[index]
    assert "return 444;" in for_others
