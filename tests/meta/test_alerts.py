"""The alerts that an operator loads: on figures that exist, each with what to do, and tried."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from home.metrics import PortalCollector

PROJECT = Path(__file__).parents[2]
RULES = (PROJECT / "deploy/alerts.yml").read_text()
ALERTS = re.findall(r"- alert: (\w+)", RULES)
PROMTOOL = shutil.which("promtool")


@pytest.mark.django_db
def test_alerts_are_on_figures_that_exist():
    registry = CollectorRegistry()
    registry.register(PortalCollector())
    figures = set(re.findall(r"^(\w+)", generate_latest(registry).decode(), re.MULTILINE))
    asked = set(re.findall(r"\bcse_\w+", " ".join(re.findall(r"expr: (.*)", RULES))))
    assert asked
    assert asked <= figures


def test_each_alert_says_what_to_do():
    page = (PROJECT / "docs/operations.md").read_text()
    lines = re.findall(r"^\| `(\w+)` \| .+ \|$", page, re.MULTILINE)
    assert ALERTS
    assert [name for name in lines if name in ALERTS] == ALERTS


@pytest.mark.skipif(not PROMTOOL, reason="waits for promtool: apt-get install prometheus")
def test_the_alerts_are_raised_when_they_should():
    command = [str(PROMTOOL), "test", "rules", str(PROJECT / "deploy/alerts_test.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
