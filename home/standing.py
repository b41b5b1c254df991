"""Whether what was transmitted with a receipt is still in force.

Only rows that can end have a standing: proxies, assignments, registrations, user files. The events
of the receipt name the rows that it created or extended.
"""

import re
from collections import defaultdict

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cse_portal.keys import DIGITS
from cse_portal.models import Receipt
from notices.happenings import Lasting
from notices.models import Event


class Standing(TextChoices):
    """Its state today."""

    IN_FORCE = "in_force", _("Still in force")
    IN_PART = "in_part", _("Still in force in part: the rest has ended")
    ENDED = "ended", _("Has ended")


def standing_of(receipt: Receipt) -> Standing | None:
    """The standing of all rows of a receipt; None when none of them can end, or has begun.

    Also None when an event of the receipt is unknown to this version of the portal.
    """
    keys_by_kind: dict[Lasting, set[int]] = defaultdict(set)
    for event in Event.objects.filter(receipt=receipt):
        if not event.happening.is_known:
            return None
        if kind := event.happening.makes:
            keys_by_kind[kind] |= _keys(event, kind)
    answers = {
        is_in_force
        for kind, keys in keys_by_kind.items()
        for is_in_force in kind.are_in_force(keys)
    }
    if not answers:
        return None
    if len(answers) > 1:
        return Standing.IN_PART
    return Standing.IN_FORCE if answers == {True} else Standing.ENDED


def _keys(event: Event, kind: Lasting) -> set[int]:
    """The keys of the rows: those in a fact (`12,13`), or the one that the event is about."""
    if kind.fact:
        text = event.facts.get(kind.fact, "") if isinstance(event.facts, dict) else ""
    else:
        text = event.about.partition(":")[2]
    return {int(key) for key in re.findall(rf"\b[0-9]{{1,{DIGITS}}}\b", str(text))}
