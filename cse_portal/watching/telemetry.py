"""Traces and reports of errors that leave the machine: what is sent, once an operator asks for it.

Each is switched on by one variable. Without it nothing is sent, and nothing of it is imported:
their packages need not be there (`requirements/telemetry.lock`).
"""

from importlib.util import find_spec

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

#: the variable, and the package that it needs
NEEDS = {"OTEL_EXPORTER_OTLP_ENDPOINT": "opentelemetry", "SENTRY_DSN": "sentry_sdk"}


def start() -> None:
    """Once a process has loaded its apps. Raises ImproperlyConfigured: the packages are missing."""
    for variable, package in NEEDS.items():
        if getattr(settings, variable) and find_spec(package) is None:
            raise ImproperlyConfigured(
                f"{variable} needs packages that are not installed: `make .venv/.telemetry.stamp`, "
                "or unset it."
            )
    if settings.SENTRY_DSN:
        from cse_portal.watching import errors

        errors.start(settings.SENTRY_DSN)
