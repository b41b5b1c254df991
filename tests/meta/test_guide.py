"""The guides and their pictures agree; `make guide` makes the pictures, and this opens none."""

import re
from pathlib import Path

import pytest

from tests.browser.guide.pictures import PICTURES
from tests.journeys.words import LANGUAGES

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
TEXTS = {language: (GUIDE / f"{language}.md").read_text() for language in LANGUAGES}


def shown_in(language: str) -> list[str]:
    return re.findall(r"!\[[^\]]+\]\(([^)]+)\)", TEXTS[language])


def names_in(language: str) -> list[str]:
    return [Path(path).stem.removeprefix(f"{language}-") for path in shown_in(language)]


def headings_in(language: str) -> list[str]:
    """How deep each one is: `##`, `###`."""
    return re.findall(r"^(#+) ", TEXTS[language], re.MULTILINE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_that_a_guide_shows_is_there(language):
    assert shown_in(language)
    assert [path for path in shown_in(language) if not (GUIDE / path).is_file()] == []


def test_every_picture_is_shown_once_and_by_the_guide_of_its_language():
    shown = [path for language in LANGUAGES for path in shown_in(language)]
    there = [f"images/{picture.name}" for picture in (GUIDE / "images").iterdir()]
    assert sorted(shown) == sorted(there)
    for language in LANGUAGES:
        assert all(path.startswith(f"images/{language}-") for path in shown_in(language))


def test_the_guides_have_the_same_headings_and_pictures_in_the_same_order():
    french, english = LANGUAGES
    assert names_in(french) == names_in(english)
    assert headings_in(french) == headings_in(english)
    assert headings_in(french)


def test_the_walks_take_the_pictures_that_the_guides_show():
    assert list(PICTURES) == names_in(LANGUAGES[0])
