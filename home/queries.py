"""The compiled queries of the home pages."""

from datetime import date, datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg, BoolOr
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from cse_portal.speed.queries import compiled, counted
from home.models import Restore
from proxies.models import Assignment, Proxy, in_force
from registrations.models import Ministry, Registration, RegistrationQuerySet
from users.models import UNREACHABLE, User


def _latest_first(registrations: RegistrationQuerySet) -> QuerySet[Registration]:
    texts = (f"ministry__{name}" for name in Ministry.READ_ON_ITS_OWN_PAGES)
    return registrations.latest_first().select_related("ministry").defer(*texts)


@compiled
def registrations() -> QuerySet[Registration]:
    return _latest_first(Registration.objects.all())


@compiled
def active_registrations() -> QuerySet[Registration]:
    return _latest_first(Registration.objects.active())


@compiled
def counts_of_people(
    company: int, today: date, now: datetime, late: datetime
) -> QuerySet[User, dict[str, Any]]:
    """Counts of people, joined with their assignments in one query.

    It also tells whether a restore was recorded after `late`, which there hardly ever is: every
    home page asks it.
    """
    holds, own = in_force(today, "assignments__"), Q(assignments__mandator=company)
    is_user = ~Q(role=User.Role.ESM)
    has_expired = Q(temporary_password_expires_at__lte=now)
    is_valid = Q(temporary_password_expires_at=None) | Q(temporary_password_expires_at__gt=now)
    return counted(
        User.objects.filter(company=company).active(),
        users=Count("pk", filter=is_user, distinct=True),
        users_who_hold=Count("pk", filter=is_user & holds, distinct=True),
        holders=Count("pk", filter=holds & own, distinct=True),
        not_signed_in=Count("pk", filter=Q(last_login=None) & is_valid, distinct=True),
        expired_passwords=Count("pk", filter=has_expired, distinct=True),
        unreachable=ArrayAgg("email", filter=UNREACHABLE, distinct=True, default=[]),
        was_restored=BoolOr(Exists(Restore.objects.filter(recorded_at__gt=late))),
    )


@compiled
def counts_of_proxies(today: date, soon: date) -> QuerySet[Proxy, dict[str, Any]]:
    """Counts of proxies in force, given and received, by mandator, in the order of its name."""
    is_held = Exists(Assignment.objects.standing().filter(proxy=OuterRef("pk")))
    by_mandator = Proxy.objects.in_force(on=today).values(
        "mandator", name=F("mandator__name"), number=F("mandator__identification_number")
    )
    return by_mandator.annotate(
        count=Count("pk"),
        ending=Count("pk", filter=Q(ends_on__lte=soon)),
        unheld=Count("pk", filter=~is_held),
    ).order_by("name", "mandator")


@compiled
def restores() -> QuerySet[Restore]:
    return Restore.objects.all()


@compiled
def restores_since(at: datetime) -> QuerySet[Restore]:
    return Restore.objects.filter(recorded_at__gt=at)
