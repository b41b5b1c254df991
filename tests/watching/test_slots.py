"""Processes of one machine count each in its own files, whoever dies and begins again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.http import HttpResponse
from prometheus_client import values

from cse_portal.watching import figures, slots
from cse_portal.watching.answered import Answered
from cse_portal.watching.process import figures_of_process
from tests.watching.told import figures_in

PROJECT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _values_of_the_test(monkeypatch):
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")


def an_answer(rf, status=200, address="/nowhere"):
    return Answered(rf.get(address), HttpResponse(status=status), 0.2, 0.1, None)


#: a process that counts some answers of the view « sign_in », says so, and waits to be killed
COUNTS = """
import sys
from pathlib import Path
from types import SimpleNamespace
from django.conf import settings
settings.configure()
from cse_portal.watching.figures import Figures
figures = Figures(Path(sys.argv[1]))
answered = SimpleNamespace(
    view="sign_in", method_class="read", status=200, seconds=0.2, seconds_in_line=None, refusal=""
)
for nth in range(int(sys.argv[2])):
    figures.count(answered)
print("counted", flush=True)
sys.stdin.read()
"""
COUNTED = 'cse_request_seconds_count{method="read",status="200",view="sign_in"}'


class Process:
    """A process of the machine that has counted some answers."""

    def __init__(self, folder: Path, answers: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", COUNTS, str(folder), str(answers)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout
        assert self.process.stdout.readline() == b"counted\n"

    def is_killed(self) -> None:
        self.process.kill()
        self.process.communicate()


def test_what_a_process_counted_outlives_it_and_what_it_held_does_not(tmp_path):
    first, second = Process(tmp_path, 3), Process(tmp_path, 4)
    try:
        assert figures_in(tmp_path)[COUNTED] == 7
        assert figures_in(tmp_path)["cse_web_processes"] == 2
        first.is_killed()
        assert figures_in(tmp_path)[COUNTED] == 7
        assert figures_in(tmp_path)["cse_web_processes"] == 1
        files = sorted(tmp_path.iterdir())
        first = Process(tmp_path, 5)  # in the slot of the one that died
        assert figures_in(tmp_path)[COUNTED] == 12
        assert figures_in(tmp_path)["cse_web_processes"] == 2
        assert sorted(tmp_path.iterdir()) == files
    finally:
        first.is_killed()
        second.is_killed()


def test_made_up_addresses_and_methods_are_one_line_and_the_files_never_grow(tmp_path, rf):
    own = figures.Figures(tmp_path)
    sizes = {file.name: file.stat().st_size for file in tmp_path.glob("*.db")}
    for number in range(50):
        own.count(an_answer(rf, status=404, address=f"/fr/{number}/"))
        own.count(Answered(rf.generic(f"M{number}", "/"), HttpResponse(status=405), 0.2, 0.1, None))
    assert len([name for name in figures_in(tmp_path) if "_count{" in name]) == 2
    for number in range(figures.MOST_SERIES + 20):
        one = an_answer(rf, status=503)
        one.request.resolver_match = type("Match", (), {"view_name": f"{number:060}"})
        own.count(one)
    told = figures_in(tmp_path)
    assert told['cse_request_seconds_count{method="",status="0",view="other"}'] == 22
    assert {file.name: file.stat().st_size for file in tmp_path.glob("*.db")} == sizes


def test_a_refusal_is_counted_by_its_reason(tmp_path, rf):
    own = figures.Figures(tmp_path)
    one = an_answer(rf, status=503)
    one.response.refusal = "locked"
    own.count(one)
    assert figures_in(tmp_path)['cse_refused_total{reason="locked"}'] == 1


def test_a_folder_without_room_stops_no_page(tmp_path, rf, settings, monkeypatch, caplog):
    """Its bytes are taken at the start: a write into a file without them would end the process."""

    def no_room(_file, _start, _length):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", no_room)
    settings.CSE_FIGURES = str(tmp_path)
    figures_of_process.cache_clear()
    try:
        assert figures_of_process() is None
    finally:
        figures_of_process.cache_clear()
    assert "nothing is counted" in caplog.text


def test_a_slot_that_is_held_is_no_one_elses(tmp_path):
    assert [slots.take_slot(tmp_path) for _process in range(3)] == [0, 1, 2]
    assert slots.held_slots(tmp_path) == {0, 1, 2}


def test_no_folder_no_figures(tmp_path):
    assert figures_in(tmp_path / "gone") == {"cse_web_processes": 0}


@pytest.mark.django_db
def test_the_pool_and_the_process_are_looked_at_once_a_second(tmp_path):
    connection.ensure_connection()  # of the pool
    own = figures.Figures(tmp_path)
    told = figures_in(tmp_path)
    assert told['cse_pool_connections{state="open"}'] >= 1
    assert told["cse_pool_requests_total"] >= 1
    assert told["cse_web_memory_bytes"] > 1_000_000
    assert told["cse_web_cpu_seconds_total"] > 0
    own.look(held=3)  # within the second
    assert figures_in(tmp_path)['cse_web_connections{state="open"}'] == 0
    own._looks_again_at = 0
    own.look(held=3)
    assert figures_in(tmp_path)['cse_web_connections{state="open"}'] == 3
