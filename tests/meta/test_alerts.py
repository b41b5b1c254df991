"""What an operator loads into Prometheus and Grafana: on figures that exist, and tried."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.watching.exposed import QUERY, exposed

PROJECT = Path(__file__).parents[2]
RULES = (PROJECT / "deploy/alerts.yml").read_text()
ALERTS = re.findall(r"- alert: (\w+)", RULES)
#: what stands between the alert and its labels: the expression, on one line or several
EXPRESSIONS = re.findall(r"expr: (.*?)\n +(?:for|labels):", RULES, re.DOTALL)
TRIES = sorted((PROJECT / "deploy").glob("alerts*_test.yml"))
DASHBOARD = json.loads((PROJECT / "deploy/grafana-dashboard.json").read_text())
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    not PROMTOOL and not os.environ.get("CSE_REQUIRE_PROMTOOL"),
    reason="waits for promtool, of Debian's package prometheus (.ci/run unpacks it)",
)


def promtool(*arguments: str) -> None:
    command = [str(PROMTOOL), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def targets() -> list[dict[str, Any]]:
    """What each panel of the dashboard asks."""
    return [one for panel in DASHBOARD["panels"] for one in panel.get("targets", [])]


@pytest.mark.django_db
def test_alerts_and_panels_are_on_figures_that_exist(tmp_path, monkeypatch):
    figures = exposed(tmp_path, monkeypatch)
    assert len(EXPRESSIONS) == len(ALERTS) > 10
    for asked in [*EXPRESSIONS, *(target["expr"] for target in targets())]:
        assert QUERY.findall(asked), asked
        assert set(QUERY.findall(asked)) <= figures, asked


def test_each_alert_says_what_to_do():
    page = (PROJECT / "docs/operations.md").read_text()
    lines = re.findall(r"^\| `(\w+)` \| .+ \|$", page, re.MULTILINE)
    assert ALERTS
    assert [name for name in lines if name in ALERTS] == ALERTS


def test_each_command_of_a_timer_is_missed_when_it_does_not_run():
    timers = (PROJECT / "deploy").glob("*.timer")
    services = "".join(timer.with_suffix(".service").read_text() for timer in timers)
    commands = set(re.findall(r"manage\.py (\w+)", services))
    assert len(commands) >= 3
    # a first reading since nothing is a whole one: what never ran is one name
    since = {f"{one}_since" for one in re.findall(r"manage\.py (\w+) --since", services)}
    for alert, missed in {"CommandLate": commands | since, "CommandNeverRan": commands}.items():
        asked = EXPRESSIONS[ALERTS.index(alert)]
        named = re.findall(r'command=~?"([\w|]+)"', asked)
        assert {one for names in named for one in names.split("|")} == missed


@needs_promtool
def test_the_alerts_are_raised_when_they_should():
    promtool("test", "rules", *map(str, TRIES))


def test_each_alert_is_tried():
    raised = r"alertname: (\w+)\n +exp_alerts:"
    tried = [name for file in TRIES for name in re.findall(raised, file.read_text())]
    assert set(tried) == set(ALERTS)


def test_the_dashboard_is_whole():
    """A panel that Grafana shows empty: no place, no question, or a variable that is not there."""
    panels = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
    assert len(panels) > 15
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    variables = {one["name"] for one in DASHBOARD["templating"]["list"]}
    for panel in panels:
        assert panel["title"]
        assert panel["targets"], panel["title"]
        grid = panel["gridPos"]
        assert 0 <= grid["x"] <= 24 - grid["w"], panel["title"]
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD)))
    assert used - {"__rate_interval", "__range", "__all"} == variables


@needs_promtool
def test_prometheus_understands_each_question_of_the_dashboard(tmp_path):
    rules = []
    for nth, target in enumerate(targets()):
        asked = re.sub(r"\$__\w+", "5m", target["expr"]).replace("$instance", ".*")
        rules.append({"record": f"asked:{nth}", "expr": asked})
    file = tmp_path / "rules.yml"  # JSON is YAML
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", str(file))
