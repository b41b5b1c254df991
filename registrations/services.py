"""The e-services of several ministries, read at once."""

from collections.abc import Iterable

from registrations import queries
from registrations.models import Ministry, Service


def read_services(ministries: Iterable[Ministry]) -> None:
    """Each of them has its `every_service`, by one statement for all that were not read yet."""
    unread = [one for one in ministries if "every_service" not in vars(one)]
    if not unread:
        return
    of_each: dict[int, list[Service]] = {ministry.pk: [] for ministry in unread}
    for service in queries.services_of_ministries.all(list(of_each)):
        of_each[service.ministry_id].append(service)
    for ministry in unread:
        ministry.every_service = of_each[ministry.pk]
