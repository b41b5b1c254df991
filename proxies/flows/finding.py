"""The proxies that a procedure may be about."""

from typing import Any

from django.db.models import BigIntegerField
from django.http import Http404

from cse_portal.speed.queries import Compiled, Given
from proxies.models import Proxy
from proxies.rules import Bundle, read_rights
from registrations.services import read_services
from users.models import User

COMPANY: Any = Given("company")


KEY: Any = Given("key")
_given = Compiled(lambda: Proxy.objects.given_by(COMPANY).filter(pk=KEY).with_parties())
_held = Compiled(lambda: Proxy.objects.held_by(COMPANY).filter(pk=KEY).with_parties())
_received = Compiled(lambda: Proxy.objects.received_by(COMPANY).filter(pk=KEY).with_parties())


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
