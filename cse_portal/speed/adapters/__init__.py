"""What the annex asks of Django beyond its documentation: an adapter for each version of Django.

Nothing else in `cse_portal/speed` touches a part of Django or psycopg that is not documented
(`tests/speed/test_adapters.py`). On a version without an adapter, or where a part is missing, the
portal runs as with `CSE_PLAIN=true`: `why_out` says why, to the settings.
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from django import VERSION, get_version

if TYPE_CHECKING:
    from cse_portal.speed.adapters.django_5_2 import Adapter

#: the module of each version's adapter
ADAPTERS = {(5, 2): "django_5_2", (6, 0): "django_6_0", (6, 1): "django_6_1"}


@cache
def django() -> "Adapter":
    """The adapter of the Django that is installed. Raises KeyError for a version without one."""
    module = import_module(f"{__name__}.{ADAPTERS[VERSION[:2]]}")
    adapter: Adapter = module.Adapter()
    return adapter


def why_out() -> str:
    """Why the annex can't be in with the packages that are installed; empty where it can."""
    if VERSION[:2] not in ADAPTERS:
        known = ", ".join(f"{major}.{minor}" for major, minor in ADAPTERS)
        return f"it knows Django {known}, and not Django {get_version()}"
    try:
        missing = ", ".join(django().missing())
    except Exception as error:  # whatever another release of a known version may do
        missing = f"{type(error).__name__}: {error}"
    return f"it misses parts of Django {get_version()} or of psycopg ({missing})" if missing else ""
