"""The one question that the portal answers (domain, section 6).

May this person use this e-service for this company now, and if not, which link of the chain is
missing? The home page, the e-services and the "why not?" all ask here, with the same chain.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from cse_portal import clock
from cse_portal.acting.permissions import Verb, may
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Company
from proxies.facts import Facts, facts_of_every, facts_of_one
from proxies.models import AccessRight, Assignment, Proxy, covers_without_restriction
from registrations.models import Service
from users.models import User

NO_PROXY_NEEDED = _("An electronic services manager of the company needs no proxy.")
OWN_PEOPLE = _("No internal proxy can include this e-service.")
NO_PROXY = _("There is no proxy to look at.")
INTERNAL = _("The proxy is internal.")
BECAUSE = "a right depends on the mandator's proxy and registration, whoever uses it"


class Party(Enum):
    """Whose electronic services manager mends a link."""

    #: of the company whose person it is, which assigns the proxy
    PERSONS = "the person's own company"
    MANDATOR = "the company for which he wants to act"
    NOBODY = "nobody in the portal"


@dataclass(frozen=True, eq=False)
class Told:
    """What is said of a missing link: to the person, to the ESM who reads about him, who mends."""

    reason: Any
    remedy: Any
    screen: str = ""
    by: Party = Party.NOBODY
    #: where the sentences say « you »: the same about somebody else
    reason_of_another: Any = ""
    remedy_of_another: Any = ""


class Link(Enum):
    """A link of the chain, in the order in which they are tried: what is wrong, who mends it."""

    PERSON = Told(
        _("Your user file is suspended."),
        _("An electronic services manager of your company can reactivate it."),
        "users:files",
        Party.PERSONS,
        reason_of_another=_("This person’s user file is suspended."),
    )
    COMPANY = Told(
        _("The account of the company is closed."),
        _("Its electronic services manager can ask Revenu Québec for help."),
    )
    EXTERNAL_ONLY = Told(
        _("This e-service is open only to the agent of an external proxy."),
        _("Give an external proxy to the verifier that you chose."),
        "proxies:list",
        Party.MANDATOR,
    )
    ASSIGNMENT = Told(
        _("No proxy of this company is assigned to you."),
        _("An electronic services manager of your company can assign one to you."),
        "proxies:list",
        Party.PERSONS,
        reason_of_another=_("No proxy of this company is assigned to this person."),
        remedy_of_another=_("An electronic services manager of your company can assign one."),
    )
    REVOKED = Told(
        _("The proxy that was assigned to you is revoked."),
        _("The mandator’s electronic services manager can create a new one."),
        "proxies:list",
        Party.MANDATOR,
        reason_of_another=_("The proxy that was assigned to this person is revoked."),
    )
    RENOUNCED = Told(
        _("Your company has renounced the proxy that was assigned to you."),
        _("The mandator’s electronic services manager can create a new one."),
        "proxies:list",
        Party.MANDATOR,
        reason_of_another=_(
            "Your company has renounced the proxy that was assigned to this person."
        ),
    )
    EXPIRED = Told(
        _("The proxy that was assigned to you has expired."),
        _("The mandator’s electronic services manager can create a new one."),
        "proxies:list",
        Party.MANDATOR,
        reason_of_another=_("The proxy that was assigned to this person has expired."),
    )
    RIGHTS = Told(
        _("The proxy that is assigned to you does not include this e-service."),
        _("The mandator’s electronic services manager can add this access right to the proxy."),
        "proxies:list",
        Party.MANDATOR,
        reason_of_another=_(
            "The proxy that is assigned to this person does not include this e-service."
        ),
    )
    NO_EXTERNAL = Told(
        _("This department or agency takes no external proxies."),
        _("Call it to learn how an agent can act."),
    )
    REGISTRATION = Told(
        _("The company’s registration with this department or agency is not active."),
        _("The company’s electronic services manager can see its status, or register it."),
        "registrations:list",
        Party.MANDATOR,
    )
    SERVICE = Told(
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
        """The reason, said to the ESM who reads about one of his people."""
        return str(self.value.reason_of_another or self.value.reason)

    @property
    def remedy_of_another(self) -> str:
        return str(self.value.remedy_of_another or self.value.remedy)

    @property
    def screen(self) -> str:
        """Name of the address where an ESM mends it; empty where the portal can't."""
        return self.value.screen

    @property
    def is_the_ministrys(self) -> bool:
        """Whether only the department or agency can tell more: its telephone stands beside."""
        return self in {Link.NO_EXTERNAL, Link.SERVICE}

    def screen_for(self, esm: User, mandator: Company) -> str:
        """The same, where this ESM of the person's company may mend it himself."""
        is_his = self.value.by is Party.PERSONS or esm.company_id == mandator.pk
        return self.screen if may(esm, Verb.SEE_ACCOUNT) and is_his else ""


class Step(TextChoices):
    """A condition of the chain (domain, section 6), in its order: what must be so."""

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
    """How it stands with a condition."""

    YES = "yes", _("Met")
    NO = "no", _("Not met")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")
    UNTOLD = "untold", _("Known to the mandator only")


@dataclass(frozen=True)
class LinkState:
    """A condition, whether it is met and, when it is not, the link that is missing."""

    step: Step
    holds: Holds
    missing: Link | None = None
    #: why the condition is met without more, or does not matter
    because: Any = ""

    @property
    def is_met(self) -> bool:
        return self.holds is Holds.YES

    @classmethod
    @cache  # there are no more of them than conditions and links
    def of(cls, step: Step, missing: Link | None) -> "LinkState":
        return cls(step, Holds.NO if missing else Holds.YES, missing)


@dataclass(frozen=True)
class Decision:
    """The answer: allowed when no link of the chain is missing."""

    person: User
    service: Service
    mandator: Company
    chain: tuple[LinkState, ...]
    #: the proxy by which the person acts; None for an ESM who acts for his own company
    proxy: Proxy | None = None

    @property
    def missing(self) -> Link | None:
        """The first link that is missing."""
        return next((one.missing for one in self.chain if one.missing), None)

    @property
    def is_allowed(self) -> bool:
        return self.missing is None

    @property
    def until(self) -> date | None:
        """The last day of the right; None for an ESM of his own company: no end date."""
        return self.proxy.ends_on if self.proxy else None

    @property
    def is_own(self) -> bool:
        """Whether the person acts for his own company."""
        return self.person.company_id == self.mandator.pk


def decide(person: User, service: Service, mandator: Company) -> Decision:
    """Walk the whole chain at this moment. Everything is read anew: nothing old is trusted.

    Raises ObjectDoesNotExist when the person, the e-service or the company is gone.
    """
    with across_companies(because=BECAUSE):
        facts = facts_of_one(person.pk, service.pk, mandator.pk)
    if facts is None:
        raise ObjectDoesNotExist
    return _walk(person, service, mandator, facts, on=clock.today())


def chain(person: User, service: Service, mandator: Company) -> list[LinkState]:
    """Every condition of the chain in its order, the first one missing being `decide`'s answer."""
    return list(decide(person, service, mandator).chain)


def decisions(person: User) -> list[Decision]:
    """Every e-service for every company that the person acts for or ever did, his own first."""
    return _in_order(_every_decision(person))


def openable(person: User) -> list[Decision]:
    """Everything that the person may open now, by mandator, his own company first."""
    return _in_order(one for one in _every_decision(person) if one.is_allowed)


def _every_decision(person: User) -> Iterator[Decision]:
    with across_companies(because=BECAUSE):
        every = list(facts_of_every(person.pk))
    today = clock.today()
    for service, mandator, facts in every:
        yield _walk(person, service, mandator, facts, on=today)


def _in_order(decisions: Iterable[Decision]) -> list[Decision]:
    return sorted(
        decisions,
        key=lambda one: (
            not one.is_own,
            one.mandator.name,
            one.mandator.pk,
            one.service.ministry.name,
            one.service.position,
            one.service.pk,
        ),
    )


def known_companies(person: User) -> QuerySet[Company]:
    """The companies that the person has ever had to do with: his own, and those he acted for.

    Of any other, the very name is not told.
    """
    with across_companies(because=BECAUSE):
        given = Proxy.objects.received_by(person.company).values("mandator")
        acted_for = Assignment.objects.filter(user=person).values("mandator")
        own = User.objects.filter(pk=person.pk).values("company")
    return Company.objects.filter(pk__in=own.union(given, acted_for))


def _walk(person: User, service: Service, mandator: Company, facts: Facts, *, on: date) -> Decision:
    """The whole chain in its order. All that applies must hold."""
    is_open = facts.own_company_is_open and facts.mandator_is_open
    links = [
        LinkState.of(Step.PERSON, None if facts.person_is_active else Link.PERSON),
        LinkState.of(Step.COMPANY, None if is_open else Link.COMPANY),
        *_by_what_he_acts(facts, on),
    ]
    is_told = facts.is_own or not _is_outside(links)
    links += [
        LinkState.of(Step.REGISTRATION, None if facts.is_registered else Link.REGISTRATION)
        if is_told
        else LinkState(Step.REGISTRATION, Holds.UNTOLD),
        LinkState.of(Step.SERVICE, None if facts.is_offered else Link.SERVICE),
    ]
    proxy = None if _acts_as_esm(facts) else facts.proxy
    return Decision(person, service, mandator, tuple(links), proxy)


def _not_applicable(because: Any, *steps: Step) -> tuple[LinkState, ...]:
    return tuple(LinkState(step, Holds.NOT_APPLICABLE, because=because) for step in steps)


_OF_A_PROXY = Step.PROXY, Step.RIGHTS, Step.EXTERNAL
NOT_OF_OWN_PEOPLE = _not_applicable(OWN_PEOPLE, *_OF_A_PROXY)
NOT_WITHOUT_PROXY = _not_applicable(NO_PROXY, *_OF_A_PROXY)
NOT_OF_AN_ESM = (
    LinkState(Step.ASSIGNMENT, Holds.YES, because=NO_PROXY_NEEDED),
    *_not_applicable(NO_PROXY_NEEDED, *_OF_A_PROXY),
)
(NOT_OF_INTERNAL,) = _not_applicable(INTERNAL, Step.EXTERNAL)


def _by_what_he_acts(facts: Facts, on: date) -> Iterator[LinkState]:
    """As ESM of the mandator, or by a proxy of his."""
    if facts.is_external_only and facts.is_own:
        # neither the ESM nor an internal proxy opens it: no assignment would mend that
        yield LinkState.of(Step.ASSIGNMENT, Link.EXTERNAL_ONLY)
        yield from NOT_OF_OWN_PEOPLE
    elif _acts_as_esm(facts):
        yield from NOT_OF_AN_ESM
    elif facts.proxy is None or not facts.is_held:
        yield LinkState.of(Step.ASSIGNMENT, Link.ASSIGNMENT)
        yield from NOT_WITHOUT_PROXY
    else:
        yield LinkState.of(Step.ASSIGNMENT, None)
        yield from _by_proxy(facts, facts.proxy, on)


_ENDED = {
    Proxy.State.REVOKED: Link.REVOKED,
    Proxy.State.RENOUNCED: Link.RENOUNCED,
    Proxy.State.EXPIRED: Link.EXPIRED,
}


def _by_proxy(facts: Facts, proxy: Proxy, on: date) -> Iterator[LinkState]:
    yield LinkState.of(Step.PROXY, _ENDED.get(proxy.state_on(on)))
    is_covered = _is_covered(facts, is_external=proxy.is_external)
    yield LinkState.of(Step.RIGHTS, None if is_covered else Link.RIGHTS)
    if proxy.is_external:
        is_taken = facts.takes_external_proxies
        yield LinkState.of(Step.EXTERNAL, None if is_taken else Link.NO_EXTERNAL)
    else:
        yield NOT_OF_INTERNAL


def _is_covered(facts: Facts, *, is_external: bool) -> bool:
    """Whether what the proxy bundles at the ministry includes the e-service."""
    if facts.scope == AccessRight.Scope.RESTRICTED:
        return facts.is_ticked
    return facts.scope == AccessRight.Scope.FULL and covers_without_restriction(
        facts, is_external=is_external
    )


def _is_outside(links: Iterable[LinkState]) -> bool:
    """Whether no proxy in force covers the service.

    How a client stands with a ministry is then none of its agent's business.
    """
    needed = {Step.ASSIGNMENT, Step.PROXY, Step.RIGHTS}
    return any(one.missing for one in links if one.step in needed)


def _acts_as_esm(facts: Facts) -> bool:
    """An ESM needs no proxy of his own company (domain, section 3)."""
    return facts.person_is_esm and facts.is_own
