"""What a scrape tells, as an operator reads it."""

from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import Collector

from home.scrape import figures_of_processes


class OfProcesses(Collector):
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def collect(self):
        return figures_of_processes(self.folder)


def told_by(collector: Collector) -> dict[str, float]:
    """Each figure of a collector, by its name with its labels."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    lines = generate_latest(registry).decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(figure) for name, figure in pairs}


def figures_in(folder: Path) -> dict[str, float]:
    """What the processes that count in the folder tell together."""
    return told_by(OfProcesses(folder))
