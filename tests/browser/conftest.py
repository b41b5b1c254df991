"""Chromium, one for the whole session, before the portal served for real with its demo."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from pytest_django.live_server_helper import LiveServer

from sandbox import demo_companies
from tests.browser.portal import Portal
from tests.extent import walked_languages

#: the one without windows first: the same engine, in two thirds of the time
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
#: as root in a container, without any call home, and in few threads: the tests share two processors
SWITCHES = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-features=MediaRouter,OptimizationHints,Translate",
    "--disable-gpu",
    "--disable-sync",
    "--js-flags=--single-threaded",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
    "--num-raster-threads=1",
]
PATIENCE = 10_000  # milliseconds


def find_chromium() -> str:
    """Its path, from CSE_CHROMIUM or from PATH; empty when there is none."""
    return os.environ.get("CSE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), "")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find_chromium()
    if not path:
        how = "No Chromium was found. To get it: apt-get install chromium (or CSE_CHROMIUM=path)"
        if os.environ.get("CSE_REQUIRE_BROWSER") == "1":
            pytest.fail(how)
        pytest.skip(how)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's own loop runs in this thread; the tests' queries are as synchronous as ever
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(params=walked_languages())
def language(request: pytest.FixtureRequest) -> str:
    return request.param


OpensPortal = Callable[..., Portal]


@pytest.fixture
def opens_portal(chromium: Browser, live_server: LiveServer) -> Iterator[OpensPortal]:
    """Open the portal in a window of its own: `opens_portal("fr", javascript=False)`."""
    demo_companies.load()
    contexts = []

    def opens(language: str, *, javascript: bool = True, width: int = 1280) -> Portal:
        context = chromium.new_context(
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
            locale=f"{language}-CA",
            timezone_id="America/Montreal",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        return Portal(context, live_server.url, language)

    yield opens
    for context in contexts:
        context.close()
