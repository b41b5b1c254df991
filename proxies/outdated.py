"""Messages that say what is no longer so: their e-mails, late for any reason, are void.

The line in the portal's box stays: it was so on its day.
"""

from cse_portal import clock
from notices.kinds import MessageKind as Kind
from notices.models import Message
from proxies.models import Assignment, Proxy
from registrations.models import Registration

REMINDERS = {Kind.ENDS_SOON_GIVEN, Kind.ENDS_SOON_RECEIVED, Kind.ENDS_SOON_HELD}
#: that the proxy ends on the day that they name
OF_THIS_END = REMINDERS | {Kind.PROXY_EXTENDED, Kind.YOUR_PROXY_EXTENDED}
#: that it is in force
IN_FORCE = OF_THIS_END | {
    *(Kind.PROXY_RECEIVED, Kind.PROXY_CHANGED, Kind.YOUR_PROXY_CHANGED, Kind.ASSIGNED),
}
#: that the reader holds it
HELD = {Kind.ENDS_SOON_HELD, Kind.YOUR_PROXY_EXTENDED, Kind.YOUR_PROXY_CHANGED, Kind.ASSIGNED}
#: whether a registration is active
ACTIVE = {
    Kind.REGISTRATION_ACCEPTED: True,
    Kind.RIGHTS_OPEN: True,
    Kind.RIGHTS_CLOSED_RECEIVED: False,
    Kind.RIGHTS_CLOSED_HELD: False,
}


def is_outdated(message: Message) -> bool:
    """Whether what the message says has become untrue."""
    subject, _colon, key = message.about.partition(":")
    if subject == "proxy":
        return _is_outdated_of(Proxy.objects.get(pk=key), message)
    if message.kind in ACTIVE and subject == "registration":
        return Registration.objects.get(pk=key).is_active != ACTIVE[Kind(message.kind)]
    return False


def _is_outdated_of(proxy: Proxy, message: Message) -> bool:
    held = Assignment.objects.standing().filter(proxy=proxy, user=message.user_id).exists
    if message.kind in IN_FORCE and proxy.state_on(clock.today()) != Proxy.State.IN_FORCE:
        return True
    if message.kind in OF_THIS_END and message.facts["ends_on"] != proxy.ends_on.isoformat():
        return True
    if message.kind in HELD:
        return not held()
    return message.kind == Kind.REMOVED and held()
