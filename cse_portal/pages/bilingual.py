"""Reference texts stored in both languages and read in the language of the page."""

from typing import Self, overload

from django.db.models import TextChoices
from django.utils.translation import get_language

from cse_portal.speed.languages import cached_by_language

LANGUAGES = ("fr", "en")


def page_language() -> str:
    """`fr` or `en`: the language of the current page or letter."""
    return "en" if (get_language() or "").startswith("en") else "fr"


@cached_by_language
def label_of(choices: type[TextChoices], value: str) -> str:
    """The label of a choice in the language of the page."""
    return str(choices(value).label)


class Bilingual:
    """`name = Bilingual("name")` reads `name_fr` or `name_en`, by the language of the page.

    If the text is missing in that language, the other language is used.
    """

    def __init__(self, stem: str) -> None:
        self.stem = stem

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...

    @overload
    def __get__(self, row: object, owner: type) -> str: ...

    def __get__(self, row: object | None, owner: type) -> Self | str:
        if row is None:
            return self
        here = page_language()
        there = LANGUAGES[here == "fr"]
        return getattr(row, f"{self.stem}_{here}") or getattr(row, f"{self.stem}_{there}")
