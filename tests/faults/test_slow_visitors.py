"""Requests that are sent slowly, without an end, or too large hold no thread of the web server.

A gunicorn of the tests' own, one process of four threads, on 127.0.0.1.
"""

import runpy
import socket
import time
from collections.abc import Iterator

import pytest

from cse_portal.web.bodies import LONGEST_BODY
from sandbox.management.commands.demo import server_command
from tests.web_server import PROJECT, WebServer, a_web_server, all_of

#: as in production, with less patience: the tests wait for its end
CONFIGURATION = f"""
from pathlib import Path
exec(Path({str(PROJECT / "deploy/gunicorn.conf.py")!r}).read_text())
from cse_portal.web.worker import WholeRequestWorker

class Hasty(WholeRequestWorker):
    PATIENCE = 3.0
    MOST_KEPT = 3_000_000

worker_class = Hasty
worker_connections = 60
"""
POST = b"POST /fr/connexion/ HTTP/1.1\r\nHost: localhost\r\n"
MULTIPART = b"Content-Type: multipart/form-data; boundary=b\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
SLOW = {
    "a body without its end": POST + MULTIPART + b"Content-Length: 900000\r\n\r\n--b\r\nContent",
    "a body that does not begin": POST + FORM + b"Content-Length: 0000000000000000009\r\n\r\n",
    "a body without a length": POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    "a body that waits to be asked for": POST + FORM + b"Content-Length: 9\r\n"
    b"Expect: 100-continue\r\n\r\n",
    "a body that is too large": POST + FORM + b"Content-Length: 60000000\r\n\r\nuser_code=",
    "a head without its end": b"GET /healthz HTTP/1.1\r\nHost: local",
    "a head of bare line feeds": b"GET /healthz HTTP/1.1\nHost: localhost\n\n",
    "nothing": b"",
    "a whole request, and half of another": GET + GET[:20],
    "one that does not close": b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n",
    "a look with a body": GET[:-2] + b"Content-Length: 900000\r\n\r\nx",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    configuration = tmp_path_factory.mktemp("gunicorn") / "hasty.py"
    configuration.write_text(CONFIGURATION)
    nowhere = "postgres://nobody@127.0.0.1:1/nowhere"  # no answer here needs it
    with a_web_server(str(configuration), DATABASE_URL=nowhere) as started:
        started.waits_until_it_answers()
        yield started


def seconds_of(server: WebServer) -> float:
    """How long somebody else waits for an answer."""
    begun = time.monotonic()
    assert server.asks("/healthz") == 200
    return time.monotonic() - begun


@pytest.mark.parametrize("slow", SLOW)
def test_however_many_are_slow_others_are_served(server, slow):
    held = [server.sends(SLOW[slow]) for _one in range(20)]
    waited = [seconds_of(server) for _one in range(3)]
    for one in held:
        one.close()
    # a thread that waits for a visitor waits three seconds, and four wait for twenty
    assert max(waited) < 2.5, waited


def test_more_than_the_process_holds_make_room_for_who_comes(server):
    held = [server.sends(SLOW["a head without its end"]) for _one in range(80)]
    assert seconds_of(server) < 2.5
    for one in held:
        one.close()


def test_more_bytes_than_the_process_keeps_make_room_too(server):
    slow = SLOW["a body without its end"]
    held = [server.sends(slow, b"x" * 800_000) for _one in range(6)]
    told = held[0].recv(100)
    assert told.startswith(b"HTTP/1.1 503 ")
    assert seconds_of(server) < 2.5
    for one in held:
        one.close()


def test_who_is_too_slow_is_told_so_and_left(server):
    """All of them at once, as each is waited for as long."""
    told = {
        "a body without its end": b"HTTP/1.1 408 ",
        "a head without its end": b"HTTP/1.1 408 ",
        "nothing": b"",
    }
    held = {slow: server.sends(SLOW[slow]) for slow in told}
    for slow, connection in held.items():
        with connection:
            answer = all_of(connection)
        assert answer.startswith(told[slow]), slow
        assert bool(answer) == bool(told[slow]), slow


def test_a_drop_now_and_then_gains_no_time(server):
    begun = time.monotonic()
    with server.sends(SLOW["a body without its end"]) as connection:
        connection.settimeout(0.2)
        told = b""
        while not told and time.monotonic() < begun + 20:
            try:
                told = connection.recv(100)
            except TimeoutError:
                connection.sendall(b"x")
    assert told.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - begun < 10


def test_a_body_that_comes_in_pieces_is_read_whole(server):
    body = b"user_code=" + b"x" * 5_000
    head = POST + FORM + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    # the form's token is missing: only who has read the whole body says so
    assert b" 403 " in server.is_told(head[:30], head[30:], body[:2_000], body[2_000:])[:20]


def test_requests_sent_together_are_answered_one_after_the_other(server):
    last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert server.is_told(GET + GET + last[:30], last[30:]).count(b'{"alive": true}') == 3


def test_who_waits_to_be_asked_for_a_body_is_asked(server):
    with server.sends(SLOW["a body that waits to be asked for"]) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"a=1234567")
        told = connection.recv(65_536)
        while told and b" 403 " not in told:
            told += connection.recv(65_536)
    assert b" 403 " in told


@pytest.mark.parametrize("method", [b"POST", b"GET", b"PUT"])
@pytest.mark.parametrize("kind", [FORM, MULTIPART, b"Content-Type: text/plain\r\n", b""])
def test_a_body_that_is_too_large_is_refused_by_its_length(server, method, kind):
    head = POST.replace(b"POST", method) + kind
    told = server.is_told(head + b"Content-Length: %d\r\n\r\n" % (LONGEST_BODY + 1), b"x" * 1_000)
    assert told.startswith(b"HTTP/1.1 413 ")


def test_sixty_megabytes_in_a_part_are_not_read(server):
    part = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    length = 60_000_000
    head = POST + MULTIPART + b"Content-Length: %d\r\n\r\n" % length
    with server.sends(head + part) as connection:
        sent = 0
        try:
            while sent < length:
                sent += connection.send(b"x" * 100_000)
        except OSError:
            pass  # the portal has heard enough
        told = received(connection)
    assert sent < length
    assert told.startswith(b"HTTP/1.1 413 ") or told == b""


def received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(100)
    except OSError:
        return b""


def test_a_body_without_a_length_is_refused(server):
    told = server.is_told(
        POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\na=123\r\n0\r\n\r\n"
    )
    assert told.startswith(b"HTTP/1.1 411 ")


def test_a_head_without_end_is_refused(server):
    told = server.is_told(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: " + b"y" * 70_000)
    assert told.startswith(b"HTTP/1.1 431 ") or told == b""


def test_production_and_the_demo_are_served_so():
    worker = "cse_portal.web.worker.WholeRequestWorker"
    assert runpy.run_path(str(PROJECT / "deploy/gunicorn.conf.py"))["worker_class"] == worker
    assert worker in server_command(8000)


def test_no_header_becomes_the_environment(server):
    assert server.asks("/healthz", SCRIPT_NAME="/healthz") == 200
    assert server.asks("/healthz", SCRIPT_NAME="//evil.example") == 200
    assert server.asks("/healthz", PATH_INFO="/fr/rien/") == 200


def test_a_type_or_a_cookie_that_django_cannot_read_is_no_failure(server):
    assert server.asks("/healthz", **{"Content-Type": "text/plain; a*=nosuch''b"}) == 200
