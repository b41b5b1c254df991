"""What the web server's processes count, while they come and go: gunicorn as in production."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.watching.told import figures_in
from tests.web_server import PATIENCE, a_web_server

NOWHERE = "postgres://nobody@127.0.0.1:1/nowhere"  # no answer here needs it


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="module")
def server(folder):
    with a_web_server(DATABASE_URL=NOWHERE, CSE_FIGURES=str(folder)) as started:
        started.waits_until_it_answers()
        yield started


def becomes(folder: Path, name: str, figure: float) -> bool:
    """Whether a figure is soon what it should be: a process looks at itself once a second."""
    until = time.monotonic() + PATIENCE
    while figures_in(folder).get(name) != figure:
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def requests(view: str, status: int, method: str = "read") -> str:
    labels = f'method="{method}",status="{status}",view="{view}"'
    return f"cse_request_seconds_count{{{labels}}}"


def test_requests_are_counted_by_view_and_a_process_that_dies_takes_nothing_along(server, folder):
    for path, status in {"/healthz": 200, "/nowhere": 404, "/static/no.css": 404}.items():
        assert server.asks(path) == status
    before = figures_in(folder)
    assert before[requests("unknown", 404)] == 1
    assert before[requests("static", 404)] == 1
    own = server.process.pid
    (worker,) = Path(f"/proc/{own}/task/{own}/children").read_text().split()
    os.kill(int(worker), signal.SIGKILL)
    assert becomes(folder, "cse_web_processes", 0)
    server.waits_until_it_answers()
    assert becomes(folder, "cse_web_processes", 1)
    assert server.asks("/nowhere") == 404
    assert figures_in(folder)[requests("unknown", 404)] == 2
    assert figures_in(folder)[requests("healthz", 200)] > before[requests("healthz", 200)]


def test_what_the_web_server_ends_by_itself_is_counted(server, folder):
    assert b" 431 " in server.is_told(b"GET / HTTP/1.1\r\n" + b"X: " + 70_000 * b"x")
    assert becomes(folder, 'cse_parted_total{reason="large"}', 1)
