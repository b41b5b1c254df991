"""Whether what a receipt made is still in force: each app has things of its own that can end.

Only what can end has a standing: a proxy, an assignment, a registration, a user file. The events of
the transmission tell which ones the receipt made or prolonged.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cse_portal.models import Receipt
from notices.kinds import EventKind
from notices.models import Event
from proxies.models import Assignment, Proxy
from registrations.models import Registration
from users.models import User

#: whether each of the things of these keys is in force today
Asks = Callable[[set[int]], Iterator[bool]]


class Standing(TextChoices):
    """What became of it by today."""

    IN_FORCE = "in_force", _("Still in force")
    IN_PART = "in_part", _("Still in force in part: the rest has ended")
    ENDED = "ended", _("Has ended")


def standing_of(receipt: Receipt) -> Standing | None:
    """Of everything that the receipt made; None where nothing of it can end, or has begun."""
    things: dict[Asks, set[int]] = defaultdict(set)
    for event in Event.objects.filter(receipt=receipt, kind__in=MADE):
        things[MADE[EventKind(event.kind)]] |= _keys(event)
    said = {is_in_force for asks, keys in things.items() for is_in_force in asks(keys)}
    if not said:
        return None
    if len(said) > 1:
        return Standing.IN_PART
    return Standing.IN_FORCE if said == {True} else Standing.ENDED


def _keys(event: Event) -> set[int]:
    """What the event is about: `proxy:12`; an assigned proxy's assignments are its facts."""
    if event.kind == EventKind.ASSIGNED:
        return {int(key) for key in event.facts.get("assignments", "").split(",") if key}
    key = event.about.partition(":")[2]
    return {int(key)} if key else set()


def _proxies(keys: set[int]) -> Iterator[bool]:
    for proxy in Proxy.objects.filter(pk__in=keys):
        yield proxy.is_in_force


def _assignments(keys: set[int]) -> Iterator[bool]:
    """Those that were made then: a user who is assigned it anew holds another one."""
    made = Assignment.objects.filter(pk__in=keys).select_related("proxy")
    for assignment in made:
        yield assignment.ended_at is None and assignment.proxy.is_in_force


def _registrations(keys: set[int]) -> Iterator[bool]:
    """One that waits for its answer, or is refused, has not begun: nothing to say."""
    for registration in Registration.objects.filter(pk__in=keys):
        if registration.is_active or registration.is_deactivated:
            yield registration.is_active


def _files(keys: set[int]) -> Iterator[bool]:
    for user in User.objects.filter(pk__in=keys):
        yield user.is_active


#: what a receipt made or prolonged; the other events end something, or change nothing that lasts
MADE: dict[EventKind, Asks] = {
    EventKind.PROXY_GIVEN: _proxies,
    EventKind.PROXY_CHANGED: _proxies,
    EventKind.PROXY_EXTENDED: _proxies,
    EventKind.ASSIGNED: _assignments,
    EventKind.REGISTRATION_REQUESTED: _registrations,
    EventKind.REACTIVATION_REQUESTED: _registrations,
    EventKind.FILE_CREATED: _files,
    EventKind.FILE_CHANGED: _files,
    EventKind.FILE_REACTIVATED: _files,
}
