"""Compiled queries on proxies, rights and assignments, and the locks of the actions."""

from datetime import date

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Lower

from cse_portal.locks import locked
from cse_portal.speed.queries import compiled
from proxies.models import AccessRight, Assignment, Proxy, ProxyQuerySet, TickedService
from registrations.models import Ministry, Registration
from users.models import User

# --- one proxy ------------------------------------------------------------------------------------


@compiled
def given(company: int, key: int) -> QuerySet[Proxy]:
    return Proxy.objects.given_by(company).filter(pk=key).with_parties()


@compiled
def held(company: int, key: int) -> QuerySet[Proxy]:
    return Proxy.objects.held_by(company).filter(pk=key).with_parties()


@compiled
def received(company: int, key: int) -> QuerySet[Proxy]:
    return Proxy.objects.received_by(company).filter(pk=key).with_parties()


@compiled
def locked_given(company: int, key: int) -> QuerySet[Proxy]:
    return locked(Proxy.objects.given_by(company).filter(pk=key).with_parties())


@compiled
def locked_held(company: int, key: int) -> QuerySet[Proxy]:
    return locked(Proxy.objects.held_by(company).filter(pk=key).with_parties())


# --- lists of proxies -----------------------------------------------------------------------------


def _in_order(proxies: ProxyQuerySet, today: date) -> ProxyQuerySet:
    """Proxies in force first, by end date; then those that have ended."""
    has_ended = Q(revoked_at__isnull=False) | Q(renounced_at__isnull=False) | Q(ends_on__lt=today)
    return (
        proxies.with_parties()
        .annotate(
            is_over=ExpressionWrapper(has_ended, BooleanField()),
            assigned=Count("assignments__user", filter=Q(assignments__ended_at=None)),
        )
        .order_by("is_over", "ends_on", Lower("description"), "pk")
    )


@compiled
def list_of_given(company: int, today: date) -> QuerySet[Proxy]:
    return _in_order(Proxy.objects.given_by(company), today)


@compiled
def every_given(company: int) -> QuerySet[Proxy]:
    return Proxy.objects.given_by(company)


@compiled
def list_of_received(company: int, today: date) -> QuerySet[Proxy]:
    return _in_order(Proxy.objects.received_by(company), today)


@compiled
def every_received(company: int) -> QuerySet[Proxy]:
    return Proxy.objects.received_by(company)


# --- rights ---------------------------------------------------------------------------------------


@compiled
def standing_rights(proxies: list[int]) -> QuerySet[AccessRight]:
    return (
        AccessRight.objects.standing()
        .filter(proxy_id__in=proxies)
        .select_related("ministry")
        .order_by("ministry__name_fr")
    )


@compiled
def ticked_services(rights: list[int]) -> QuerySet[TickedService]:
    return (
        TickedService.objects.filter(access_right_id__in=rights)
        .select_related("service")
        .order_by("service__position", "service")
    )


@compiled
def ministries_to_grant(company: int, held: list[int]) -> QuerySet[Ministry]:
    """Ministries where the company has an active registration, and those in `held`."""
    active = Registration.objects.active().filter(company=company)
    return Ministry.objects.filter(Q(pk__in=active.values("ministry")) | Q(id__in=held))


@compiled
def locked_active_registrations(company: int, ministries: list[int]) -> QuerySet[Registration]:
    rows = Registration.objects.active().filter(ministry_id__in=ministries, company=company)
    return locked(rows.order_by("pk"))


# --- assignments ----------------------------------------------------------------------------------


@compiled
def assignments_in_force(today: date, mandator: int, company: int) -> QuerySet[Assignment]:
    """The assignments of the company's people to proxies of that mandator."""
    rows = Assignment.objects.in_force(on=today).filter(mandator=mandator, company=company)
    return rows.select_related("proxy")


@compiled
def standing_assignments(users: list[int], mandator: int) -> QuerySet[Assignment]:
    """The assignments of these users to proxies of that mandator, in force or not."""
    rows = Assignment.objects.standing().filter(user_id__in=users, mandator=mandator)
    return rows.select_related("proxy").order_by("pk")


@compiled
def active_people(company: int) -> QuerySet[User]:
    return User.objects.active().filter(company=company).by_name()


@compiled
def active_users(company: int) -> QuerySet[User]:
    """Those who are not ESMs."""
    return User.objects.active().filter(company=company).exclude(role=User.Role.ESM).by_name()


@compiled
def locked_active_people(company: int, keys: list[int]) -> QuerySet[User]:
    return locked(User.objects.active().filter(pk__in=keys, company=company).order_by("pk"))


# --- beside user files ----------------------------------------------------------------------------
# two queries: for a proxy that thousands hold, only the holders shown are read


@compiled
def holders_and_proxies(users: list[int]) -> QuerySet[Assignment, tuple[int, int]]:
    """The keys of people, and of the proxies that they hold, in force or not."""
    held = Assignment.objects.filter(user_id__in=users, ended_at=None)
    return held.values_list("user_id", "proxy_id")


@compiled
def shown_with_holders(keys: list[int]) -> QuerySet[Proxy]:
    """Proxies, with the columns that the list of user files shows."""
    shown = ("mandator", "description", "ends_on", "revoked_at", "renounced_at")
    return Proxy.objects.filter(id__in=keys).only(*shown)
