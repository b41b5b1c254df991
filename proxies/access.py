"""The one question that the portal answers (domain, section 6).

May this person use this e-service for this company now, and if not, which link of the chain is
missing? The home page, the e-services and the "why not?" all ask here, with the same chain.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cse_portal import clock
from cse_portal.models import Company
from cse_portal.tenancy import across_companies
from proxies.models import AccessRight, Assignment, Proxy
from registrations.models import Registration, Service
from users.models import User

BECAUSE = "a right depends on the mandator's proxy and registration, whoever uses it"


class Link(Enum):
    """A link of the chain, in the order in which they are tried: what is wrong, who mends it."""

    PERSON = (
        _("Your user file is suspended."),
        _("An electronic services manager of your company can reactivate it."),
        "users:files",
    )
    COMPANY = (
        _("The account of the company is closed."),
        _("Its electronic services manager can ask Revenu Québec for help."),
        "",
    )
    EXTERNAL_ONLY = (
        _("This e-service is open only to the agent of an external proxy."),
        _("Give an external proxy to the verifier that you chose."),
        "proxies:list",
    )
    ASSIGNMENT = (
        _("No proxy of this company is assigned to you."),
        _("An electronic services manager of your company can assign one to you."),
        "proxies:list",
    )
    REVOKED = (
        _("The proxy that was assigned to you is revoked."),
        _("The mandator’s electronic services manager can create a new one."),
        "proxies:list",
    )
    RENOUNCED = (
        _("Your company has renounced the proxy that was assigned to you."),
        _("The mandator’s electronic services manager can create a new one."),
        "proxies:list",
    )
    EXPIRED = (
        _("The proxy that was assigned to you has expired."),
        _("The mandator’s electronic services manager can create a new one."),
        "proxies:list",
    )
    RIGHTS = (
        _("The proxy that is assigned to you does not include this e-service."),
        _("The mandator’s electronic services manager can add this access right to the proxy."),
        "proxies:list",
    )
    NO_EXTERNAL = (
        _("This department or agency takes no external proxies."),
        _("Call it to learn how an agent can act."),
        "",
    )
    REGISTRATION = (
        _("The company’s registration with this department or agency is not active."),
        _("The company’s electronic services manager can see its status, or register it."),
        "registrations:list",
    )
    SERVICE = (
        _("This e-service is not offered at present."),
        _("The department or agency can tell when it will be."),
        "",
    )

    @property
    def reason(self) -> str:
        return str(self.value[0])

    @property
    def remedy(self) -> str:
        return str(self.value[1])

    @property
    def screen(self) -> str:
        """Name of the address where an ESM mends it; empty where the portal can't."""
        return self.value[2]


@dataclass(frozen=True)
class Decision:
    """The answer: allowed when no link is missing."""

    person: User
    service: Service
    mandator: Company
    missing: Link | None
    #: the proxy by which the person acts; None for an ESM who acts for his own company
    proxy: Proxy | None = None

    @property
    def is_allowed(self) -> bool:
        return self.missing is None

    @property
    def until(self) -> date | None:
        """The last day of the right; None for an ESM of his own company: no end date."""
        return self.proxy.ends_on if self.proxy else None


Registrations = dict[tuple[int, int], Registration]


def decide(person: User, service: Service, mandator: Company) -> Decision:
    """Walk the whole chain at this moment. Everything is read anew: nothing old is trusted."""
    with across_companies(because=BECAUSE):
        person = User.objects.select_related("company").get(pk=person.pk)
        service = Service.objects.select_related("ministry").get(pk=service.pk)
        mandator = Company.objects.get(pk=mandator.pk)
        held = _latest(_assignments(person).filter(mandator=mandator))
        registrations = _registrations([mandator.pk])
        return _walk(person, service, mandator, held, registrations)


def openable(person: User) -> list[Decision]:
    """Everything that the person may open now, by mandator, his own company first."""
    with across_companies(because=BECAUSE):
        person = User.objects.select_related("company").get(pk=person.pk)
        held = list(_assignments(person).standing())
        mandators = {one.mandator for one in held} | ({person.company} if person.company else set())
        registrations = _registrations([mandator.pk for mandator in mandators])
        services = list(Service.objects.select_related("ministry"))
        decisions = [
            _walk(person, service, mandator, assignment, registrations)
            for mandator, assignment in _standings(person, held)
            for service in services
        ]
    allowed = [one for one in decisions if one.is_allowed]
    own = person.company_id
    return sorted(
        allowed,
        key=lambda one: (one.mandator.pk != own, one.mandator.name, one.service.ministry.name),
    )


def known_companies(person: User) -> QuerySet[Company]:
    """The companies that the person has ever had to do with: his own, and those he acted for.

    Of any other, the very name is not told.
    """
    with across_companies(because=BECAUSE):
        given = Proxy.objects.received_by(person.company).values("mandator")
        acted_for = Assignment.objects.filter(user=person).values("mandator")
    return Company.objects.filter(Q(pk=person.company_id) | Q(pk__in=given) | Q(pk__in=acted_for))


def _standings(
    person: User, held: Iterable[Assignment]
) -> Iterator[tuple[Company, Assignment | None]]:
    """The companies for which the person may have something to open, each with his proxy."""
    by_mandator = {one.mandator: one for one in held}
    if person.company and person.company not in by_mandator:
        yield person.company, None
    yield from by_mandator.items()


def _walk(
    person: User,
    service: Service,
    mandator: Company,
    held: Assignment | None,
    registrations: Registrations,
) -> Decision:
    links = _missing_links(person, service, mandator, held, registrations)
    proxy = held.proxy if held and not _acts_as_esm(person, mandator) else None
    return Decision(person, service, mandator, next(links, None), proxy)


def _missing_links(
    person: User,
    service: Service,
    mandator: Company,
    held: Assignment | None,
    registrations: Registrations,
) -> Iterator[Link]:
    """Every link that does not hold, in the chain's order. All must hold."""
    if not person.is_active:
        yield Link.PERSON
    if not (person.company and person.company.is_active and mandator.is_active):
        yield Link.COMPANY
    if _acts_as_esm(person, mandator):
        if service.is_external_only:
            yield Link.EXTERNAL_ONLY
    else:
        yield from _missing_proxy_links(service, held)
    registration = registrations.get((mandator.pk, service.ministry_id))
    if registration is None or not registration.is_active:
        yield Link.REGISTRATION
    if not service.is_offered:
        yield Link.SERVICE


def _missing_proxy_links(service: Service, held: Assignment | None) -> Iterator[Link]:
    if held is None or held.ended_at is not None:
        yield Link.ASSIGNMENT
        return
    state = held.proxy.state_on(clock.today())
    if state != Proxy.State.IN_FORCE:
        yield {
            Proxy.State.REVOKED: Link.REVOKED,
            Proxy.State.RENOUNCED: Link.RENOUNCED,
            Proxy.State.EXPIRED: Link.EXPIRED,
        }[state]
    rights: Iterable[AccessRight] = held.proxy.access_rights.all()
    if not any(right.ended_at is None and right.covers(service) for right in rights):
        yield Link.RIGHTS
    if held.proxy.is_external and not service.ministry.takes_external_proxies:
        yield Link.NO_EXTERNAL


def _acts_as_esm(person: User, mandator: Company) -> bool:
    """An ESM needs no proxy of his own company (domain, section 3)."""
    return person.is_esm and person.company_id == mandator.pk


def _assignments(person: User):  # type: ignore[no-untyped-def]
    """All of the person's assignments, with what the chain reads."""
    return (
        Assignment.objects.filter(user=person)
        .select_related("proxy", "mandator")
        .prefetch_related("proxy__access_rights__services")
    )


def _latest(assignments) -> Assignment | None:  # type: ignore[no-untyped-def]
    """The standing assignment if there is one, else the last that ended."""
    standing = assignments.standing().first()
    return standing or assignments.order_by("-ended_at").first()


def _registrations(companies: Iterable[int]) -> Registrations:
    standing = Registration.objects.standing().filter(company__in=companies)
    return {(one.company_id, one.ministry_id): one for one in standing}
