"""All that can happen to a company's account, and all that people are told, in words.

A sentence is kept as its kind and its facts, and written when it is read: each reader has it in
his own language.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventKind(models.TextChoices):
    """What happened, as the history of an account names it."""

    REGISTRATION_REQUESTED = "registration.requested", _("Registration requested")
    REGISTRATION_ACCEPTED = "registration.accepted", _("Registration accepted")
    REGISTRATION_REFUSED = "registration.refused", _("Registration refused")
    REGISTRATION_DEACTIVATED = "registration.deactivated", _("Registration deactivated")
    REACTIVATION_REQUESTED = "registration.reactivation", _("Reactivation requested")
    FILE_CREATED = "file.created", _("User file created")
    FILE_CHANGED = "file.changed", _("User file changed")
    FILE_SUSPENDED = "file.suspended", _("User file suspended")
    FILE_REACTIVATED = "file.reactivated", _("User file reactivated")
    PASSWORD_RESET = "file.password", _("Password reset")
    PROFILE_CHANGED = "file.profile", _("Profile changed")
    PROXY_GIVEN = "proxy.given", _("Proxy given")
    PROXY_RECEIVED = "proxy.received", _("Proxy received")
    PROXY_CHANGED = "proxy.changed", _("Proxy changed")
    PROXY_EXTENDED = "proxy.extended", _("Proxy extended")
    PROXY_REVOKED = "proxy.revoked", _("Proxy revoked")
    PROXY_RENOUNCED = "proxy.renounced", _("Proxy renounced")
    PROXY_EXPIRED = "proxy.expired", _("Proxy expired")
    ASSIGNED = "assignment.made", _("Proxy assigned")
    ASSIGNED_BY_AGENT = "assignment.made_by_agent", _("Proxy assigned by the agent")
    REMOVED = "assignment.removed", _("Proxy removed")
    REMOVED_BY_AGENT = "assignment.removed_by_agent", _("Proxy removed by the agent")


EVENT_SENTENCES = {
    EventKind.REGISTRATION_REQUESTED: _("Registration requested with %(ministry)s."),
    EventKind.REGISTRATION_ACCEPTED: _("Registration with %(ministry)s accepted."),
    EventKind.REGISTRATION_REFUSED: _("Registration with %(ministry)s refused: %(reason)s"),
    EventKind.REGISTRATION_DEACTIVATED: _("Registration with %(ministry)s deactivated."),
    EventKind.REACTIVATION_REQUESTED: _(
        "Reactivation of the registration with %(ministry)s requested."
    ),
    EventKind.FILE_CREATED: _("File of %(name)s (%(code)s) created."),
    EventKind.FILE_CHANGED: _("File of %(name)s (%(code)s) changed."),
    EventKind.FILE_SUSPENDED: _("File of %(name)s (%(code)s) suspended."),
    EventKind.FILE_REACTIVATED: _("File of %(name)s (%(code)s) reactivated."),
    EventKind.PASSWORD_RESET: _("Password of %(name)s (%(code)s) reset."),
    EventKind.PROFILE_CHANGED: _("Profile of %(name)s (%(code)s) changed by its owner."),
    EventKind.PROXY_GIVEN: _("Proxy “%(proxy)s” given, until %(ends_on)s."),
    EventKind.PROXY_RECEIVED: _("Proxy “%(proxy)s” received from %(mandator)s, until %(ends_on)s."),
    EventKind.PROXY_CHANGED: _("Proxy “%(proxy)s” changed; end date: %(ends_on)s."),
    EventKind.PROXY_EXTENDED: _("Proxy “%(proxy)s” extended until %(ends_on)s."),
    EventKind.PROXY_REVOKED: _("Proxy “%(proxy)s” revoked by the mandator."),
    EventKind.PROXY_RENOUNCED: _("Proxy “%(proxy)s” renounced by the agent."),
    EventKind.PROXY_EXPIRED: _("Proxy “%(proxy)s” expired: its last day was %(ends_on)s."),
    EventKind.ASSIGNED: _("Proxy “%(proxy)s” assigned to: %(names)s."),
    EventKind.ASSIGNED_BY_AGENT: _(
        "Proxy “%(proxy)s” assigned by %(agent)s; number of users concerned: %(count)s."
    ),
    EventKind.REMOVED: _("Proxy “%(proxy)s” removed from: %(names)s."),
    EventKind.REMOVED_BY_AGENT: _(
        "Proxy “%(proxy)s” removed by %(agent)s; number of users concerned: %(count)s."
    ),
}


#: said after what happened to a proxy, when its rights changed
RIGHTS_SENTENCES = {
    "gained": _("Rights gained: %(gained)s."),
    "lost": _("Rights lost: %(lost)s."),
}


class MessageKind(models.TextChoices):
    """What a person is told: the subject of the message."""

    REGISTRATION_ACCEPTED = "registration.accepted", _("%(acronym)s: registration active")
    REGISTRATION_REFUSED = "registration.refused", _("%(acronym)s: registration refused")
    PROXY_RECEIVED = "proxy.received", _("Proxy received from %(mandator)s")
    PROXY_CHANGED = "proxy.changed", _("Proxy changed: %(proxy)s")
    PROXY_EXTENDED = "proxy.extended", _("Proxy extended: %(proxy)s")
    PROXY_REVOKED = "proxy.revoked", _("Proxy revoked: %(proxy)s")
    PROXY_RENOUNCED = "proxy.renounced", _("Proxy renounced by %(agent)s")
    YOUR_PROXY_CHANGED = "held.changed", _("The proxy assigned to you has changed")
    YOUR_PROXY_EXTENDED = "held.extended", _("The proxy assigned to you is extended")
    YOUR_PROXY_ENDED = "held.ended", _("The proxy assigned to you has ended")
    ASSIGNED = "assignment.made", _("A proxy is assigned to you")
    REMOVED = "assignment.removed", _("A proxy is no longer assigned to you")
    RIGHTS_CLOSED_RECEIVED = "rights.closed", _("%(mandator)s: e-services of %(acronym)s closed")
    RIGHTS_CLOSED_HELD = "rights.closed_held", _("%(mandator)s: e-services of %(acronym)s closed")
    RIGHTS_OPEN = "rights.open", _("%(mandator)s: e-services of %(acronym)s open again")
    ENDS_SOON_GIVEN = "reminder.mandator", _("A proxy that you gave ends on %(ends_on)s")
    ENDS_SOON_RECEIVED = "reminder.agent", _("A proxy that you received ends on %(ends_on)s")
    ENDS_SOON_HELD = "reminder.holder", _("Your proxy ends on %(ends_on)s")
    EXPIRED_GIVEN = "expired.mandator", _("A proxy that you gave has expired")
    EXPIRED_RECEIVED = "expired.agent", _("A proxy that you received has expired")
    EXPIRED_HELD = "expired.holder", _("Your proxy has expired")


#: what happened, then what the person himself can do
MESSAGE_BODIES = {
    MessageKind.REGISTRATION_ACCEPTED: (
        _("The registration of %(company)s with %(ministry)s is active."),
        _("You can now grant access rights there: give a proxy, then assign it."),
    ),
    MessageKind.REGISTRATION_REFUSED: (
        _("The registration of %(company)s with %(ministry)s is refused. Reason: %(reason)s"),
        _("Call %(telephone)s; you can then ask for the registration again."),
    ),
    MessageKind.PROXY_RECEIVED: (
        _("%(mandator)s gave your company the proxy “%(proxy)s”, until %(ends_on)s."),
        _("Assign it to those of your users who will act for %(mandator)s."),
    ),
    MessageKind.PROXY_CHANGED: (
        _("%(mandator)s changed the proxy “%(proxy)s”. It ends on %(ends_on)s."),
        _("See its access rights in the list of received proxies."),
    ),
    MessageKind.PROXY_EXTENDED: (
        _("%(mandator)s extended the proxy “%(proxy)s” until %(ends_on)s."),
        _("You have nothing to do: your users keep it."),
    ),
    MessageKind.PROXY_REVOKED: (
        _("%(mandator)s revoked the proxy “%(proxy)s”: your users no longer act by it."),
        _("If that is a mistake, ask %(mandator)s for a new proxy."),
    ),
    MessageKind.PROXY_RENOUNCED: (
        _("%(agent)s renounced the proxy “%(proxy)s”: it no longer acts for you by it."),
        _("You can give a proxy to another agent."),
    ),
    MessageKind.YOUR_PROXY_CHANGED: (
        _("The proxy “%(proxy)s” of %(mandator)s has changed. It ends on %(ends_on)s."),
        _("Your home page shows what you can open now."),
    ),
    MessageKind.YOUR_PROXY_EXTENDED: (
        _("The proxy “%(proxy)s” of %(mandator)s is extended until %(ends_on)s."),
        _("You have nothing to do."),
    ),
    MessageKind.YOUR_PROXY_ENDED: (
        _("The proxy “%(proxy)s” of %(mandator)s has ended: you no longer act by it."),
        _("If you still need it, ask your electronic services manager."),
    ),
    MessageKind.ASSIGNED: (
        _("The proxy “%(proxy)s” of %(mandator)s is assigned to you until %(ends_on)s."),
        _("Your home page shows the e-services that it opens."),
    ),
    MessageKind.REMOVED: (
        _("The proxy “%(proxy)s” of %(mandator)s is no longer assigned to you."),
        _("If you still need it, ask your electronic services manager."),
    ),
    MessageKind.RIGHTS_CLOSED_RECEIVED: (
        _(
            "%(mandator)s deactivated its registration with %(ministry)s: the proxies that it gave "
            "your company open nothing there any more."
        ),
        _("If you still act for %(mandator)s there, ask it to have the registration reactivated."),
    ),
    MessageKind.RIGHTS_CLOSED_HELD: (
        _(
            "%(mandator)s deactivated its registration with %(ministry)s: the proxy assigned to "
            "you opens nothing there any more."
        ),
        _("If you still need it, ask your electronic services manager."),
    ),
    MessageKind.RIGHTS_OPEN: (
        _(
            "The registration of %(mandator)s with %(ministry)s is active again: its proxies open "
            "the e-services there as before."
        ),
        _("Your home page shows what you can open now."),
    ),
    MessageKind.ENDS_SOON_GIVEN: (
        _("The proxy “%(proxy)s” that your company gave ends on %(ends_on)s."),
        _("You can extend it up to and including that day; afterwards, only a new proxy will do."),
    ),
    MessageKind.ENDS_SOON_RECEIVED: (
        _("The proxy “%(proxy)s” received from %(mandator)s ends on %(ends_on)s."),
        _("If you still act for %(mandator)s, ask it to extend the proxy before it ends."),
    ),
    MessageKind.ENDS_SOON_HELD: (
        _("The proxy “%(proxy)s” of %(mandator)s, assigned to you, ends on %(ends_on)s."),
        _("If you still need it, tell your electronic services manager before it ends."),
    ),
    MessageKind.EXPIRED_GIVEN: (
        _("The proxy “%(proxy)s” that your company gave has expired: it ended on %(ends_on)s."),
        _("You can copy it to make a new one, with the users who held it."),
    ),
    MessageKind.EXPIRED_RECEIVED: (
        _("The proxy “%(proxy)s” received from %(mandator)s has expired: it ended on %(ends_on)s."),
        _("If you still act for %(mandator)s, ask it for a new proxy."),
    ),
    MessageKind.EXPIRED_HELD: (
        _("The proxy “%(proxy)s” of %(mandator)s, assigned to you, ended on %(ends_on)s."),
        _("If you still need it, ask your electronic services manager."),
    ),
}


#: what the history can be narrowed to: the first word of its kinds
EVENT_GROUPS = {
    "registration": _("Registrations"),
    "file": _("User files"),
    "proxy": _("Proxies"),
    "assignment": _("Assignments"),
}


def screen_of(kind: str, *, is_esm: bool) -> str:
    """Name of the address where the reader of a message sees or does what it speaks of."""
    if not is_esm:
        return "home"
    return "registrations:list" if kind.startswith("registration.") else "proxies:list"
