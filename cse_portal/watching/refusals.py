"""What a 503 costs the log: a line that says why and where, and no traceback of five kilobytes.

Past what the machines carry, there are thousands of them, and none is an error of the portal.
"""

import logging
import sys
from pathlib import Path
from types import TracebackType

logger = logging.getLogger("cse.refused")
PROJECT = Path(__file__).resolve().parents[2]
OWN = tuple(f"{PROJECT}/{one.parent.name}/" for one in PROJECT.glob("*/__init__.py"))


def log_refusal(why: str) -> None:
    """Log why a request is refused; of the error that is handled, its class and its place."""
    facts = {"refused": why}
    if error := sys.exc_info()[1]:
        cause = error.__cause__ or error
        facts |= {"error": type(cause).__name__, "where": place_of(error.__traceback__)}
    logger.warning("refused", extra={"facts": facts})


def place_of(trace: TracebackType | None) -> str:
    """The innermost line of the portal's own code, as « users/queries.py:42 »."""
    place = ""
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(OWN):
            place = f"{file[len(str(PROJECT)) + 1 :]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


class NoRefusal(logging.Filter):
    """Drops Django's own line, with its traceback, of an answer that `log_refusal` told of."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "status_code", None) != 503
