"""Assigning a proxy to users, removing it, moving a user. Each action is one transaction."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal import clock
from cse_portal.acting.door import act
from cse_portal.acting.permissions import Verb
from proxies import queries, telling
from proxies.actions.locks import lock_assignments, lock_held, lock_users, why_not_changed
from proxies.models import Assignment, Proxy
from users.models import User


@act(Verb.ASSIGN_PROXY)
def assign(proxy: Proxy, *, to: Iterable[User], by: User) -> list[Assignment]:
    """Attach a proxy that the ESM's company holds to some of its users, all of them or none.

    A user has at most one proxy of a mandator: their assignments to proxies that are no longer in
    force are ended first. Raises ValidationError naming those who already hold one.
    """
    proxy = lock_held(proxy, by=by)
    if obstacle := why_not_changed(proxy):
        raise ValidationError(obstacle)
    return attach(proxy, lock_users(to, by=by), by=by)


@act(Verb.REMOVE_PROXY)
def remove(proxy: Proxy, *, from_users: Iterable[User], by: User) -> list[User]:
    """Take a proxy in force away from users of the company that holds it (« Retirer »).

    Suspended users too. Raises ValidationError when one of them no longer holds it.
    """
    proxy = lock_held(proxy, by=by)
    if obstacle := why_not_changed(proxy):
        raise ValidationError(obstacle)
    chosen = list(dict.fromkeys(user.pk for user in from_users))
    standing = Assignment.objects.standing().filter(proxy=proxy, user__in=chosen)
    held = lock_assignments(standing)
    if not chosen or len(held) != len(chosen):
        raise ValidationError(_("Someone you chose no longer holds this proxy."))
    users = [held[key].user for key in chosen]
    standing.update(ended_at=clock.now())
    telling.removed(proxy, users, by=by)
    return users


@act(Verb.MOVE_USER)
def move(user: User, *, from_proxy: Proxy, to_proxy: Proxy, by: User) -> Assignment:
    """Replace the proxy of a user by another one of the same mandator, in one transaction.

    They never hold both, and keep the first if it fails. Raises ValidationError when they no longer
    hold the first, or when the second is no longer in force.
    """
    first, second = sorted([from_proxy, to_proxy], key=lambda proxy: proxy.pk)
    locked = {proxy.pk: lock_held(proxy, by=by) for proxy in (first, second)}
    from_proxy, to_proxy = locked[from_proxy.pk], locked[to_proxy.pk]
    if from_proxy.pk == to_proxy.pk or from_proxy.mandator_id != to_proxy.mandator_id:
        raise ValidationError(_("Choose another proxy of the same mandator."))
    if obstacle := why_not_changed(to_proxy):
        raise ValidationError(obstacle)
    users = lock_users([user], by=by)
    held = Assignment.objects.standing().filter(proxy=from_proxy, user__in=users)
    if not held.update(ended_at=clock.now()):
        raise ValidationError(
            _("%(name)s no longer holds this proxy.") % {"name": user.name_and_code}
        )
    telling.removed(from_proxy, users, by=by)
    (assignment,) = attach(to_proxy, users, by=by)
    return assignment


def attach(proxy: Proxy, users: list[User], *, by: User) -> list[Assignment]:
    """Assign a locked proxy to locked users.

    Raises ValidationError when one of them holds a proxy of that mandator in force.
    """
    standing = queries.standing_assignments.all([user.pk for user in users], proxy.mandator_id)
    holders = {held.user_id for held in standing if held.proxy.is_in_force}
    _check_none_holds([user for user in users if user.pk in holders])
    if standing:
        stale = Assignment.objects.standing().filter(user__in=users, mandator=proxy.mandator_id)
        stale.update(ended_at=clock.now())
    assignments = Assignment.objects.bulk_create(
        [
            Assignment(
                proxy=proxy,
                user=user,
                company=by.company,
                mandator_id=proxy.mandator_id,
                assigned_by=by,
            )
            for user in users
        ]
    )
    telling.assigned(proxy, assignments, by=by)
    return assignments


def _check_none_holds(holders: list[User]) -> None:
    """A user has at most one proxy of a mandator (procedure, section 4)."""
    if holders:
        raise ValidationError(
            ngettext(
                "%(names)s already holds a proxy.", "%(names)s already hold a proxy.", len(holders)
            )
            % {"names": ", ".join(user.name_and_code for user in holders)}
        )
