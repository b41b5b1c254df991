"""The pictures in French: a file for each language, so that two workers share the walks."""

import pytest

from tests.browser.guide.every_picture import (
    test_pictures_of_every_page,
    test_pictures_that_only_the_guide_takes,
    test_the_pictures_take_their_places,
)

__all__ = [
    "test_pictures_of_every_page",
    "test_pictures_that_only_the_guide_takes",
    "test_the_pictures_take_their_places",
]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def language() -> str:
    return "fr"
