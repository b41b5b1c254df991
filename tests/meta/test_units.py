"""systemd's units: whichever fails, somebody is told; and systemd itself finds them right."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICES = [one for one in sorted(DEPLOY.glob("*.service")) if "@" not in one.name]
TIMERS = sorted(DEPLOY.glob("*.timer"))
ANALYZE = shutil.which("systemd-analyze")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_unit_that_fails_is_told(unit):
    before_service = unit.read_text().partition("[Service]")[0]
    assert "OnFailure=cse-portal-failed@%n.service\n" in before_service


def test_the_figures_are_read_where_the_web_processes_count():
    """In a folder that systemd makes, in memory, and takes away with the service."""
    web = (DEPLOY / "cse-portal.service").read_text()
    figures = (DEPLOY / "cse-portal-metrics.service").read_text()
    (folder,) = re.findall(r"^RuntimeDirectory=(\S+)$", web, re.MULTILINE)
    for unit in (web, figures):
        assert f"\nEnvironment=CSE_FIGURES=/run/{folder}\n" in unit
        assert "\nUser=cse-portal\n" in unit


def test_each_timer_has_its_service_and_is_enabled_by_the_page():
    page = (DEPLOY.parent / "docs/operations.md").read_text()
    enabled = re.search(r"systemctl enable --now (.*)", page)
    assert enabled
    for timer in TIMERS:
        assert timer.with_suffix(".service") in SERVICES
        assert timer.name in enabled[1].split()


@pytest.mark.parametrize("has_program", [True, False])
def test_a_failure_is_a_line_that_stands_out_and_the_operators_own_program(tmp_path, has_program):
    own, heard = tmp_path / "on-failure", tmp_path / "heard"
    if has_program:
        own.write_text(f'#!/bin/sh\necho "$1" >{heard}\n')
        own.chmod(0o755)
    done = subprocess.run(
        [str(DEPLOY / "on-failure"), "cse-portal-verify.service"],
        env={"CSE_ON_FAILURE": str(own), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("<1>cse-portal-verify.service has failed")
    assert (heard.read_text() if has_program else "").strip() == (
        "cse-portal-verify.service" if has_program else ""
    )


@pytest.mark.skipif(not ANALYZE, reason="waits for systemd-analyze: apt-get install systemd")
def test_systemd_reads_each_unit(tmp_path):
    """In a folder of their own; a program that is not installed here is no mistake of the unit."""
    for unit in [*SERVICES, *TIMERS, DEPLOY / "cse-portal-failed@.service"]:
        text = re.sub(r"^(ExecStart=)\S+", r"\1/bin/true", unit.read_text(), flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text)
    names = [str(tmp_path / unit.name) for unit in [*SERVICES, *TIMERS]]
    done = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", *names], capture_output=True, text=True, check=False
    )
    of_ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line]
    assert of_ours == []
