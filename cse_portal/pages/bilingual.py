"""Reference texts kept in both languages, read in that of the page."""

from typing import Self, overload

from django.db.models import Model, TextChoices
from django.utils.translation import get_language

from cse_portal.speed.languages import cached_by_language

LANGUAGES = ("fr", "en")


def page_language() -> str:
    """`fr` or `en`: the language of the page or letter under way."""
    return "en" if (get_language() or "").startswith("en") else "fr"


@cached_by_language
def label_of(choices: type[TextChoices], value: str) -> str:
    """What a choice is called in the language of the page."""
    return str(choices(value).label)


class Bilingual:
    """`name = Bilingual("name")` reads `name_fr` or `name_en`, by the language of the page.

    A text missing in that language is read in the other one: better that than nothing.
    """

    def __init__(self, stem: str) -> None:
        self.stem = stem

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...

    @overload
    def __get__(self, row: Model, owner: type) -> str: ...

    def __get__(self, row: Model | None, owner: type) -> Self | str:
        if row is None:
            return self
        here = page_language()
        there = LANGUAGES[here == "fr"]
        return getattr(row, f"{self.stem}_{here}") or getattr(row, f"{self.stem}_{there}")
