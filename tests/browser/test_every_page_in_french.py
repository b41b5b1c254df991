"""Every page in French: a file for each language, so that two workers share the walks."""

import pytest

from tests.browser.every_page import (
    only_when_walked,
    test_a_page_has_one_primary_button_at_most,
    test_a_title_names_one_kind_of_page,
    test_every_page_is_valid_html,
    test_every_page_of_an_area_is_accessible_in_every_state,
)

__all__ = [
    "test_a_page_has_one_primary_button_at_most",
    "test_a_title_names_one_kind_of_page",
    "test_every_page_is_valid_html",
    "test_every_page_of_an_area_is_accessible_in_every_state",
]
pytestmark = [pytest.mark.browser, only_when_walked("fr")]


@pytest.fixture
def language() -> str:
    return "fr"
