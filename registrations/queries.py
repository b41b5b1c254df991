"""The compiled queries of ministries, e-services and registrations."""

from django.db.models import QuerySet

from cse_portal.speed.queries import compiled
from registrations.models import Ministry, Registration, Service


@compiled
def ministry_of_code(code: str) -> QuerySet[Ministry]:
    return Ministry.objects.filter(code=code)


@compiled
def standing_registration(company: int, ministry: int) -> QuerySet[Registration]:
    return Registration.objects.standing().filter(company=company, ministry=ministry)


@compiled
def services_of_ministries(ministries: list[int]) -> QuerySet[Service]:
    return Service.objects.filter(ministry_id__in=ministries)
