"""The access log: a line for each request that was answered, with its times.

It names the view and never the address, which bears keys, what was searched for, and the token of a
sign-in under way. People and companies are identified by their keys, as in the security log.
"""

import logging

from cse_portal.watching.answered import Answered

logger = logging.getLogger("cse.access")


def log(answered: Answered) -> None:
    """Log one answer. The line has the request's reference and address (`JsonLines`)."""
    person = answered.request.__dict__.get("user")  # none where the request ended before
    facts = {
        "method": answered.method,
        "view": answered.view,
        "status": answered.status,
        "ms": round(answered.seconds * 1000, 1),
        "cpu_ms": round(answered.cpu_seconds * 1000, 1),
        "bytes": answered.bytes,
        "person": getattr(person, "pk", None),
        "company": getattr(person, "company_id", None),
    }
    if answered.seconds_in_line is not None:
        facts["line_ms"] = round(answered.seconds_in_line * 1000, 1)
    if answered.refusal:
        facts["refused"] = answered.refusal
    logger.info("answered", extra={"facts": facts})
