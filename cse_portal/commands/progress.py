"""How far a long command is: one line rewritten on a terminal, a line of the log elsewhere."""

import logging
import sys
import time
from typing import TextIO

logger = logging.getLogger("cse.commands")

#: seconds between two lines of the log, and between two changes of a terminal's line
LOGGED_EVERY = 30.0
SHOWN_EVERY = 0.2
ERASE_LINE = "\r\x1b[K"


class Progress:
    """The progress of one command, through its stages: done, a second, and left where known.

    On a terminal, a line of `out` that is rewritten and erased at the end. Elsewhere, a line of the
    log every thirty seconds, so that a short run logs none.
    """

    def __init__(self, command: str, *, out: TextIO | None = None) -> None:
        self.command = command
        self.done = 0
        self._out = out or sys.stderr
        self._is_shown = self._out.isatty()
        self._every = SHOWN_EVERY if self._is_shown else LOGGED_EVERY
        self.begin("")

    def begin(self, what: str, total: int | None = None) -> None:
        """Begin a stage: what is counted (« proxies »), and how many there are if it is known."""
        self._what, self._total, self._count = what, total, 0
        self._since = time.monotonic()
        self._next = self._since + (0 if self._is_shown else self._every)

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self.done += count
        self._count += count
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self._every
            self._tell(now)

    def end(self) -> None:
        """Leave the terminal's line empty, for what is printed next."""
        if self._is_shown:
            self._out.write(ERASE_LINE)
            self._out.flush()

    def _tell(self, now: float) -> None:
        rate = self._count / max(now - self._since, 1e-3)
        left = (self._total - self._count) / rate if self._total and rate else None
        if self._is_shown:
            self._out.write(f"{ERASE_LINE}{self._line(rate, left)}")
            self._out.flush()
            return
        facts = {
            "command": self.command,
            "what": self._what,
            "done": self._count,
            "total": self._total,
            "per_second": round(rate, 1),
            "seconds_left": None if left is None else round(left),
        }
        logger.info("progress", extra={"facts": facts})

    def _line(self, rate: float, left: float | None) -> str:
        of = "" if self._total is None else f" of {self._total:,}"
        remains = "" if left is None else f", {duration(left)} left"
        counted = f"{self._count:,}{of} {self._what}".rstrip()
        return f"{self.command}: {counted}, {rate:,.0f} a second{remains}"


class Untold(Progress):
    """Progress that nobody is told of: of work that no command does."""

    def __init__(self) -> None:
        super().__init__("")
        self._is_shown, self._next = False, float("inf")

    def begin(self, what: str, total: int | None = None) -> None:
        pass

    def advance(self, count: int = 1) -> None:
        pass


def duration(seconds: float) -> str:
    """`45 s`, `12 min` or `3 h 05 min`."""
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"
