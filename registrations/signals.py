"""Changes of a registration that other apps react to, in the same transaction."""

from django.dispatch import Signal

#: an ESM (`by`) deactivated a `registration`: the rights of proxies there can no longer be used
closed = Signal()
#: a ministry accepted a `registration`: the rights of proxies there can be used again
opened = Signal()
