"""Actions that give a proxy and assign it together. Each is one transaction."""

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cse_portal import clock
from cse_portal.acting.door import act
from cse_portal.acting.permissions import Verb
from cse_portal.models import Company
from proxies import telling
from proxies.actions.assigning import assign, attach
from proxies.actions.giving import create, extend
from proxies.actions.locks import lock_assignments, lock_users
from proxies.models import Assignment, Proxy
from proxies.rules import Bundle
from users.models import User


@act(Verb.GRANT_RIGHTS)
def grant_to(
    user: User,
    *,
    by: User,
    ends_on: date,
    description: str,
    rights: Bundle,
    replaces: Assignment | None = None,
) -> Proxy:
    """« Gestion des droits d'accès », the short way: an internal proxy for one user alone.

    `replaces` is the assignment that the user had when the ESM decided. Raises ValidationError when
    they hold another one now.
    """
    proxy = create(by=by, ends_on=ends_on, description=description, rights=rights)
    users = lock_users([user], by=by)
    lock_assignments(Assignment.objects.standing().filter(user__in=users, mandator=by.company))
    held = standing_assignment(users[0])
    if held != replaces:
        raise ValidationError(
            _("The proxy of %(name)s has changed meanwhile. Start again.")
            % {"name": user.name_and_code}
        )
    if held is not None and held.proxy.is_in_force:
        Assignment.objects.filter(pk=held.pk).update(ended_at=clock.now())
        telling.removed(held.proxy, users, by=by)
    attach(proxy, users, by=by)
    return proxy


def standing_assignment(user: User) -> Assignment | None:
    """The user's assignment to an internal proxy, in force or not."""
    own = Assignment.objects.standing().filter(user=user, mandator=user.company_id)
    return own.select_related("proxy").first()


@act(Verb.COPY_PROXY)
def copy(
    proxy: Proxy,
    *,
    by: User,
    ends_on: date,
    description: str,
    rights: Bundle,
    agent: Company | None = None,
    users: Iterable[User] = (),
) -> Proxy:
    """Give a copy of a proxy, in force or not, and assign it to `users`.

    Users who hold the source are moved; the others must hold no proxy of the mandator. The agent of
    an external proxy assigns it to its own users.
    """
    source = Proxy.objects.given_by(by.company).get(pk=proxy.pk)
    chosen = list(users)
    if chosen and agent is not None:
        raise ValidationError(_("The agent assigns an external proxy to its own users."))
    proxy_copy = create(by=by, ends_on=ends_on, description=description, rights=rights, agent=agent)
    if chosen:
        people = lock_users(chosen, by=by)
        held = Assignment.objects.standing().filter(proxy=source, user__in=people)
        locked = lock_assignments(held)
        moved = [user for user in people if user.pk in locked]
        held.update(ended_at=clock.now())
        if source.is_in_force and moved:
            telling.removed(source, moved, by=by)
        assign(proxy_copy, to=people, by=by)
    return proxy_copy


def extend_each(
    proxies: Iterable[Proxy], *, by: User, ends_on: date
) -> tuple[list[Proxy], list[tuple[Proxy, str]]]:
    """Extend several proxies, each on its own; return those extended, and those refused with why.

    Both in the order chosen; the rows are locked in the order of their keys. Raises ValidationError
    when none can be extended.
    """
    chosen = list(proxies)
    extended: dict[int, Proxy] = {}
    refused: dict[int, str] = {}
    for proxy in sorted(chosen, key=lambda proxy: proxy.pk):
        try:
            extended[proxy.pk] = extend(proxy, by=by, ends_on=ends_on)
        except ValidationError as refusal:
            refused[proxy.pk] = refusal.messages[0]
    reasons = [(proxy, refused[proxy.pk]) for proxy in chosen if proxy.pk in refused]
    if not extended:
        raise ValidationError([f"{proxy} : {reason}" for proxy, reason in reasons])
    return [extended[proxy.pk] for proxy in chosen if proxy.pk in extended], reasons
