"""What ESMs do to proxies and assignments. Each verb is one transaction.

Locks are always taken in the same order: the mandator’s company, its registrations, the proxy,
the users by key. They are `no_key` locks: the rows that point at these ones wait for nobody.
"""

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal import clock
from cse_portal.models import Company
from proxies.models import AccessRight, Assignment, Proxy, TickedService
from proxies.rules import (
    Bundle,
    check_agent,
    check_both_roles,
    check_end_date,
    check_incompatible_roles,
    check_rights,
    iqea_roles,
    rights_of,
)
from registrations.models import Ministry, Registration
from users.models import User


@transaction.atomic
def create(
    *, by: User, ends_on: date, description: str, rights: Bundle, agent: Company | None = None
) -> Proxy:
    """Give a proxy over `rights` of the ESM's own company (procedure, section 3).

    Internal without an agent, external with one. Raises ValidationError when a rule refuses it.
    """
    mandator = _lock_company(by.company.pk)
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
    proxy.full_clean(exclude=["holder"])
    _check_bundle(proxy, rights, newly=rights)
    registrations = _lock_active_registrations(mandator, rights)
    proxy.save()
    _grant(proxy, rights, registrations)
    return proxy


@transaction.atomic
def change(proxy: Proxy, *, by: User, ends_on: date, description: str, rights: Bundle) -> Proxy:
    """Change the end date, description and rights of a proxy in force (procedure, section 3).

    A later end date starts a new period of three years, counted from today. Rights that stay the
    same are left alone, even where the registration is no longer active.
    """
    mandator = _lock_company(by.company.pk)
    before = Proxy.objects.get(pk=proxy.pk, mandator=mandator)
    standing = rights_of(before)
    changed = {one: asked for one, asked in rights.items() if standing.get(one) != asked}
    registrations = _lock_active_registrations(mandator, changed)
    proxy = Proxy.objects.select_for_update(of=("self",), no_key=True).get(pk=proxy.pk)
    if obstacle := why_not_changed(proxy):
        raise ValidationError(obstacle)
    if ends_on > proxy.ends_on:
        proxy.term_starts_on = clock.today()
    if ends_on != proxy.ends_on:
        check_end_date(ends_on, term_starts_on=proxy.term_starts_on)
    proxy.ends_on, proxy.description = ends_on, description
    proxy.full_clean(exclude=["holder"])
    _check_bundle(proxy, rights, newly=changed)
    proxy.save(update_fields=["term_starts_on", "ends_on", "description"])
    gone = [one for one in standing if standing[one] != rights.get(one)]
    proxy.access_rights.standing().filter(ministry__in=gone).update(ended_at=clock.now())
    _grant(proxy, changed, registrations)
    return proxy


@transaction.atomic
def assign(proxy: Proxy, *, to: Iterable[User], by: User) -> list[Assignment]:
    """Attach a proxy that the ESM's company holds to some of its users, all of them or none.

    A user has at most one proxy of a mandator: his assignments to proxies that are no longer in
    force are ended first. Raises ValidationError naming those who already hold one.
    """
    proxy = (
        Proxy.objects.held_by(by.company)
        .select_for_update(of=("self",), no_key=True)
        .get(pk=proxy.pk)
    )
    if not proxy.is_in_force:
        raise ValidationError(why_not_changed(proxy))
    wanted = {user.pk for user in to}
    chosen = User.objects.filter(company=by.company_id, pk__in=wanted, is_active=True)
    users = list(chosen.select_for_update(of=("self",), no_key=True).order_by("pk"))
    if not users or len(users) != len(wanted):
        raise ValidationError(_("Someone you chose can no longer be assigned a proxy."))
    held = Assignment.objects.standing().filter(user__in=users, mandator=proxy.mandator_id)
    in_force = held.in_force(on=clock.today())
    if busy := [str(one.user) for one in in_force.select_related("user").order_by("pk")]:
        raise ValidationError(
            ngettext(
                "%(names)s already holds a proxy.", "%(names)s already hold a proxy.", len(busy)
            )
            % {"names": ", ".join(busy)}
        )
    held.update(ended_at=clock.now())
    return Assignment.objects.bulk_create(
        Assignment(
            proxy=proxy,
            user=user,
            company=by.company,
            mandator_id=proxy.mandator_id,
            assigned_by=by,
        )
        for user in users
    )


def why_not_changed(proxy: Proxy) -> str:
    """Why a proxy can be neither changed nor assigned today; empty when it can."""
    return {
        Proxy.State.IN_FORCE: "",
        Proxy.State.EXPIRED: _("This proxy has expired: it is replaced by a new one."),
        Proxy.State.REVOKED: _("This proxy is revoked: it is replaced by a new one."),
        Proxy.State.RENOUNCED: _("The agent has renounced this proxy: a new one replaces it."),
    }[proxy.state]


def _lock_company(pk: int) -> Company:
    """One ESM at a time gives and changes the company's proxies: rules look at several rows."""
    return Company.objects.select_for_update(no_key=True).get(pk=pk)


def _lock_active_registrations(mandator: Company, rights: Bundle) -> dict[Ministry, Registration]:
    """Rights can be granted only where the registration is « Actif »; it stays so meanwhile."""
    rows = Registration.objects.active().filter(company=mandator, ministry__in=list(rights))
    locked = (
        rows.select_for_update(of=("self",), no_key=True).select_related("ministry").order_by("pk")
    )
    active = {registration.ministry: registration for registration in locked}
    if lapsed := [one for one in rights if one not in active]:
        names = ", ".join(ministry.acronym for ministry in lapsed)
        raise ValidationError(
            _("The registration with %(names)s is not active: no rights can be granted there.")
            % {"names": names}
        )
    return active


def _check_bundle(proxy: Proxy, rights: Bundle, *, newly: Bundle) -> None:
    """The whole bundle of a proxy, of which `newly` is what is granted today."""
    if not rights:
        raise ValidationError(_("Grant access rights of one department or agency at least."))
    for ministry, asked in newly.items():
        check_rights(ministry, asked, is_external=proxy.is_external)
    check_both_roles(rights)
    if proxy.agent:
        but = proxy if proxy.pk else None
        check_incompatible_roles(
            iqea_roles(rights), mandator=proxy.mandator, agent=proxy.agent, but=but
        )


def _grant(proxy: Proxy, rights: Bundle, registrations: dict[Ministry, Registration]) -> None:
    for ministry, asked in rights.items():
        right = AccessRight.objects.create(
            proxy=proxy,
            mandator_id=proxy.mandator_id,
            registration=registrations[ministry],
            ministry=ministry,
            scope=asked.scope,
        )
        TickedService.objects.bulk_create(
            TickedService(access_right=right, service=service, ministry=ministry)
            for service in sorted(asked.services, key=lambda one: one.pk)
            if asked.is_restricted
        )
