"""What a person typed, stored exactly: lists of values per field, for each slot of a draft.

A slot is one page (`proxy`), or one page opened aside for a key (`rights.melccfp`).
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.http import QueryDict

from cse_portal.patterns import REPLACEMENT

Lists = Mapping[str, list[str]]
Answers = Mapping[str, Lists]
#: cleaned data by slot; Django does not type it, since each field has a type of its own
Cleaned = dict[str, dict[str, Any]]

DETOUR = "detour"


def slot(page_slug: str, key: str | None = None) -> str:
    """The name under which a page's answers are stored in a draft."""
    return page_slug if key is None else f"{page_slug}.{key}"


def answers_aside(page_slug: str, answers: Answers) -> dict[str, Lists]:
    """The answers of a page opened aside, by key, in the order in which they were given."""
    prefix = f"{page_slug}."
    return {
        name.removeprefix(prefix): lists
        for name, lists in answers.items()
        if name.startswith(prefix)
    }


def as_post(lists: Lists) -> QueryDict:
    """Stored answers, as if they had just been posted."""
    post = QueryDict(mutable=True)
    for name, values in lists.items():
        post.setlist(name, values)
    return post


def as_lists(post: QueryDict, fields: Collection[str]) -> dict[str, list[str]]:
    """Posted answers, as they are stored: those to the fields that the page has, and nothing else.

    PostgreSQL can't store NUL: it becomes �.
    """
    return {
        name: [value.replace("\x00", REPLACEMENT) for value in values]
        for name, values in post.lists()
        if name in fields
    }


def left_by_detour(lists: Lists) -> bool:
    """Whether the page was last left to open another one aside, perhaps incomplete."""
    return DETOUR in lists
