"""Addresses of the views without arguments."""

from django.urls import reverse
from django.utils.translation import override

from cse_portal.speed.languages import cached_by_language


def address(view: str, language: str | None = None) -> str:
    """The address of a view without arguments, in the page's language or the given one.

    Raises NoReverseMatch.
    """
    if language is None:
        return _address(view)
    with override(language):
        return _address(view)


@cached_by_language
def _address(view: str) -> str:
    return reverse(view)
