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
    """One that the person's company gave; Http404 otherwise."""
    return _find(queries.given, key, by=by)


def proxy_held(key: str, *, by: User) -> Proxy:
    """One that the person's company may assign; Http404 otherwise."""
    return _find(queries.held, key, by=by)


def proxy_received(key: str, *, by: User) -> Proxy:
    """One that the person's company received; Http404 otherwise."""
    return _find(queries.received, key, by=by)


def _find(proxies: Compiled[[int, int], Proxy], key: str, *, by: User) -> Proxy:
    number = int(key)
    if number > BigIntegerField.MAX_BIGINT:  # no row's: PostgreSQL would read the whole table
        raise Http404
    found = proxies.first(by.company.pk, number)
    if found is None:
        raise Http404
    read_rights([found])
    return found


def ministries_of(bundle: Bundle) -> Bundle:
    """The same rights, with every service of their ministries read by one statement."""
    read_services(bundle)
    return bundle
