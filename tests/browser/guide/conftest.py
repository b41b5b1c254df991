"""The day that stands still, and where the pictures of a language wait until all are made."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.guide.darkroom import Darkroom
from tests.browser.guide.gallery import Gallery
from tests.browser.guide.stillness import keep_still


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_still(monkeypatch)


@pytest.fixture(scope="module")
def gallery(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory, language: str
) -> Iterator[Gallery]:
    darkroom = Darkroom(chromium)
    yield Gallery(language, tmp_path_factory.mktemp(language), darkroom)
    darkroom.page.close()
