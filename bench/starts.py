"""A process that starts: from gunicorn's exec to the first page, whole, in the visitor's hands."""

import statistics
import time
from dataclasses import replace

from bench.place import Site
from bench.visitor import Visitor

PATIENCE = 30.0


def cold_start(site: Site, path: str, visitor: Visitor, times: int = 5) -> float:
    """Seconds, the median of several starts; the disk's cache is warm, the process is not."""
    return statistics.median(one_start(site, path, visitor) for _time in range(times))


def one_start(site: Site, path: str, visitor: Visitor) -> float:
    started = time.perf_counter()
    with replace(site, process=None):
        while True:
            try:
                answer = visitor.get(path)
                break
            except ConnectionRefusedError:
                visitor.close()
                if time.perf_counter() - started > PATIENCE:
                    raise
                time.sleep(0.005)
        took = time.perf_counter() - started
        visitor.close()
    if answer.status != 200:
        raise SystemExit(f"cold start: {path} answered {answer.status}")
    return took
