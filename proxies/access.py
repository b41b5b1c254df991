"""The access decision, the question that the portal answers (domain, section 6).

May this person use this e-service for this company now, and if not, which link of the chain is
missing? The home page, the e-services and the "why not?" page all use this module's chain.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cse_portal import clock
from cse_portal.acting.permissions import Verb, may
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Company
from proxies.facts import Facts, facts_for_all, facts_for_one
from proxies.models import AccessRight, Assignment, Proxy, covers_without_restriction
from registrations.models import Service
from users.models import User

NO_PROXY_NEEDED = _("An electronic services manager of the company needs no proxy.")
OWN_PEOPLE = _("No internal proxy can include this e-service.")
NO_PROXY = _("There is no proxy to look at.")
INTERNAL = _("The proxy is internal.")
BECAUSE = "a right depends on the mandator's proxy and registration, whoever uses it"


class Party(Enum):
    """Whose electronic services manager can repair a missing link."""

    #: the company where the person works, which assigns the proxy
    PERSONS = "the person's own company"
    MANDATOR = "the company for which they want to act"
    NOBODY = "nobody in the portal"


@dataclass(frozen=True, eq=False)
class LinkText:
    """The texts about a missing link, for the person and for an ESM, and who can repair it."""

    reason: str | Promise
    remedy: str | Promise
    screen: str = ""
    by: Party = Party.NOBODY
    #: where the sentences say « you »: the texts for an ESM, about another person
    reason_of_another: str | Promise = ""
    remedy_of_another: str | Promise = ""


class Link(Enum):
    """A link of the chain, in the order of the checks: what is wrong, and who can repair it."""

    PERSON = LinkText(
        _("Your user file is suspended."),
        _("An electronic services manager of your company can reactivate it."),
        "users:files",
        Party.PERSONS,
        reason_of_another=_("This person’s user file is suspended."),
    )
    COMPANY = LinkText(
        _("The account of the company is closed."),
        _("Its electronic services manager can ask Revenu Québec for help."),
    )
    EXTERNAL_ONLY = LinkText(
        _("This e-service is open only to the agent of an external proxy."),
        _("Give an external proxy to the verifier that you chose."),
        "proxies:list",
        Party.MANDATOR,
    )
    ASSIGNMENT = LinkText(
        _("No proxy of this company is assigned to you."),
        _("An electronic services manager of your company can assign one to you."),
        "proxies:list",
        Party.PERSONS,
        reason_of_another=_("No proxy of this company is assigned to this person."),
        remedy_of_another=_("An electronic services manager of your company can assign one."),
    )
    REVOKED = LinkText(
        _("The proxy that was assigned to you is revoked."),
        _("The mandator’s electronic services manager can create a new one."),
        "proxies:list",
        Party.MANDATOR,
        reason_of_another=_("The proxy that was assigned to this person is revoked."),
    )
    RENOUNCED = LinkText(
        _("Your company has renounced the proxy that was assigned to you."),
        _("The mandator’s electronic services manager can create a new one."),
        "proxies:list",
        Party.MANDATOR,
        reason_of_another=_(
            "Your company has renounced the proxy that was assigned to this person."
        ),
    )
    EXPIRED = LinkText(
        _("The proxy that was assigned to you has expired."),
        _("The mandator’s electronic services manager can create a new one."),
        "proxies:list",
        Party.MANDATOR,
        reason_of_another=_("The proxy that was assigned to this person has expired."),
    )
    RIGHTS = LinkText(
        _("The proxy that is assigned to you does not include this e-service."),
        _("The mandator’s electronic services manager can add this access right to the proxy."),
        "proxies:list",
        Party.MANDATOR,
        reason_of_another=_(
            "The proxy that is assigned to this person does not include this e-service."
        ),
    )
    NO_EXTERNAL = LinkText(
        _("This department or agency takes no external proxies."),
        _("Call it to learn how an agent can act."),
    )
    REGISTRATION = LinkText(
        _("The company’s registration with this department or agency is not active."),
        _("The company’s electronic services manager can see its status, or register it."),
        "registrations:list",
        Party.MANDATOR,
    )
    SERVICE = LinkText(
        _("This e-service is not offered at present."),
        _("The department or agency can tell when it will be."),
    )

    @property
    def reason(self) -> str:
        return str(self.value.reason)

    @property
    def remedy(self) -> str:
        return str(self.value.remedy)

    @property
    def reason_of_another(self) -> str:
        """The reason, for an ESM who looks at one of their people."""
        return str(self.value.reason_of_another or self.value.reason)

    @property
    def remedy_of_another(self) -> str:
        """The remedy, for an ESM who looks at one of their people."""
        return str(self.value.remedy_of_another or self.value.remedy)

    @property
    def screen(self) -> str:
        """URL name of the page where an ESM repairs it; empty when the portal has none."""
        return self.value.screen

    @property
    def depends_on_ministry(self) -> bool:
        """Whether only the department or agency can help: the page then shows its telephone."""
        return self in {Link.NO_EXTERNAL, Link.SERVICE}

    def screen_for(self, esm: User, mandator: Company) -> str:
        """URL name of the page where this ESM of the person's company can repair it, or empty."""
        can_repair = self.value.by is Party.PERSONS or esm.company_id == mandator.pk
        return self.screen if may(esm, Verb.SEE_ACCOUNT) and can_repair else ""


class Step(TextChoices):
    """A condition of the chain (domain, section 6), in the order of the checks."""

    PERSON = "person", _("The person’s user file is active")
    COMPANY = "company", _("The company’s account is open")
    ASSIGNMENT = (
        "assignment",
        _("The person holds a proxy of the company, or manages its electronic services"),
    )
    PROXY = "proxy", _("The proxy is in force")
    RIGHTS = "rights", _("The proxy includes the e-service")
    EXTERNAL = "external", _("The department or agency takes external proxies")
    REGISTRATION = (
        "registration",
        _("The company’s registration with the department or agency is active"),
    )
    SERVICE = "service", _("The e-service is offered")


class Holds(TextChoices):
    """Whether a condition is met."""

    YES = "yes", _("Met")
    NO = "no", _("Not met")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")
    NOT_DISCLOSED = "not_disclosed", _("Known to the mandator only")


@dataclass(frozen=True)
class LinkState:
    """A condition, whether it is met and, when it is not, the link that is missing."""

    step: Step
    holds: Holds
    missing: Link | None = None
    #: why the condition is met without a check, or does not apply
    because: str | Promise = ""

    @property
    def is_met(self) -> bool:
        return self.holds is Holds.YES

    @classmethod
    @cache  # at most one for each pair of a condition and a link
    def checked(cls, step: Step, missing: Link | None) -> "LinkState":
        return cls(step, Holds.NO if missing else Holds.YES, missing)


@dataclass(frozen=True)
class Decision:
    """The answer: allowed when no link of the chain is missing."""

    person: User
    service: Service
    mandator: Company
    chain: tuple[LinkState, ...]
    #: the proxy by which the person acts; None for an ESM who acts for their own company
    proxy: Proxy | None = None

    @property
    def missing(self) -> Link | None:
        """The first link that is missing."""
        return next((state.missing for state in self.chain if state.missing), None)

    @property
    def is_allowed(self) -> bool:
        return self.missing is None

    @property
    def until(self) -> date | None:
        """The last day of the right; None, no end date, for an ESM in their own company."""
        return self.proxy.ends_on if self.proxy else None

    @property
    def is_own(self) -> bool:
        """Whether the person acts for their own company."""
        return self.person.company_id == self.mandator.pk


def decide(person: User, service: Service, mandator: Company) -> Decision:
    """Check the whole chain now. Everything is read again from the database.

    Raises ObjectDoesNotExist when the person, the e-service or the company no longer exists.
    """
    with across_companies(because=BECAUSE):
        facts = facts_for_one(person.pk, service.pk, mandator.pk)
    if facts is None:
        raise ObjectDoesNotExist
    return _walk(person, service, mandator, facts, on=clock.today())


def chain(person: User, service: Service, mandator: Company) -> list[LinkState]:
    """Every condition of the chain, in order; the first missing link is `decide`'s answer."""
    return list(decide(person, service, mandator).chain)


def decisions(person: User) -> list[Decision]:
    """Every e-service of every company that the person acts or acted for, their own first."""
    return _in_order(_every_decision(person))


def openable(person: User) -> list[Decision]:
    """Everything that the person may open now, by mandator, their own company first."""
    return _in_order(decision for decision in _every_decision(person) if decision.is_allowed)


def _every_decision(person: User) -> Iterator[Decision]:
    with across_companies(because=BECAUSE):
        rows = list(facts_for_all(person.pk))
    today = clock.today()
    for service, mandator, facts in rows:
        yield _walk(person, service, mandator, facts, on=today)


def _in_order(decisions: Iterable[Decision]) -> list[Decision]:
    return sorted(
        decisions,
        key=lambda decision: (
            not decision.is_own,
            decision.mandator.name,
            decision.mandator.pk,
            decision.service.ministry.name,
            decision.service.position,
            decision.service.pk,
        ),
    )


def known_companies(person: User) -> QuerySet[Company]:
    """The person's own company, and every company that they acted for.

    The portal doesn't show the person even the name of any other company.
    """
    with across_companies(because=BECAUSE):
        given = Proxy.objects.received_by(person.company).values("mandator")
        acted_for = Assignment.objects.filter(user=person).values("mandator")
        own = User.objects.filter(pk=person.pk).values("company")
    return Company.objects.filter(pk__in=own.union(given, acted_for))


def _walk(person: User, service: Service, mandator: Company, facts: Facts, *, on: date) -> Decision:
    """Check the whole chain in order. Every condition that applies must be met."""
    is_open = facts.own_company_is_open and facts.mandator_is_open
    links = [
        LinkState.checked(Step.PERSON, None if facts.person_is_active else Link.PERSON),
        LinkState.checked(Step.COMPANY, None if is_open else Link.COMPANY),
        *_authority(facts, on),
    ]
    is_disclosed = facts.is_own or not _is_outside(links)
    links += [
        LinkState.checked(Step.REGISTRATION, None if facts.is_registered else Link.REGISTRATION)
        if is_disclosed
        else LinkState(Step.REGISTRATION, Holds.NOT_DISCLOSED),
        LinkState.checked(Step.SERVICE, None if facts.is_offered else Link.SERVICE),
    ]
    proxy = None if _acts_as_esm(facts) else facts.proxy
    return Decision(person, service, mandator, tuple(links), proxy)


def _not_applicable(because: str | Promise, *steps: Step) -> tuple[LinkState, ...]:
    return tuple(LinkState(step, Holds.NOT_APPLICABLE, because=because) for step in steps)


_PROXY_STEPS = Step.PROXY, Step.RIGHTS, Step.EXTERNAL
OWN_PEOPLE_STATES = _not_applicable(OWN_PEOPLE, *_PROXY_STEPS)
NO_PROXY_STATES = _not_applicable(NO_PROXY, *_PROXY_STEPS)
ESM_STATES = (
    LinkState(Step.ASSIGNMENT, Holds.YES, because=NO_PROXY_NEEDED),
    *_not_applicable(NO_PROXY_NEEDED, *_PROXY_STEPS),
)
(INTERNAL_STATE,) = _not_applicable(INTERNAL, Step.EXTERNAL)


def _authority(facts: Facts, on: date) -> Iterator[LinkState]:
    """By what the person acts: as ESM of the mandator, or by a proxy that it gave."""
    if facts.is_external_only and facts.is_own:
        # neither the ESM nor an internal proxy opens it: an assignment would not help
        yield LinkState.checked(Step.ASSIGNMENT, Link.EXTERNAL_ONLY)
        yield from OWN_PEOPLE_STATES
    elif _acts_as_esm(facts):
        yield from ESM_STATES
    elif facts.proxy is None or not facts.is_held:
        yield LinkState.checked(Step.ASSIGNMENT, Link.ASSIGNMENT)
        yield from NO_PROXY_STATES
    else:
        yield LinkState.checked(Step.ASSIGNMENT, None)
        yield from _by_proxy(facts, facts.proxy, on)


_ENDED = {
    Proxy.State.REVOKED: Link.REVOKED,
    Proxy.State.RENOUNCED: Link.RENOUNCED,
    Proxy.State.EXPIRED: Link.EXPIRED,
}


def _by_proxy(facts: Facts, proxy: Proxy, on: date) -> Iterator[LinkState]:
    yield LinkState.checked(Step.PROXY, _ENDED.get(proxy.state_on(on)))
    is_covered = _is_covered(facts, is_external=proxy.is_external)
    yield LinkState.checked(Step.RIGHTS, None if is_covered else Link.RIGHTS)
    if proxy.is_external:
        is_taken = facts.takes_external_proxies
        yield LinkState.checked(Step.EXTERNAL, None if is_taken else Link.NO_EXTERNAL)
    else:
        yield INTERNAL_STATE


def _is_covered(facts: Facts, *, is_external: bool) -> bool:
    """Whether the proxy's rights at the ministry include the e-service."""
    if facts.scope == AccessRight.Scope.RESTRICTED:
        return facts.is_ticked
    return facts.scope == AccessRight.Scope.FULL and covers_without_restriction(
        facts, is_external=is_external
    )


def _is_outside(links: Iterable[LinkState]) -> bool:
    """Whether no proxy in force covers the service.

    The status of the mandator's registration is then not disclosed to the agent.
    """
    needed = {Step.ASSIGNMENT, Step.PROXY, Step.RIGHTS}
    return any(link.missing for link in links if link.step in needed)


def _acts_as_esm(facts: Facts) -> bool:
    """An ESM needs no proxy of their own company (domain, section 3)."""
    return facts.person_is_esm and facts.is_own
