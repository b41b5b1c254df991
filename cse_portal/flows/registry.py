"""The only list of the procedures of the portal.

`flow_urls` registers a procedure when an app gives it its addresses.
"""

from importlib import import_module

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch

from cse_portal.flows.flow import Flow
from cse_portal.models import Receipt

_flows: dict[str, type[Flow]] = {}


def register(flow: type[Flow]) -> None:
    """Add a procedure. Raises ImproperlyConfigured when another one has the same slug."""
    other = _flows.setdefault(flow.slug, flow)
    if other is not flow:
        raise ImproperlyConfigured(
            f"{flow.__qualname__} and {other.__qualname__} are both named “{flow.slug}”."
        )


def all_flows() -> list[type[Flow]]:
    """Every procedure, in the order of the addresses."""
    return list(_by_slug().values())


def flow_named(slug: str) -> type[Flow]:
    """The procedure that a draft or a receipt names. Raises KeyError when there is none."""
    return _by_slug()[slug]


def receipt_address(receipt: Receipt) -> str:
    """Where an acknowledgment is read; empty if this version of the portal has no such address.

    Another version may have written it, by a procedure, or about a row, that this one can't name.
    """
    flow = _by_slug().get(receipt.flow)
    try:
        return flow.receipt_address(receipt) if flow else ""
    except NoReverseMatch:
        return ""


def _by_slug() -> dict[str, type[Flow]]:
    import_module(settings.ROOT_URLCONF)  # perhaps not imported yet
    return _flows
