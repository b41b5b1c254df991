"""The proxies that a procedure may be about."""

from django.db.models import prefetch_related_objects
from django.shortcuts import get_object_or_404

from proxies.models import Proxy, ProxyQuerySet
from proxies.rules import Bundle, standing_rights
from users.models import User


def proxy_given(key: str, *, by: User) -> Proxy:
    """One that the person's company gave; Http404 otherwise."""
    return _find(Proxy.objects.given_by(by.company), key)


def proxy_held(key: str, *, by: User) -> Proxy:
    """One that the person's company may assign; Http404 otherwise."""
    return _find(Proxy.objects.held_by(by.company), key)


def proxy_received(key: str, *, by: User) -> Proxy:
    """One that the person's company received; Http404 otherwise."""
    return _find(Proxy.objects.received_by(by.company), key)


def _find(proxies: ProxyQuerySet, key: str) -> Proxy:
    wanted = proxies.select_related("agent", "mandator").prefetch_related(standing_rights())
    return get_object_or_404(wanted, pk=key)


def ministries_of(bundle: Bundle) -> Bundle:
    """The same rights, with every service of their ministries read in one query."""
    prefetch_related_objects(list(bundle), "services")
    return bundle
