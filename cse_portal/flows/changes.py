"""What a change alters, old → new, as it is read before « Transmettre » and kept on the receipt."""

from django.utils.translation import gettext


def changed(what: str, old: str, new: str) -> str:
    """One change, in words."""
    return gettext("%(what)s: %(old)s → %(new)s") % {"what": what, "old": old, "new": new}
