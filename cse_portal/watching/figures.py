"""What a web process counts: its requests by view, its refusals, its pool of connections.

Each process counts in files of its own (`slots`), which `manage.py serve_metrics` sums for its
machine: a request waits for nobody. Imported only where `CSE_FIGURES` names their folder.
"""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from prometheus_client import Counter, Gauge, Histogram, values

from cse_portal.watching.answered import Answered
from cse_portal.watching.slots import take_slot
from cse_portal.web.overload import NAMES_OF_INTERRUPTIONS, Refusal

#: seconds: from a cheap page to one that PostgreSQL is about to end
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
#: of view, method and status together; what comes later is one more, « other »
MOST_SERIES = 360
PAUSE = 1.0  # seconds between two looks at the pool

#: what `ConnectionPool.get_stats` counts since the process began, and the figure that shows it
POOL_COUNTS = {
    "requests_num": ("cse_pool_requests", "Connections asked of the pool", 1),
    "requests_wait_ms": (
        "cse_pool_wait_seconds",
        "For how long threads waited for one, in all",
        1000,
    ),
    "requests_errors": ("cse_pool_timeouts", "Those that were given none in time", 1),
    "connections_errors": ("cse_pool_connections_failed", "Connections not made", 1),
    "connections_lost": ("cse_pool_connections_lost", "Connections found dead", 1),
}
#: why a request is answered 503
REASONS = [*(one.value for one in Refusal), *NAMES_OF_INTERRUPTIONS.values(), "database"]
POOL_STATES = {"pool_size": "open", "pool_available": "available"}


class Figures:
    """The figures of this process. Raises OSError where the folder can't hold them."""

    def __init__(self, folder: Path) -> None:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        slot = take_slot(folder)
        # instead of the process's number, which would leave files behind at each restart
        values.ValueClass = values.MultiProcessValue(process_identifier=lambda: slot)
        self.requests = Histogram(
            "cse_request_seconds",
            "Time to answer",
            ["view", "method", "status"],
            buckets=BUCKETS,
            registry=None,
        )
        # those with few labels are there from the start: who watches sees the first of a kind
        self.errors = Counter("cse_errors", "Errors of the portal (500)", registry=None)
        self.refused = counter_by_reason("cse_refused", "503, by reason", REASONS)
        self.line = Histogram(
            "cse_line_seconds",
            "Time in line before the process",
            buckets=(0.01, 0.1, 0.5, 1, 2, 4),
            registry=None,
        )
        self.memory = gauge("cse_web_memory_bytes", "Memory of the web processes")
        self.cpu = Counter("cse_web_cpu_seconds", "Processor of the web processes", registry=None)
        self.pool_connections = gauge("cse_pool_connections", "Connections", ["state"])
        self.pool_waiting = gauge("cse_pool_waiting", "Threads that wait for a connection")
        self.pool_counts = {
            name: Counter(figure, description, registry=None)
            for name, (figure, description, _unit) in POOL_COUNTS.items()
        }
        self.threads = gauge("cse_web_connections", "Visitors' connections", ["state"])
        self.parted = counter_by_reason(
            "cse_parted", "Connections ended unserved", ("slow", "crowded", "large")
        )
        self._series: dict[tuple[str, str, int], Any] = {}
        self._pool_before: dict[str, int] = {}
        self._cpu_before = 0.0
        self._looks_again_at = 0.0
        self.look()

    def count(self, answered: Answered) -> None:
        """Count one answer."""
        key = answered.view, answered.method_class, answered.status
        series = self._series.get(key) or self._new_series(key)
        series.observe(answered.seconds)
        if answered.seconds_in_line is not None:
            self.line.observe(answered.seconds_in_line)
        if answered.status == 500:
            self.errors.inc()
        if answered.refusal:
            self.refused.labels(answered.refusal).inc()

    def _new_series(self, key: tuple[str, str, int]) -> Any:
        view, method, status = key
        if len(self._series) >= MOST_SERIES:
            view, method, status = "other", "", 0
        series = self.requests.labels(view, method, str(status))
        if len(self._series) < MOST_SERIES:
            self._series[key] = series
        return series

    def part(self, reason: str) -> None:
        """Count a connection that was ended before its request was whole."""
        self.parted.labels(reason).inc()

    def look(self, *, waiting: int = 0, held: int = 0) -> None:
        """Look at the process, its pool and its connections, once a second at most."""
        if (now := time.monotonic()) < self._looks_again_at:
            return
        self._looks_again_at = now + PAUSE
        self.memory.set(memory_of_process())
        cpu = time.process_time()
        self.cpu.inc(cpu - self._cpu_before)
        self._cpu_before = cpu
        self.threads.labels("waiting").set(waiting)
        self.threads.labels("open").set(held)
        pools: dict[str, Any] = getattr(connections[DEFAULT_DB_ALIAS], "_connection_pools", {})
        stats = pools[DEFAULT_DB_ALIAS].get_stats() if DEFAULT_DB_ALIAS in pools else {}
        for name, state in POOL_STATES.items():
            self.pool_connections.labels(state).set(stats.get(name, 0))
        self.pool_waiting.set(stats.get("requests_waiting", 0))
        for name, (_figure, _description, unit) in POOL_COUNTS.items():
            more = stats.get(name, 0) - self._pool_before.get(name, 0)
            if more > 0:  # a pool made anew begins at zero
                self.pool_counts[name].inc(more / unit)
        self._pool_before = stats


def memory_of_process() -> int:
    """Bytes of memory that the process holds; 0 where the system does not tell as Linux does."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def counter_by_reason(name: str, description: str, reasons: Iterable[str]) -> Counter:
    """A counter that is zero for each of the reasons."""
    counter = Counter(name, description, ["reason"], registry=None)
    for reason in reasons:
        counter.labels(reason)
    return counter


def gauge(name: str, description: str, labels: list[str] | None = None) -> Gauge:
    """What a process holds now; summed over those that live."""
    return Gauge(name, description, labels or [], multiprocess_mode="livesum", registry=None)
