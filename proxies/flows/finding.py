"""The proxies that a procedure may be about."""

from collections.abc import Callable
from typing import Any

from django.db.models import BigIntegerField
from django.http import Http404

from cse_portal.compiled import Compiled, Given
from proxies.models import Proxy, ProxyQuerySet
from proxies.rules import Bundle, read_rights
from registrations.services import read_services
from users.models import User

COMPANY: Any = Given("company")


def _by_key(of_the_company: Callable[[Any], ProxyQuerySet]) -> Compiled:
    return Compiled(
        lambda: (
            of_the_company(Proxy.objects)
            .filter(pk=Given("key"))
            .select_related("agent", "mandator")
        )
    )


_given = _by_key(lambda proxies: proxies.given_by(COMPANY))
_held = _by_key(lambda proxies: proxies.held_by(COMPANY))
_received = _by_key(lambda proxies: proxies.received_by(COMPANY))


def proxy_given(key: str, *, by: User) -> Proxy:
    """One that the person's company gave; Http404 otherwise."""
    return _find(_given, key, by=by)


def proxy_held(key: str, *, by: User) -> Proxy:
    """One that the person's company may assign; Http404 otherwise."""
    return _find(_held, key, by=by)


def proxy_received(key: str, *, by: User) -> Proxy:
    """One that the person's company received; Http404 otherwise."""
    return _find(_received, key, by=by)


def _find(proxies: Compiled, key: str, *, by: User) -> Proxy:
    number = int(key)
    if number > BigIntegerField.MAX_BIGINT:  # no row's: PostgreSQL would read the whole table
        raise Http404
    found = proxies.first(company=by.company_id, key=number)
    if found is None:
        raise Http404
    read_rights([found])
    return found


def ministries_of(bundle: Bundle) -> Bundle:
    """The same rights, with every service of their ministries read by one statement."""
    read_services(bundle)
    return bundle
