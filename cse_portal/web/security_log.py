"""What concerns the way in and the walls, one line of JSON an event: who, what, when, from where.

People and companies are told by their keys. No password, no code, no session key, no e-mail
address, and no user code that somebody typed: it may be his password, in the wrong field.
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
    """Inside the block, each line tells this request's reference and where it comes from."""
    reference = secrets.token_hex(8)
    told = {"request": reference, "address": address_of(request)}
    request.told_in_the_log = told  # type: ignore[attr-defined]  # for a line written after it
    token = _request.set(told)
    try:
        yield reference
    finally:
        _request.reset(token)


def reference() -> str:
    """What a person quotes to find again, in the log, what went wrong; empty outside a request."""
    return (_request.get() or {}).get("request", "")


def note(event: str, *, person: "Person | AnonymousUser | None" = None, **facts: object) -> None:
    """Write an event down. `person` is a user, or None when nobody is known."""
    key = getattr(person, "pk", None)  # none for who has not signed in
    who = {"person": key, "company": getattr(person, "company_id", None)}
    logger.info(event, extra={"facts": who | facts})


class WithReference(logging.Filter):
    """Gives each line the reference of its request, for a form of line that shows it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.reference = reference() or told_of(record).get("request", "-")
        return True


def told_of(record: logging.LogRecord) -> dict[str, str]:
    """The reference and the address of the request that Django's own line is about, if it is."""
    found: dict[str, str] = getattr(getattr(record, "request", None), "told_in_the_log", {})
    return found


class JsonLines(logging.Formatter):
    """One event, one line: what somebody typed can neither end it nor begin another.

    Whatever is not plain ASCII is escaped: control characters, and those that turn the direction of
    writing.
    """

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, tz=UTC)
        line: dict[str, object] = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **(_request.get() or told_of(record)),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)
