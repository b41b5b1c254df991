"""Addresses of the screens that have no key in theirs: looked up once for each language."""

from functools import lru_cache

from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language, override


def address(view: str, language: str | None = None) -> str:
    """Where a screen stands, in the language of the page or in the one that is named.

    Raises NoReverseMatch where no screen has that name without a key.
    """
    return _address(view, language or get_language() or "", get_script_prefix())


@lru_cache(maxsize=1_000)
def _address(view: str, language: str, _prefix: str) -> str:
    with override(language or None):
        return reverse(view)
