"""Sentences about changes, old → new, on the verification page and the receipt."""

from django.utils.translation import gettext


def changed(what: str, old: str, new: str) -> str:
    """The sentence about one change."""
    return gettext("%(what)s: %(old)s → %(new)s") % {"what": what, "old": old, "new": new}
