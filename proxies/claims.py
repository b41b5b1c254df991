"""What a notice about a proxy claims, asked again when its e-mail leaves.

Its line in the portal's box stays: it was so on its day.
"""

from typing import Any

from cse_portal import clock
from proxies.models import Assignment, Proxy


def is_in_force(message: Any) -> bool:
    return _proxy(message).state_on(clock.today()) == Proxy.State.IN_FORCE


def ends_on_that_day(message: Any) -> bool:
    """In force, until the day that the notice names."""
    proxy = _proxy(message)
    same_day = bool(message.facts["ends_on"] == proxy.ends_on.isoformat())
    return same_day and proxy.state_on(clock.today()) == Proxy.State.IN_FORCE


def is_held(message: Any) -> bool:
    """By the reader."""
    held = Assignment.objects.standing().filter(proxy=_proxy(message), user=message.user_id)
    return held.exists()


def is_not_held(message: Any) -> bool:
    return not is_held(message)


def _proxy(message: Any) -> Proxy:
    """The one that the message is about. Raises Proxy.DoesNotExist."""
    proxy: Proxy = Proxy.objects.get(pk=message.about.partition(":")[2])
    return proxy
