"""A web server of a test's own, on 127.0.0.1: gunicorn as in production, spoken to by sockets."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PROJECT = Path(__file__).parents[1]
PATIENCE = 60  # seconds, for a process that does not start


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def all_of(connection: socket.socket) -> bytes:
    """What comes until the other side closes the connection."""
    told = b""
    while piece := connection.recv(65_536):
        told += piece
    return told


@dataclass
class WebServer:
    """One process of four threads."""

    port: int
    process: "subprocess.Popen[bytes]"
    log: IO[bytes]

    def sends(self, *pieces: bytes) -> socket.socket:
        """A connection on which that was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        for piece in pieces:
            connection.sendall(piece)
        return connection

    def is_told(self, *pieces: bytes) -> bytes:
        """All that is answered until the portal closes the connection."""
        with self.sends(*pieces) as connection:
            return all_of(connection)

    def asks(self, path: str, **headers: str) -> int:
        """The status of an answer to a request like any other."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(asked):
            asked.request("GET", path, headers={"Host": "localhost", **headers})
            answer = asked.getresponse()
            answer.read()
            return answer.status

    def said(self) -> str:
        """What the process wrote so far."""
        self.log.seek(0)
        return self.log.read().decode()

    def waits_until_it_answers(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                self.asks("/healthz")
                return
            assert self.process.poll() is None, self.said()
            time.sleep(0.05)
        raise AssertionError(self.said())


@contextlib.contextmanager
def a_web_server(
    configuration: str = "deploy/gunicorn.conf.py", **environment: str
) -> Iterator[WebServer]:
    """gunicorn with one worker, in production's configuration or another."""
    port = a_free_port()
    usual = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "CSE_BIND": f"127.0.0.1:{port}",
        "CSE_WORKERS": "1",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", configuration, "cse_portal.wsgi"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=usual | environment, stdout=log, stderr=log
        )
        try:
            yield WebServer(port, process, log)
        finally:
            process.terminate()
            process.wait(PATIENCE)
