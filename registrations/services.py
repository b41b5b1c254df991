"""Reading the e-services of several ministries with one query."""

from collections.abc import Iterable

from registrations import queries
from registrations.models import Ministry, Service


def read_services(ministries: Iterable[Ministry]) -> None:
    """Fill `every_service` of each ministry that does not have it yet, with one query for all."""
    unread = [ministry for ministry in ministries if "every_service" not in vars(ministry)]
    if not unread:
        return
    services: dict[int, list[Service]] = {ministry.pk: [] for ministry in unread}
    for service in queries.services_of_ministries.all(list(services)):
        services[service.ministry_id].append(service)
    for ministry in unread:
        ministry.every_service = services[ministry.pk]
