"""What happens to proxies and assignments, and the notices that those concerned receive."""

from collections.abc import Iterator
from functools import partial

from django.utils.translation import gettext_lazy as _

from notices import happenings
from notices.happenings import Group, Happening, Lasting
from proxies.claims import (
    proxy_ends_on_that_day,
    proxy_is_in_force,
    reader_holds_it,
    reader_holds_it_until_that_day,
    reader_no_longer_holds_it,
)
from proxies.models import Assignment, Proxy
from registrations.happenings import registration_is_active, registration_is_not_active


def _proxies_in_force(keys: set[int]) -> Iterator[bool]:
    for proxy in Proxy.objects.filter(pk__in=keys):
        yield proxy.is_in_force


def _assignments_in_force(keys: set[int]) -> Iterator[bool]:
    """These very assignments: a proxy assigned again to the same user makes another row."""
    assignments = Assignment.objects.filter(pk__in=keys).select_related("proxy")
    for assignment in assignments:
        yield assignment.ended_at is None and assignment.proxy.is_in_force


#: who receives a notice: the ESMs of either party, and the users who hold the proxy
MANDATOR, AGENT, HOLDERS = "the mandator's ESMs", "the agent's ESMs", "the holders"

Notice = partial(happenings.Notice, screen="proxies:list")

PROXIES = Group("proxy", _("Proxies"), step=3)
ASSIGNMENTS = Group("assignment", _("Assignments"), step=4)
PROXY = Lasting(_proxies_in_force)

#: added where a change gave or removed rights
RIGHTS = {
    "gained": _("Rights gained: %(gained)s."),
    "lost": _("Rights lost: %(lost)s."),
}

# --- the proxy ------------------------------------------------------------------------------------

PROXY_GIVEN = Happening(
    "proxy.given",
    _("Proxy given"),
    _("Proxy “%(proxy)s” given, until %(ends_on)s."),
    makes=PROXY,
)
PROXY_RECEIVED = Happening(
    "proxy.received",
    _("Proxy received"),
    _("Proxy “%(proxy)s” received from %(mandator)s, until %(ends_on)s."),
    notices={
        AGENT: Notice(
            "proxy.received",
            _("Proxy received from %(mandator)s"),
            _("%(mandator)s gave your company the proxy “%(proxy)s”, until %(ends_on)s."),
            _("Assign it to those of your users who will act for %(mandator)s."),
            is_still_true=proxy_is_in_force,
        )
    },
)
PROXY_CHANGED = Happening(
    "proxy.changed",
    _("Proxy changed"),
    _("Proxy “%(proxy)s” changed; end date: %(ends_on)s."),
    further=RIGHTS,
    notices={
        AGENT: Notice(
            "proxy.changed",
            _("Proxy changed: %(proxy)s"),
            _("%(mandator)s changed the proxy “%(proxy)s”. It ends on %(ends_on)s."),
            _("See its access rights in the list of received proxies."),
            further=RIGHTS,
            is_still_true=proxy_is_in_force,
        ),
        HOLDERS: Notice(
            "held.changed",
            _("The proxy assigned to you has changed"),
            _("The proxy “%(proxy)s” of %(mandator)s has changed. It ends on %(ends_on)s."),
            _("Your home page shows what you can open now."),
            further=RIGHTS,
            is_still_true=reader_holds_it,
        ),
    },
    makes=PROXY,
)
PROXY_EXTENDED = Happening(
    "proxy.extended",
    _("Proxy extended"),
    _("Proxy “%(proxy)s” extended until %(ends_on)s."),
    notices={
        AGENT: Notice(
            "proxy.extended",
            _("Proxy extended: %(proxy)s"),
            _("%(mandator)s extended the proxy “%(proxy)s” until %(ends_on)s."),
            _("You have nothing to do: your users keep it."),
            is_still_true=proxy_ends_on_that_day,
        ),
        HOLDERS: Notice(
            "held.extended",
            _("The proxy assigned to you is extended"),
            _("The proxy “%(proxy)s” of %(mandator)s is extended until %(ends_on)s."),
            _("You have nothing to do."),
            is_still_true=reader_holds_it_until_that_day,
        ),
    },
    makes=PROXY,
)
YOUR_PROXY_ENDED = Notice(
    "held.ended",
    _("The proxy assigned to you has ended"),
    _("The proxy “%(proxy)s” of %(mandator)s has ended: you no longer act by it."),
    _("If you still need it, ask your electronic services manager."),
)
PROXY_REVOKED = Happening(
    "proxy.revoked",
    _("Proxy revoked"),
    _("Proxy “%(proxy)s” revoked by the mandator."),
    notices={
        AGENT: Notice(
            "proxy.revoked",
            _("Proxy revoked: %(proxy)s"),
            _("%(mandator)s revoked the proxy “%(proxy)s”: your users no longer act by it."),
            _("If that is a mistake, ask %(mandator)s for a new proxy."),
        ),
        HOLDERS: YOUR_PROXY_ENDED,
    },
)
PROXY_RENOUNCED = Happening(
    "proxy.renounced",
    _("Proxy renounced"),
    _("Proxy “%(proxy)s” renounced by the agent."),
    notices={
        MANDATOR: Notice(
            "proxy.renounced",
            _("Proxy renounced by %(agent)s"),
            _("%(agent)s renounced the proxy “%(proxy)s”: it no longer acts for you by it."),
            _("You can give a proxy to another agent."),
        ),
        HOLDERS: YOUR_PROXY_ENDED,
    },
)
PROXY_EXPIRED = Happening(
    "proxy.expired",
    _("Proxy expired"),
    _("Proxy “%(proxy)s” expired: its last day was %(ends_on)s."),
    notices={
        MANDATOR: Notice(
            "expired.mandator",
            _("A proxy that you gave has expired"),
            _("The proxy “%(proxy)s” that your company gave has expired: it ended on %(ends_on)s."),
            _("You can copy it to make a new one, with the users who held it."),
        ),
        AGENT: Notice(
            "expired.agent",
            _("A proxy that you received has expired"),
            _(
                "The proxy “%(proxy)s” received from %(mandator)s has expired: it ended on "
                "%(ends_on)s."
            ),
            _("If you still act for %(mandator)s, ask it for a new proxy."),
        ),
        HOLDERS: Notice(
            "expired.holder",
            _("Your proxy has expired"),
            _("The proxy “%(proxy)s” of %(mandator)s, assigned to you, ended on %(ends_on)s."),
            _("If you still need it, ask your electronic services manager."),
        ),
    },
)

#: reminders that a proxy ends soon; no event is recorded for them
ENDS_SOON = {
    MANDATOR: Notice(
        "reminder.mandator",
        _("A proxy that you gave ends on %(ends_on)s"),
        _("The proxy “%(proxy)s” that your company gave ends on %(ends_on)s."),
        _("You can extend it up to and including that day; afterwards, only a new proxy will do."),
        is_still_true=proxy_ends_on_that_day,
    ),
    AGENT: Notice(
        "reminder.agent",
        _("A proxy that you received ends on %(ends_on)s"),
        _("The proxy “%(proxy)s” received from %(mandator)s ends on %(ends_on)s."),
        _("If you still act for %(mandator)s, ask it to extend the proxy before it ends."),
        is_still_true=proxy_ends_on_that_day,
    ),
    HOLDERS: Notice(
        "reminder.holder",
        _("Your proxy ends on %(ends_on)s"),
        _("The proxy “%(proxy)s” of %(mandator)s, assigned to you, ends on %(ends_on)s."),
        _("If you still need it, tell your electronic services manager before it ends."),
        is_still_true=reader_holds_it_until_that_day,
    ),
}

# --- its assignments ------------------------------------------------------------------------------

ASSIGNED = Happening(
    "assignment.made",
    _("Proxy assigned"),
    _("Proxy “%(proxy)s” assigned to: %(names)s."),
    notices={
        HOLDERS: Notice(
            "assignment.made",
            _("A proxy is assigned to you"),
            _("The proxy “%(proxy)s” of %(mandator)s is assigned to you until %(ends_on)s."),
            _("Your home page shows the e-services that it opens."),
            is_still_true=reader_holds_it,
        )
    },
    makes=Lasting(_assignments_in_force, fact="assignments"),
)
ASSIGNED_BY_AGENT = Happening(
    "assignment.made_by_agent",
    _("Proxy assigned by the agent"),
    _("Proxy “%(proxy)s” assigned by %(agent)s; number of users concerned: %(count)s."),
)
REMOVED = Happening(
    "assignment.removed",
    _("Proxy removed"),
    _("Proxy “%(proxy)s” removed from: %(names)s."),
    notices={
        HOLDERS: Notice(
            "assignment.removed",
            _("A proxy is no longer assigned to you"),
            _("The proxy “%(proxy)s” of %(mandator)s is no longer assigned to you."),
            _("If you still need it, ask your electronic services manager."),
            is_still_true=reader_no_longer_holds_it,
        )
    },
)
REMOVED_BY_AGENT = Happening(
    "assignment.removed_by_agent",
    _("Proxy removed by the agent"),
    _("Proxy “%(proxy)s” removed by %(agent)s; number of users concerned: %(count)s."),
)

# --- the mandator's registration: its events are recorded by `registrations` ----------------------

RIGHTS_CLOSED = {
    AGENT: Notice(
        "rights.closed",
        _("%(mandator)s: e-services of %(acronym)s closed"),
        _(
            "%(mandator)s deactivated its registration with %(ministry)s: the proxies that it gave "
            "your company open nothing there any more."
        ),
        _("If you still act for %(mandator)s there, ask it to have the registration reactivated."),
        is_still_true=registration_is_not_active,
    ),
    HOLDERS: Notice(
        "rights.closed_held",
        _("%(mandator)s: e-services of %(acronym)s closed"),
        _(
            "%(mandator)s deactivated its registration with %(ministry)s: the proxy assigned to "
            "you opens nothing there any more."
        ),
        _("If you still need it, ask your electronic services manager."),
        is_still_true=registration_is_not_active,
    ),
}
RIGHTS_OPEN = Notice(
    "rights.open",
    _("%(mandator)s: e-services of %(acronym)s open again"),
    _(
        "The registration of %(mandator)s with %(ministry)s is active again: its proxies open "
        "the e-services there as before."
    ),
    _("Your home page shows what you can open now."),
    is_still_true=registration_is_active,
)
