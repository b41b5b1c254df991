"""What the web server's processes count and log: gunicorn as in production."""

import json
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
    seen = {"CSE_FIGURES": str(folder), "CSE_ACCESS_LOG": "true", "CSE_PROXIES": "1"}
    with a_web_server(DATABASE_URL=NOWHERE, **seen) as started:
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


def new_lines(server, *, ask) -> list[str]:
    """What is logged while something is asked; the last request is logged once it is answered."""
    before = len(server.said())
    ask()
    server.asks("/healthz")
    until = time.monotonic() + PATIENCE
    while '"view": "healthz"' not in server.said()[before:] and time.monotonic() < until:
        time.sleep(0.05)
    return server.said()[before:].splitlines()


def test_what_visitors_do_wrong_is_a_line_of_the_access_log_and_no_warning(server):
    ends = b" HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    here, elsewhere = ends % b"localhost", ends % b"elsewhere.example"

    def ask():
        assert server.is_told(b"HEAD /fr/connexion/" + here).endswith(b"\r\n\r\n")
        assert b" 404 " in server.is_told(b"GET /nowhere?code=123456" + here)
        assert b" 405 " in server.is_told(b"TRACE /healthz" + here)
        assert b" 403 " in server.is_told(b"POST /fr/connexion/" + here)
        assert b" 400 " in server.is_told(b"GET /fr/" + elsewhere)

    lines = [json.loads(line) for line in new_lines(server, ask=ask)]
    assert {line["logger"] for line in lines} <= {"cse.access", "cse.security"}
    answered = [line for line in lines if line["logger"] == "cse.access"]
    assert [(one["method"], one["view"], one["status"]) for one in answered] == [
        ("HEAD", "users:sign_in", 200),
        ("GET", "unknown", 404),
        ("OTHER", "healthz", 405),
        ("POST", "users:sign_in", 403),
        ("GET", "unknown", 400),
        ("GET", "healthz", 200),
    ]
    assert all(one["request"] and one["ms"] >= 0 for one in answered)
    assert "123456" not in server.said()


def test_who_is_refused_in_line_costs_a_line(server, folder):
    waited = f"t={time.time() - 60:.3f}"

    def ask():
        assert server.asks("/fr/connexion/", **{"X-Request-Start": waited}) == 503

    refused, answered, _probe = new_lines(server, ask=ask)
    assert refused.endswith("cse.refused refused")
    assert json.loads(answered)["line_ms"] > 59_000
    assert figures_in(folder)['cse_refused_total{reason="busy"}'] == 1
    assert figures_in(folder)["cse_line_seconds_count"] == 1
