"""Who keeps, gains and loses which rights, as every change shows before « Transmettre »."""

from collections.abc import Iterable

from django.utils import formats
from django.utils.translation import gettext, ngettext

from proxies import telling
from proxies.models import Assignment, Proxy, covers_without_restriction
from proxies.rules import Bundle
from registrations.models import Service
from users.models import User


def services_of(bundle: Bundle, *, is_external: bool) -> list[Service]:
    """Every service that the rights open, at any ministry."""
    return [
        service
        for ministry, rights in bundle.items()
        for service in ministry.every_service
        if (
            service in rights.services
            if rights.is_restricted
            else covers_without_restriction(service, is_external=is_external)
        )
    ]


def effects(who: str, old: Iterable[Service], new: Iterable[Service]) -> list[str]:
    """A sentence for the rights kept, one for those gained, one for those lost, where any."""
    before, after = list(old), list(new)
    kept = [service for service in after if service in before]
    gained = [service for service in after if service not in before]
    lost = [service for service in before if service not in after]
    sentences = (
        (gettext("Rights kept – %(who)s: %(services)s."), kept),
        (gettext("Rights gained – %(who)s: %(services)s."), gained),
        (gettext("Rights lost – %(who)s: %(services)s."), lost),
    )
    return [
        sentence % {"who": who, "services": ", ".join(service.name for service in services)}
        for sentence, services in sentences
        if services
    ]


def holders(proxy: Proxy) -> str:
    """Who acts by a proxy, as the mandator may know: names, or the number of the agent's users."""
    if proxy.agent:
        count = telling.how_many_hold(proxy)
        return ngettext("%(agent)s, %(count)d user", "%(agent)s, %(count)d users", count) % {
            "agent": proxy.agent.name_and_number,
            "count": count,
        }
    return names(assignment.user for assignment in own_holders(proxy)) or gettext(
        "no user for the moment"
    )


def own_holders(proxy: Proxy) -> list[Assignment]:
    """The assignments of a proxy that the current company holds, sorted by name."""
    standing = Assignment.objects.standing().filter(proxy=proxy, company=proxy.holder)
    people = {
        user.pk: user for user in User.objects.filter(pk__in=standing.values("user")).by_name()
    }
    held = {assignment.user_id: assignment for assignment in standing}
    for key, assignment in held.items():
        assignment.user = people[key]
    return [held[key] for key in people]


def names(people: Iterable[User]) -> str:
    """Names and user codes, separated by commas."""
    return ", ".join(person.name_and_code for person in people)


def until(proxy: Proxy) -> str:
    """The last day of a proxy, formatted."""
    return formats.date_format(proxy.ends_on)
