"""A service opens where its database lets it: without the demo's people, with the keys it needs.

The database is looked at once, when a process of the web server starts, and no request pays for it.
Where it doesn't answer then, it is looked at again with the requests that come, until it has.
"""

import logging
import time
from collections.abc import Iterable
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from cse_portal import keys_on_record
from cse_portal.web import no_demo

logger = logging.getLogger("cse_portal.service_gate")

PROBES = ("/healthz", "/readyz")
PAUSE = 1.0  # seconds between two looks at a database that does not answer
HEADERS = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
REFUSAL = "Le portail n’est pas en service. The portal is not in service.\n".encode()


def why_not_served() -> str:
    """Why the portal may serve nobody, and what to do; else empty. Raises DatabaseError."""
    return no_demo.why_not_served() or keys_on_record.why_not_served()


class ServiceGate:
    """The WSGI application, for a database that it may serve.

    Raises ImproperlyConfigured, which ends the start of the process, where it may not.
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
            logger.warning("not asked whether it may be served: %s", type(error).__name__)
            return ""
        finally:
            if not connection.in_atomic_block:  # as after a request; a test's transaction goes on
                connection.close()
            self._looks_again_at = time.monotonic() + PAUSE
        self.may_serve = not reason
        if reason:
            logger.critical(reason)
        return reason


def gated(application: WSGIApplication) -> WSGIApplication:
    """The application, refused where the database doesn't let it; a simulation is at home."""
    if settings.SANDBOX:
        return application
    guarded = ServiceGate(application)
    return application if guarded.may_serve else guarded
