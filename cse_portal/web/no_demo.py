"""A service never opens to the demo's people, whose passwords are published.

A database that was a simulation's holds them still when `CSE_SANDBOX` is taken away. It is looked
at once, when a process of the web server starts, and no request pays for it. Where the database
doesn't answer then, it is looked at again with the requests that come, until it has.
"""

import logging
import time
from collections.abc import Iterable
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.utils.module_loading import import_string

logger = logging.getLogger("cse_portal.no_demo")

WHAT_TO_DO = (
    "The passwords of its people are published. Give a service a database that never was a "
    "simulation's (docs/operations.md, From nothing); for a simulation, set CSE_SANDBOX=true."
)
PROBES = ("/healthz", "/readyz")
PAUSE = 1.0  # seconds between two looks at a database that does not answer
HEADERS = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
REFUSAL = "Le portail n’est pas en service. The portal is not in service.\n".encode()


def why_not_served() -> str:
    """Why the portal may serve nobody: what is left of the demo, and what to do; else empty.

    Raises DatabaseError.
    """
    left: list[str] = import_string(settings.WHAT_THE_DEMO_LEFT)()
    return f"The database holds the demo: {', '.join(left)}. {WHAT_TO_DO}" if left else ""


class WithoutDemo:
    """The WSGI application, for a database without the demo's people.

    Raises ImproperlyConfigured, which ends the start of the process, where they are there.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        #: None until the database has answered
        self.may_serve: bool | None = None
        self._looks_again_at = 0.0
        self._one_at_a_time = Lock()
        if reason := self._look():
            raise ImproperlyConfigured(reason)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.may_serve is None and environ["PATH_INFO"] not in PROBES:
            self._look_again()
        if self.may_serve is False:
            start_response("503 Service Unavailable", HEADERS)
            return [REFUSAL]
        return self.application(environ, start_response)

    def _look_again(self) -> None:
        """In one request at a time, and not with each; the others go on as without a database."""
        if time.monotonic() < self._looks_again_at:
            return
        if self._one_at_a_time.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._one_at_a_time.release()

    def _look(self) -> str:
        """Why nobody may be served, if the database tells."""
        try:
            reason = why_not_served()
        except DatabaseError as error:
            logger.warning("not asked for the demo: %s", type(error).__name__)
            return ""
        finally:
            if not connection.in_atomic_block:  # as after a request; a test's transaction goes on
                connection.close()
            self._looks_again_at = time.monotonic() + PAUSE
        self.may_serve = not reason
        if reason:
            logger.critical(reason)
        return reason


def without_demo(application: WSGIApplication) -> WSGIApplication:
    """The application, refused where the demo's people are; in a simulation they are at home."""
    if settings.SANDBOX:
        return application
    guarded = WithoutDemo(application)
    return application if guarded.may_serve else guarded
