"""Giving a proxy, changing it, extending it. Each action is one transaction."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cse_portal import clock
from cse_portal.acting.door import act
from cse_portal.acting.permissions import Verb
from cse_portal.models import Company, in_words_of_constraints
from proxies import happenings, telling
from proxies.actions.locks import (
    lock_active_registrations,
    lock_given,
    why_not_changed,
)
from proxies.effects import services_of
from proxies.models import AccessRight, Proxy, TickedService
from proxies.rules import (
    Bundle,
    check_agent,
    check_both_roles,
    check_end_date,
    check_incompatible_roles,
    check_later,
    check_rights,
    iqea_roles,
    rights_of,
)
from registrations.models import Ministry, Registration
from registrations.services import read_services
from users.models import User


@act(Verb.CREATE_PROXY)
def create(
    *, by: User, ends_on: date, description: str, rights: Bundle, agent: Company | None = None
) -> Proxy:
    """Give a proxy over `rights` of the ESM's own company (procedure, section 3).

    Internal without an agent, external with one. Raises ValidationError when a rule refuses it.
    """
    mandator = by.company
    if agent is not None:
        check_agent(agent, mandator=mandator)
    today = clock.today()
    check_end_date(ends_on, term_starts_on=today)
    proxy = Proxy(
        mandator=mandator,
        agent=agent,
        term_starts_on=today,
        ends_on=ends_on,
        description=description,
        given_by=by,
    )
    proxy.clean_fields(
        exclude=["holder", "mandator", "agent", "given_by"]
    )  # rows that were just read
    _check_bundle(proxy, rights, added=rights)
    registrations = lock_active_registrations(mandator, rights)
    with in_words_of_constraints(Proxy):
        proxy.save(force_insert=True)
    _grant(proxy, rights, registrations)
    telling.given(proxy, by=by)
    return proxy


@act(Verb.CHANGE_PROXY)
def change(proxy: Proxy, *, by: User, ends_on: date, description: str, rights: Bundle) -> Proxy:
    """Change the end date, description and rights of a proxy in force (procedure, section 3).

    A later end date starts a new period of three years, counted from today. Rights that stay the
    same are left alone, even where the registration is no longer active.
    """
    mandator = by.company
    before = Proxy.objects.get(pk=proxy.pk, mandator=mandator)
    current = rights_of(before)
    changed = {
        ministry: right for ministry, right in rights.items() if current.get(ministry) != right
    }
    registrations = lock_active_registrations(mandator, changed)
    proxy = lock_given(proxy, by=by)
    if obstacle := why_not_changed(proxy):
        raise ValidationError(obstacle)
    if not changed and len(rights) == len(current) and is_same(proxy, ends_on, description):
        raise ValidationError(_("Nothing changes in this proxy: correct it, or leave it as it is."))
    if ends_on > proxy.ends_on:
        proxy.term_starts_on = clock.today()
    if ends_on != proxy.ends_on:
        check_end_date(ends_on, term_starts_on=proxy.term_starts_on)
    proxy.ends_on, proxy.description = ends_on, description
    proxy.full_clean(exclude=["holder"])
    _check_bundle(proxy, rights, added=changed)
    proxy.save(update_fields=["term_starts_on", "ends_on", "description"])
    ended = [ministry for ministry in current if current[ministry] != rights.get(ministry)]
    proxy.access_rights.standing().filter(ministry__in=ended).update(ended_at=clock.now())
    _grant(proxy, changed, registrations)
    difference = gained_and_lost(current, rights, is_external=proxy.is_external)
    telling.changed(proxy, happenings.PROXY_CHANGED, by=by, **difference)
    return proxy


def gained_and_lost(old: Bundle, new: Bundle, *, is_external: bool) -> dict[str, str]:
    """The services that a change of rights adds and removes, as facts for events and messages."""
    read_services([*old, *new])
    before, after = (services_of(bundle, is_external=is_external) for bundle in (old, new))
    gained = [service for service in after if service not in before]
    lost = [service for service in before if service not in after]
    return telling.names_of("gained", gained) | telling.names_of("lost", lost)


def is_same(proxy: Proxy, ends_on: date, description: str) -> bool:
    """Whether the end date and the description are those of the proxy."""
    return (ends_on, description) == (proxy.ends_on, proxy.description)


@act(Verb.EXTEND_PROXY)
def extend(proxy: Proxy, *, by: User, ends_on: date) -> Proxy:
    """Give a proxy in force a later end date: three years less a day from today at most.

    Only before it expires (procedure, section 3): afterwards a new proxy replaces it. Raises
    ValidationError when the date is not later than the present one.
    """
    proxy = lock_given(proxy, by=by)
    if obstacle := why_not_changed(proxy):
        raise ValidationError(obstacle)
    check_end_date(ends_on, term_starts_on=clock.today())
    check_later(ends_on, proxy)
    proxy.term_starts_on, proxy.ends_on = clock.today(), ends_on
    proxy.full_clean(exclude=["holder"])
    proxy.save(update_fields=["term_starts_on", "ends_on"])
    telling.changed(proxy, happenings.PROXY_EXTENDED, by=by)
    return proxy


def _check_bundle(proxy: Proxy, rights: Bundle, *, added: Bundle) -> None:
    """Check the whole bundle, of which `added` is granted today. Raises ValidationError."""
    if not rights:
        raise ValidationError(_("Grant access rights of one department or agency at least."))
    for ministry, right in added.items():
        check_rights(ministry, right, is_external=proxy.is_external)
    check_both_roles(rights)
    if proxy.agent:
        excluding = None if proxy._state.adding else proxy
        check_incompatible_roles(
            iqea_roles(rights), mandator=proxy.mandator, agent=proxy.agent, excluding=excluding
        )


def _grant(proxy: Proxy, rights: Bundle, registrations: dict[Ministry, Registration]) -> None:
    for ministry, granted in rights.items():
        right = AccessRight(
            proxy=proxy,
            mandator_id=proxy.mandator_id,
            registration=registrations[ministry],
            ministry=ministry,
            scope=granted.scope,
        )
        right.save(force_insert=True)
        TickedService.objects.bulk_create(
            [
                TickedService(
                    access_right=right,
                    service=service,
                    ministry=ministry,
                    iqea_role=service.iqea_role,
                )
                for service in sorted(granted.services, key=lambda service: service.pk)
                if granted.is_restricted
            ]
        )
