"""Addresses of the screens that have no key in theirs."""

from django.urls import reverse
from django.utils.translation import override

from cse_portal.speed.languages import cached_by_language


def address(view: str, language: str | None = None) -> str:
    """Where a screen stands, in the language of the page or in the one that is named.

    Raises NoReverseMatch where no screen has that name without a key.
    """
    if language is None:
        return _address(view)
    with override(language):
        return _address(view)


@cached_by_language
def _address(view: str) -> str:
    return reverse(view)
