"""Who keeps, gains and loses which right: what every change shows before « Transmettre »."""

from collections.abc import Iterable

from django.utils import formats
from django.utils.translation import gettext, ngettext

from proxies import telling
from proxies.models import Assignment, Proxy, covers_without_restriction
from proxies.rules import Bundle
from registrations.models import Service
from users.models import User


def services_of(bundle: Bundle, *, is_external: bool) -> list[Service]:
    """Every service that the rights open, whichever ministry offers it."""
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
    """One sentence for what is kept, one for what is gained, one for what is lost."""
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
        sentence % {"who": who, "services": ", ".join(one.name for one in services)}
        for sentence, services in sentences
        if services
    ]


def holders(proxy: Proxy) -> str:
    """Those who act by a proxy, as the mandator may know them: of the agent's, only how many."""
    if proxy.agent:
        count = telling.how_many_hold(proxy)
        return ngettext("%(agent)s (%(count)d user)", "%(agent)s (%(count)d users)", count) % {
            "agent": proxy.agent.name,
            "count": count,
        }
    return names(one.user for one in own_holders(proxy)) or gettext("no user for the moment")


def own_holders(proxy: Proxy) -> list[Assignment]:
    """The standing assignments of a proxy that one's own company holds, as in a directory."""
    standing = Assignment.objects.standing().filter(proxy=proxy, company=proxy.holder)
    people = {
        user.pk: user for user in User.objects.filter(pk__in=standing.values("user")).by_name()
    }
    held = {one.user_id: one for one in standing}
    for key, one in held.items():
        one.user = people[key]
    return [held[key] for key in people]


def names(people: Iterable[User]) -> str:
    """Full names, separated by commas."""
    return ", ".join(person.full_name for person in people)


def until(proxy: Proxy) -> str:
    """The last day of a proxy, in words."""
    return formats.date_format(proxy.ends_on)
