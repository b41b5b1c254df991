"""Locks of the actions on proxies, and why a proxy can't be changed.

They are taken in the order that `cse_portal.acting.door` states, which has locked the company of
the person who acts.
"""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cse_portal.locks import locked
from cse_portal.models import Company
from proxies import queries
from proxies.models import Assignment, Proxy
from proxies.rules import Bundle
from registrations.models import Ministry, Registration
from users.models import User


def why_not_changed(proxy: Proxy) -> str:
    """Why a proxy can be neither changed nor assigned today; empty when it can."""
    return {
        Proxy.State.IN_FORCE: "",
        Proxy.State.EXPIRED: _("This proxy has expired: it is replaced by a new one."),
        Proxy.State.REVOKED: _("This proxy is revoked: it is replaced by a new one."),
        Proxy.State.RENOUNCED: _("The agent has renounced this proxy: a new one replaces it."),
    }[proxy.state]


def lock_given(proxy: Proxy, *, by: User) -> Proxy:
    """Lock and return a proxy that the ESM's company gave."""
    return queries.locked_given.get(by.company.pk, proxy.pk)


def lock_held(proxy: Proxy, *, by: User) -> Proxy:
    """Lock and return a proxy that the ESM's company may assign."""
    return queries.locked_held.get(by.company.pk, proxy.pk)


def lock_users(chosen: Iterable[User], *, by: User) -> list[User]:
    """Lock active users of the ESM's company by key, and return them in the order chosen.

    Raises ValidationError when one of them can no longer be chosen.
    """
    keys = list(dict.fromkeys(user.pk for user in chosen))
    users = {user.pk: user for user in queries.locked_active_people.all(by.company.pk, keys)}
    if not users or len(users) != len(keys):
        raise ValidationError(_("Someone you chose can no longer be assigned a proxy."))
    return [users[key] for key in keys]


def lock_assignments(standing: QuerySet[Assignment]) -> dict[int, Assignment]:
    """Lock assignments that are about to end, so that each is ended and notified once.

    In the order of the users' keys, by which they are returned.
    """
    rows = locked(standing).select_related("user").order_by("user")
    return {assignment.user_id: assignment for assignment in rows}


def lock_active_registrations(mandator: Company, rights: Bundle) -> dict[Ministry, Registration]:
    """Lock the mandator's active registrations with the ministries of these rights.

    Raises ValidationError when one is not « Actif »: rights are granted only at an active one.
    """
    ministries = {ministry.pk: ministry for ministry in rights}
    locked = queries.locked_active_registrations.all(mandator.pk, list(ministries))
    active = {ministries[registration.ministry_id]: registration for registration in locked}
    if inactive := [ministry for ministry in rights if ministry not in active]:
        names = ", ".join(ministry.acronym for ministry in inactive)
        raise ValidationError(
            _("The registration with %(names)s is not active: no rights can be granted there.")
            % {"names": names}
        )
    return active
