"""A service never opens to the demo's people, whose passwords are published.

A database that was a simulation's holds them still when `CSE_SANDBOX` is taken away.
"""

from django.conf import settings
from django.utils.module_loading import import_string

WHAT_TO_DO = (
    "The passwords of its people are published. Give a service a database that never was a "
    "simulation's (docs/operations.md, From nothing); for a simulation, set CSE_SANDBOX=true."
)


def why_not_served() -> str:
    """Why the portal may serve nobody: what is left of the demo, and what to do; else empty.

    Raises DatabaseError.
    """
    left: list[str] = import_string(settings.WHAT_THE_DEMO_LEFT)()
    return f"The database holds the demo: {', '.join(left)}. {WHAT_TO_DO}" if left else ""
