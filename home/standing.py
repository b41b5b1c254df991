"""Whether what a receipt made is still in force, as its events and the apps' happenings say.

Only what can end has a standing: a proxy, an assignment, a registration, a user file. The events of
the transmission tell which ones the receipt made or prolonged.
"""

import re
from collections import defaultdict

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cse_portal.models import Receipt
from notices.happenings import Lasting
from notices.models import Event


class Standing(TextChoices):
    """What became of it by today."""

    IN_FORCE = "in_force", _("Still in force")
    IN_PART = "in_part", _("Still in force in part: the rest has ended")
    ENDED = "ended", _("Has ended")


def standing_of(receipt: Receipt) -> Standing | None:
    """Of everything that the receipt made; None where nothing of it can end, or has begun.

    None as well where it made something that this version of the portal does not know.
    """
    things: dict[Lasting, set[int]] = defaultdict(set)
    for event in Event.objects.filter(receipt=receipt):
        if not event.happening.is_known:
            return None
        if made := event.happening.makes:
            things[made] |= _keys(event, made)
    answers = {is_one for made, keys in things.items() for is_one in made.are_in_force(keys)}
    if not answers:
        return None
    if len(answers) > 1:
        return Standing.IN_PART
    return Standing.IN_FORCE if answers == {True} else Standing.ENDED


def _keys(event: Event, made: Lasting) -> set[int]:
    """The rows that were made: those of a fact (`12,13`), or the one that the event is about."""
    if made.fact:
        text = event.facts.get(made.fact, "") if isinstance(event.facts, dict) else ""
    else:
        text = event.about.partition(":")[2]
    return {int(key) for key in re.findall(r"\b[0-9]{1,18}\b", str(text))}
