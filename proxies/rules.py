"""What rights a proxy may bundle (domain, section 5; procedure, section 3; RDOCECA, section 6.6).

Actions apply these rules under a lock; forms apply the same ones earlier, to show the error sooner.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from cse_portal import clock
from cse_portal.models import Company
from proxies import queries
from proxies.models import AccessRight, Proxy, TickedService
from proxies.terms import MAXIMUM_YEARS, last_allowed_day
from registrations.models import Ministry, Service

OPERATOR, VERIFIER = Service.IQEARole.OPERATOR, Service.IQEARole.VERIFIER
OPPOSITE = {OPERATOR: VERIFIER, VERIFIER: OPERATOR}


@dataclass(frozen=True)
class Rights:
    """The rights at one ministry: all its services, or only the ticked ones."""

    scope: AccessRight.Scope
    services: frozenset[Service] = frozenset()

    @property
    def is_restricted(self) -> bool:
        return self.scope == AccessRight.Scope.RESTRICTED

    @classmethod
    def of(cls, right: AccessRight) -> "Rights":
        """The same rights as an existing right."""
        ticked = right.ticked_services if right.is_restricted else ()
        return cls(AccessRight.Scope(right.scope), frozenset(ticked))


Bundle = Mapping[Ministry, Rights]


def rights_of(proxy: Proxy) -> dict[Ministry, Rights]:
    """The rights that a proxy bundles now, by ministry; read once for each proxy object."""
    if not hasattr(proxy, "standing_rights"):
        read_rights([proxy])
    return {right.ministry: Rights.of(right) for right in proxy.standing_rights}


def read_rights(proxies: Iterable[Proxy]) -> None:
    """Set `standing_rights` on each proxy, with two queries for all of them."""
    proxies = list(proxies)
    by_proxy: dict[int, list[AccessRight]] = {proxy.pk: [] for proxy in proxies}
    found = queries.standing_rights.all(list(by_proxy)) if by_proxy else []
    rights = {right.pk: right for right in found}
    for right in rights.values():
        right.ticked_services = []
        by_proxy[right.proxy_id].append(right)
    restricted = [right.pk for right in rights.values() if right.is_restricted]
    for ticked in queries.ticked_services.all(restricted) if restricted else ():
        rights[ticked.access_right_id].ticked_services.append(ticked.service)
    for proxy in proxies:
        proxy.standing_rights = by_proxy[proxy.pk]


def check_end_date(ends_on: date, *, term_starts_on: date) -> None:
    """Check that it is not past, and at most three years minus a day after the period's start.

    Raises ValidationError.
    """
    if ends_on < clock.today():
        raise ValidationError(_("Enter a date that is not in the past."), code="past")
    last = last_allowed_day(term_starts_on)
    if ends_on > last:
        raise ValidationError(
            _("Enter %(last)s at the latest: a proxy lasts at most three years minus a day.")
            % {"last": last.isoformat()},
            code="too_long",
        )


def check_later(ends_on: date, proxy: Proxy) -> None:
    """Check that it is later than the present end date. Raises ValidationError."""
    if ends_on <= proxy.ends_on:
        raise ValidationError(
            _("Enter a date after the present end date, %(day)s.")
            % {"day": proxy.ends_on.isoformat()},
            code="not_later",
        )


def check_agent(agent: Company | None, *, mandator: Company) -> None:
    """Check that it is an active company, other than the mandator. Raises ValidationError."""
    if agent is None or not agent.is_active:
        raise ValidationError(
            _("No company has this identification number. Check it with your agent."),
            code="unknown",
        )
    if agent == mandator:
        raise ValidationError(
            _("This is your own company’s number. Enter the agent’s."), code="own"
        )


def check_rights(ministry: Ministry, rights: Rights, *, is_external: bool) -> None:
    """Check the rights at one ministry, on their own. Raises ValidationError."""
    if is_external and not ministry.takes_external_proxies:
        raise ValidationError(
            _("%(ministry)s takes no external proxies. Call %(telephone)s.")
            % {"ministry": ministry.acronym, "telephone": ministry.telephone},
            code="no_external",
        )
    if not rights.is_restricted:
        return
    if not rights.services:
        raise ValidationError(_("Tick at least one service."), code="nothing_ticked")
    if any(
        service.ministry_id != ministry.pk or not service.is_offered for service in rights.services
    ):
        raise ValidationError(_("Tick services of this department or agency."), code="foreign")
    if not is_external and any(service.is_external_only for service in rights.services):
        raise ValidationError(
            _("The verifier identification is for external proxies only."), code="external_only"
        )
    check_both_roles({ministry: rights})


def check_both_roles(bundle: Bundle) -> None:
    """Check that a verifier's right is the only IQEA right of its proxy. Raises ValidationError."""
    if iqea_roles(bundle) == {OPERATOR, VERIFIER}:
        raise ValidationError(
            _(
                "The verifier identification is the only IQEA right of its proxy: untick the "
                "operator identification, or give two proxies to two agents."
            ),
            code="both_roles",
        )


def iqea_roles(bundle: Bundle) -> set[str]:
    """The IQEA roles that a bundle of rights gives."""
    return {
        service.iqea_role
        for rights in bundle.values()
        if rights.is_restricted
        for service in rights.services
        if service.iqea_role
    }


def check_incompatible_roles(
    roles: Iterable[str], *, mandator: Company, agent: Company, excluding: Proxy | None = None
) -> None:
    """Check that the agent isn't both operator and verifier for one mandator.

    `excluding` is the proxy being changed, whose own roles don't count. Raises ValidationError.
    """
    for role in roles:
        others = Proxy.objects.given_by(mandator).in_force(on=clock.today()).filter(agent=agent)
        if excluding is not None:
            others = others.exclude(pk=excluding.pk)
        holding = others.filter(
            access_rights__ended_at=None,
            access_rights__ticked__service__iqea_role=OPPOSITE[Service.IQEARole(role)],
        ).first()
        if holding:
            raise ValidationError(
                _(
                    "%(agent)s already holds the other IQEA role by the proxy “%(proxy)s”: the "
                    "same agent cannot be operator and verifier of one mandator at once."
                )
                % {"agent": agent.name_and_number, "proxy": holding.description},
                code="incompatible",
            )


def held_opposite_role_lately(
    roles: Iterable[str], *, mandator: Company, agent: Company
) -> Service.IQEARole | None:
    """The other IQEA role, if the agent had it for that mandator within the last three years."""
    since = clock.years_after(clock.today(), -MAXIMUM_YEARS)
    its_start = clock.start_of(since)
    for role in roles:
        opposite = OPPOSITE[Service.IQEARole(role)]
        lately = TickedService.objects.filter(
            Q(access_right__ended_at=None) | Q(access_right__ended_at__gte=its_start),
            Q(access_right__proxy__revoked_at=None)
            | Q(access_right__proxy__revoked_at__gte=its_start),
            Q(access_right__proxy__renounced_at=None)
            | Q(access_right__proxy__renounced_at__gte=its_start),
            service__iqea_role=opposite,
            access_right__proxy__mandator=mandator,
            access_right__proxy__agent=agent,
            access_right__proxy__ends_on__gte=since,
        )
        if lately.exists():
            return opposite
    return None
