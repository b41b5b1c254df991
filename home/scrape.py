"""What a scrape of this machine is told: its web processes' figures, then the database's.

It answers within a second, whatever the database does: refuse, not resolve, or accept and never
answer. The processes' figures need none.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from django.db import DatabaseError
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from cse_portal.watching.aside import Aside
from home.health import clock_skew
from home.metrics import figures_of_database, state_of_database

PATIENCE = 0.7  # seconds for the database; a scrape is a second at most
#: seconds for which the figures of a scrape before stand for those that take longer
GOOD_FOR = 300.0


class ScrapeCollector(Collector):
    """The figures of a machine, `folder` being where its web processes count (`CSE_FIGURES`)."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.skew = Aside(clock_skew)
        self.figures = Aside(lambda: (time.monotonic(), list(figures_of_database())))
        self._last: tuple[float, list[Metric]] | None = None

    def collect(self) -> Iterator[Metric]:
        if self.folder:
            yield from figures_of_processes(self.folder)
        until = time.monotonic() + PATIENCE
        try:
            skew = self.skew.within(PATIENCE)
        except (DatabaseError, TimeoutError):
            yield from state_of_database(None)
            return
        yield from state_of_database(skew)
        yield from self._of_database(until)

    def _of_database(self, until: float) -> Iterator[Metric]:
        """Those that come in time, or else the last ones, and how old they are."""
        try:
            self._last = self.figures.within(until - time.monotonic())
        except (DatabaseError, TimeoutError):
            if self._last is None or time.monotonic() > self._last[0] + GOOD_FOR:
                return
        asked_at, figures = self._last
        yield GaugeMetricFamily(
            "cse_figures_age_seconds",
            "How old the database's figures are: those that take long are the last scrape's",
            time.monotonic() - asked_at,
        )
        yield from figures


def figures_of_processes(folder: Path) -> Iterator[Metric]:
    """What the web processes of this machine count, and how many live."""
    from cse_portal.watching.slots import files_to_read, held_slots

    living = held_slots(folder)
    yield GaugeMetricFamily("cse_web_processes", "Web processes that live", len(living))
    try:
        yield from MultiProcessCollector.merge(files_to_read(folder, living))
    except (OSError, RuntimeError, ValueError):  # a file that is being begun, or taken away
        return
