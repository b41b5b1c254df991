"""What becomes of a registration, for those who depend on it: inside the same transaction."""

from django.dispatch import Signal

#: an ESM (`by`) deactivated a `registration`: the rights that proxies hold there open nothing more
closed = Signal()
#: a ministry accepted a `registration`: the rights that proxies hold there open again
opened = Signal()
