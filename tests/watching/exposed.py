"""The figures that a real scrape shows, for the alerts and the dashboard."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry, generate_latest, values

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import CommandRun
from cse_portal.watching.figures import Figures
from home.metrics import PortalCollector
from home.scrape import ScrapeCollector
from tests import factories as make

QUERY = re.compile(r"\bcse_\w+")


def exposed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Their names, after a request, a refusal, a command and a transmission."""
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    answer = {"view": "home", "method_class": "read", "status": 503, "refusal": "busy"}
    times = {"seconds": 0.1, "seconds_in_line": 0.1}
    Figures(folder).count(SimpleNamespace(**answer, **times))  # type: ignore[arg-type]
    make.a_receipt()
    with across_companies(because="a test records a run"):
        CommandRun.objects.create(
            command="verify_trail", started_at=clock.now(), succeeded_at=clock.now()
        )
    told = ""
    for collector in (ScrapeCollector(folder), PortalCollector()):  # the second, in the test's own
        registry = CollectorRegistry()  # transaction
        registry.register(collector)
        told += generate_latest(registry).decode()
    return set(re.findall(r"^(\w+)", told, re.MULTILINE))
