"""The events of proxies in both parties' histories, and the people who are notified.

The mandator and the agent each have an event for the same occurrence: neither reads the names of
the other's people. The mandator reads that the agent assigned the proxy, and to how many users.
"""

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any, TypedDict

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Company
from notices.actions import notify, record
from notices.happenings import Happening, Notice
from proxies.happenings import (
    AGENT,
    ASSIGNED,
    ASSIGNED_BY_AGENT,
    HOLDERS,
    MANDATOR,
    PROXY_GIVEN,
    PROXY_RECEIVED,
    PROXY_RENOUNCED,
    PROXY_REVOKED,
    REMOVED,
    REMOVED_BY_AGENT,
    RIGHTS_CLOSED,
    RIGHTS_OPEN,
)
from proxies.models import Assignment, Proxy
from registrations.happenings import MinistryFacts, facts_of_ministry
from registrations.happenings import about as about_registration
from registrations.models import Registration, Service
from users.models import User


class ProxyFacts(TypedDict):
    """The facts in events and messages about a proxy; both parties may read all of them."""

    proxy: str
    mandator: str
    agent: str
    ends_on: date


class RegistrationFacts(MinistryFacts):
    """The facts in the messages about a registration."""

    about: str
    mandator: str


def given(proxy: Proxy, *, by: User) -> None:
    """A new proxy: the agent's ESMs are notified at once (procedure, section 3)."""
    _record(proxy, by=by, own=PROXY_GIVEN, others=PROXY_RECEIVED)
    if proxy.agent:
        _notify(proxy, esms_of(proxy.agent), PROXY_RECEIVED.notices[AGENT])


def changed(proxy: Proxy, happening: Happening, *, by: User, **rights: str) -> None:
    """Changed, extended or revoked by the mandator: the agent's ESMs and the holders are notified.

    `rights`: the services gained and lost, as `names_of` formats them.
    """
    _record(proxy, by=by, own=happening, others=happening, **rights)
    managers = esms_of(proxy.agent) if proxy.agent else []
    _notify(proxy, managers, happening.notices[AGENT], **rights)
    holders = without(holders_of(proxy), [*managers, by])
    _notify(proxy, holders, happening.notices[HOLDERS], **rights)


def names_of(prefix: str, services: list[Service]) -> dict[str, str]:
    """Facts that name services in both languages; none where there is no service."""
    if not services:
        return {}
    return {
        f"{prefix}_fr": ", ".join(service.name_fr for service in services),
        f"{prefix}_en": ", ".join(service.name_en for service in services),
    }


def revoked(proxy: Proxy, *, by: User) -> None:
    changed(proxy, PROXY_REVOKED, by=by)


def renounced(proxy: Proxy, *, by: User) -> None:
    """Renounced by the agent: the mandator's ESMs and the agent's own holders are notified."""
    happening = PROXY_RENOUNCED
    _record(proxy, by=by, own=happening, others=happening)
    _notify(proxy, esms_of(proxy.mandator), happening.notices[MANDATOR])
    _notify(proxy, without(holders_of(proxy), [by]), happening.notices[HOLDERS])


def assigned(proxy: Proxy, assignments: list[Assignment], *, by: User) -> None:
    """Assigned to users of the company that holds it, who are notified."""
    users = [assignment.user for assignment in assignments]
    _record(
        proxy,
        by=by,
        own=ASSIGNED,
        others=ASSIGNED_BY_AGENT,
        names=_names(users),
        assignments=",".join(str(assignment.pk) for assignment in assignments),
        count=len(users),
    )
    _notify(proxy, without(users, [by]), ASSIGNED.notices[HOLDERS])


def removed(proxy: Proxy, users: list[User], *, by: User) -> None:
    """Removed from users; those who are active are notified."""
    _record(
        proxy,
        by=by,
        own=REMOVED,
        others=REMOVED_BY_AGENT,
        names=_names(users),
        count=len(users),
    )
    active = [user for user in users if user.is_active]
    _notify(proxy, without(active, [by]), REMOVED.notices[HOLDERS])


def registration_closed(*, registration: Registration, by: User, **_signal: object) -> None:
    """An ESM deactivated a registration: those who lose its rights are notified, once each."""
    agents, people = acting_by(registration)
    facts = facts_of_registration(registration)
    notify(agents, RIGHTS_CLOSED[AGENT], **facts)
    notify(without(people, [*agents, by]), RIGHTS_CLOSED[HOLDERS], **facts)


def registration_opened(*, registration: Registration, **_signal: object) -> None:
    """The ministry accepted it: those who have rights by it are notified.

    `registrations` notifies the ESMs of the company itself.
    """
    agents, people = acting_by(registration)
    own_esms = esms_of(registration.company)
    others = without(people, [*agents, *own_esms])
    notify([*agents, *others], RIGHTS_OPEN, **facts_of_registration(registration))


def acting_by(registration: Registration) -> tuple[list[User], list[User]]:
    """The agents' active ESMs, and the active users who hold a proxy with rights there."""
    proxies = Proxy.objects.with_rights_by(registration, on=clock.today())
    with across_companies(because="those who act by a registration are told when it stops"):
        managers = User.objects.active().esms().filter(company__in=proxies.values("agent"))
        held = Assignment.objects.standing().filter(proxy__in=proxies.values("pk"))
        people = User.objects.active().filter(pk__in=held.values("user"))
        return list(managers.order_by("pk")), list(people.order_by("pk"))


def facts_of_registration(registration: Registration) -> RegistrationFacts:
    return {
        "about": about_registration(registration),
        "mandator": registration.company.name_and_number,
        **facts_of_ministry(registration),
    }


def about(proxy: Proxy) -> str:
    """The key of a proxy in the history."""
    return f"proxy:{proxy.pk}"


def facts_of(proxy: Proxy) -> ProxyFacts:
    return {
        "proxy": proxy.description,
        "mandator": proxy.mandator.name_and_number,
        "agent": proxy.agent.name_and_number if proxy.agent else "",
        "ends_on": proxy.ends_on,
    }


def esms_of(company: Company) -> list[User]:
    """The active ESMs of a company, which may be the other party."""
    with across_companies(because="the ESMs of a proxy's other party are told what happens to it"):
        return list(User.objects.active().esms().filter(company=company).order_by("pk"))


def holders_of(proxy: Proxy) -> list[User]:
    """The active users who hold the proxy, at either party."""
    with across_companies(because="those who hold a proxy are told what happens to it"):
        held = Assignment.objects.standing().filter(proxy=proxy, user__is_active=True)
        return [assignment.user for assignment in held.select_related("user").order_by("user")]


def how_many_hold(proxy: Proxy) -> int:
    """How many users hold the proxy; a mandator learns nothing else about its agent's users."""
    with across_companies(because="a mandator learns how many of the agent's users act for it"):
        return Assignment.objects.standing().filter(proxy=proxy).count()


def _record(
    proxy: Proxy,
    *,
    by: User,
    own: Happening,
    others: Happening,
    names: str = "",
    assignments: str = "",
    **more: Any,
) -> None:
    """Record one event for each party; only the company of the person who acts has the names.

    `assignments`: the keys of the new ones, by which an acknowledgment is verified.
    """
    occurrence = uuid.uuid4()
    own_only = {"names": names, "assignments": assignments}
    own_facts: dict[str, Any] = {name: value for name, value in own_only.items() if value}
    for company in filter(None, (proxy.mandator, proxy.agent)):
        is_own = company.pk == by.company_id
        record(
            own if is_own else others,
            company=company,
            by=by,
            by_party=by.company.name_and_number,
            about=about(proxy),
            occurrence=occurrence,
            **facts_of(proxy),
            **(own_facts if is_own else {}),
            **more,
        )


def _notify(proxy: Proxy, people: list[User], notice: Notice, **rights: Any) -> None:
    notify(people, notice, about=about(proxy), **facts_of(proxy), **rights)


def _names(users: Iterable[User]) -> str:
    return ", ".join(user.name_and_code for user in users)


def without(people: Iterable[User], others: Iterable[User]) -> list[User]:
    """The people, without the others."""
    excluded = {person.pk for person in others}
    return [person for person in people if person.pk not in excluded]
