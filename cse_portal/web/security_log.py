"""The security log: a line of JSON for each event about access: who, what, when, from where.

People and companies are identified by their keys. It never contains passwords, codes, session keys,
e-mail addresses or typed user codes: somebody may type their password in that field.
"""

import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.http import HttpRequest

from cse_portal.web.visitor import address_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cse_portal.companies.person import Person

logger = logging.getLogger("cse.security")

_request: ContextVar[dict[str, str] | None] = ContextVar("request_under_way", default=None)


@contextmanager
def request_under_way(request: HttpRequest) -> Iterator[str]:
    """Inside the block, each log line contains this request's reference and address."""
    reference = secrets.token_hex(8)
    context = {"request": reference, "address": address_of(request)}
    request.log_context = context  # type: ignore[attr-defined]  # for lines logged after the block
    token = _request.set(context)
    try:
        yield reference
    finally:
        _request.reset(token)


def reference() -> str:
    """The request's reference, which a person can quote to support; empty outside a request."""
    return (_request.get() or {}).get("request", "")


def note(event: str, *, person: "Person | AnonymousUser | None" = None, **facts: object) -> None:
    """Log an event. `person` is a user, or None when nobody is known."""
    key = getattr(person, "pk", None)  # None for a visitor who is not signed in
    who = {"person": key, "company": getattr(person, "company_id", None)}
    logger.info(event, extra={"facts": who | facts})


class WithReference(logging.Filter):
    """Adds the request's reference to each log record, for formatters that show it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.reference = reference() or context_of(record).get("request", "-")
        return True


def context_of(record: logging.LogRecord) -> dict[str, str]:
    """The reference and address from the request that Django attached to its record, if any."""
    context: dict[str, str] = getattr(getattr(record, "request", None), "log_context", {})
    return context


def trace_id_of(request: HttpRequest) -> str:
    """The id of the request's trace; empty where none is made (`watching/traces.py`)."""
    context: dict[str, str] = getattr(request, "log_context", {})
    return context.get("trace_id", "")


class JsonLines(logging.Formatter):
    """One JSON line for each event; typed text can't inject another line.

    Everything except plain ASCII is escaped, for example control characters and characters that
    change the direction of writing.
    """

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, tz=UTC)
        line: dict[str, object] = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **(_request.get() or context_of(record)),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)
