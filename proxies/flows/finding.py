"""The proxies that a procedure may be about."""

from django.db.models import BigIntegerField
from django.http import Http404

from cse_portal.speed.queries import Compiled
from proxies import queries
from proxies.models import Proxy
from proxies.rules import Bundle, read_rights
from registrations.services import read_services
from users.models import User


def proxy_given(key: str, *, by: User) -> Proxy:
    """A proxy that the person's company gave. Raises Http404."""
    return _find(queries.given, key, by=by)


def proxy_held(key: str, *, by: User) -> Proxy:
    """A proxy that the person's company may assign. Raises Http404."""
    return _find(queries.held, key, by=by)


def proxy_received(key: str, *, by: User) -> Proxy:
    """A proxy that the person's company received. Raises Http404."""
    return _find(queries.received, key, by=by)


def _find(proxies: Compiled[[int, int], Proxy], key: str, *, by: User) -> Proxy:
    number = int(key)
    if number > BigIntegerField.MAX_BIGINT:  # no row has it: PostgreSQL would read the whole table
        raise Http404
    proxy = proxies.first(by.company.pk, number)
    if proxy is None:
        raise Http404
    read_rights([proxy])
    return proxy


def ministries_of(bundle: Bundle) -> Bundle:
    """The same rights; the services of all their ministries are read by one statement."""
    read_services(bundle)
    return bundle
