"""What pages and procedures ask of proxies, rights and assignments, and the locks of the actions.

The locks are `no_key` ones: the rows that point at a locked row wait for nobody.
"""

from datetime import date
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Lower

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
    return _locked(Proxy.objects.given_by(company).filter(pk=key).with_parties())


@compiled
def locked_held(company: int, key: int) -> QuerySet[Proxy]:
    return _locked(Proxy.objects.held_by(company).filter(pk=key).with_parties())


def _locked(rows: Any) -> Any:
    return rows.select_for_update(of=("self",), no_key=True)


# --- lists of proxies -----------------------------------------------------------------------------


def _in_order(proxies: ProxyQuerySet, today: date) -> Any:
    """In force first, those that end soonest on top; then what has ended."""
    is_over = Q(revoked_at__isnull=False) | Q(renounced_at__isnull=False) | Q(ends_on__lt=today)
    return (
        proxies.with_parties()
        .annotate(
            is_over=ExpressionWrapper(is_over, BooleanField()),
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
    """Those where the company's registration is active, and those of a proxy, by their keys."""
    active = Registration.objects.active().filter(company=company)
    return Ministry.objects.filter(Q(pk__in=active.values("ministry")) | Q(id__in=held))


@compiled
def locked_active_registrations(company: int, ministries: list[int]) -> QuerySet[Registration]:
    rows = Registration.objects.active().filter(ministry_id__in=ministries, company=company)
    return _locked(rows.order_by("pk"))


# --- assignments ----------------------------------------------------------------------------------


@compiled
def assignments_in_force(today: date, mandator: int, company: int) -> QuerySet[Assignment]:
    """Who of the company holds a proxy of that mandator."""
    rows = Assignment.objects.in_force(on=today).filter(mandator=mandator, company=company)
    return rows.select_related("proxy")


@compiled
def standing_assignments(users: list[int], mandator: int) -> QuerySet[Assignment]:
    """What these users hold of that mandator, in force or not."""
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
    return _locked(User.objects.active().filter(pk__in=keys, company=company).order_by("pk"))


# --- beside user files ----------------------------------------------------------------------------
# one after the other: of a proxy that thousands hold, only the holders shown are read


@compiled
def holders_and_proxies(users: list[int]) -> QuerySet[Any, tuple[int, int]]:
    """The keys of people, and of the proxies that they hold, in force or not."""
    held = Assignment.objects.filter(user_id__in=users, ended_at=None)
    return held.values_list("user_id", "proxy_id")


@compiled
def shown_with_holders(keys: list[int]) -> QuerySet[Proxy]:
    """What the list of user files shows of proxies."""
    shown = ("mandator", "description", "ends_on", "revoked_at", "renounced_at")
    return Proxy.objects.filter(id__in=keys).only(*shown)
