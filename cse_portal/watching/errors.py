"""Errors of the portal, reported to a Sentry, or to whatever speaks its language (`SENTRY_DSN`).

A report says which error, where in the code, and the request's reference: the log of the machine
has the rest. What an error says in words may name a person (« Key (email)=(…) already exists »), as
may the values of variables, an address, a form, a cookie: none of it leaves. What is sent is
composed here of what is known to be harmless, not left over from what is not.

Imported only where the variable is set.
"""

import sys
from typing import Any

import sentry_sdk
from django.core.signals import got_request_exception
from django.http import HttpRequest
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.types import Event, Hint

from cse_portal.watching.answered import view_of
from cse_portal.web.overload import is_interruption, refusal_in
from cse_portal.web.security_log import trace_id_of

LONGEST_FAREWELL = 2  # seconds that a process that ends waits for its last reports
OF_AN_EVENT = ("event_id", "timestamp", "platform", "level", "server_name", "sdk", "tags")
OF_A_RELEASE = ("release", "environment")  # by SENTRY_RELEASE, SENTRY_ENVIRONMENT
OF_A_FRAME = ("filename", "module", "function", "lineno", "in_app")


def start(dsn: str) -> None:
    """Report errors from now on: of requests, and those that end a command."""
    sentry_sdk.init(
        dsn,
        # none of those that read requests, statements or logs
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[ExcepthookIntegration(), AtexitIntegration(callback=say_nothing)],
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        shutdown_timeout=LONGEST_FAREWELL,
        before_send=harmless,
    )
    got_request_exception.connect(report, dispatch_uid="reports_of_errors")


def report(sender: object, request: HttpRequest, **kwargs: object) -> None:
    """Report the error that ended a request; a 503 is none, and figures count it."""
    error = sys.exc_info()[1]
    if error is None or refusal_in(error) or is_interruption(error):
        return
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("view", view_of(request))
        scope.set_tag("request", getattr(request, "log_context", {}).get("request", ""))
        if trace_id := trace_id_of(request):
            scope.set_tag("trace_id", trace_id)
        scope.capture_exception(error)


def harmless(event: Event, hint: Hint) -> Event | None:
    """The event, composed anew of what names nobody."""
    told: dict[str, Any] = dict(event)
    kept = {name: told[name] for name in OF_AN_EVENT + OF_A_RELEASE if told.get(name)}
    errors = told.get("exception", {}).get("values", [])
    kept["exception"] = {"values": [harmless_error(error) for error in errors]}
    return kept  # type: ignore[return-value]  # an Event's keys, some of them


def harmless_error(error: dict[str, Any]) -> dict[str, Any]:
    """Its class and where it happened, without what it says."""
    frames = (error.get("stacktrace") or {}).get("frames", [])
    kept = [{name: frame.get(name) for name in OF_A_FRAME} for frame in frames]
    return {
        "type": error.get("type"),
        "module": error.get("module"),
        "mechanism": {"type": "generic", "handled": False},
        "stacktrace": {"frames": kept},
    }


def say_nothing(pending: int, timeout: float) -> None:
    """At the end of a process with reports that have not left; Sentry would write about it."""
