"""Whether what a notice about a proxy says is still true when its e-mail is sent.

The message in the portal stays: it was true on its day.
"""

from notices.happenings import MessageFacts
from proxies.models import Assignment, Proxy


def proxy_is_in_force(message: MessageFacts) -> bool:
    return _proxy_of(message).is_in_force


def proxy_ends_on_that_day(message: MessageFacts) -> bool:
    """Whether it is in force, until the day that the message names."""
    proxy = _proxy_of(message)
    return proxy.is_in_force and proxy.ends_on.isoformat() == message.facts.get("ends_on")


def reader_holds_it(message: MessageFacts) -> bool:
    return proxy_is_in_force(message) and _is_held(message)


def reader_holds_it_until_that_day(message: MessageFacts) -> bool:
    return proxy_ends_on_that_day(message) and _is_held(message)


def reader_no_longer_holds_it(message: MessageFacts) -> bool:
    return not _is_held(message)


def _is_held(message: MessageFacts) -> bool:
    held = Assignment.objects.standing().filter(proxy=message.about_key, user=message.user_id)
    return held.exists()


def _proxy_of(message: MessageFacts) -> Proxy:
    return Proxy.objects.get(pk=message.about_key)
