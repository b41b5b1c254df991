"""A database that is restarted, set read-only, replaced by its standby: the portal finds it again.

Each walk is one process of the web server, as in production, beside real servers.
"""

import http.client
import json
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from tests import factories as make
from tests.conftest import Visitor
from tests.servers import a_copy, a_standby_of, asked, url_of
from tests.web_server import PATIENCE, WebServer, a_web_server

pytestmark = pytest.mark.django_db(transaction=True)


class Walker:
    """Somebody who is signed in, and reads their home page."""

    def __init__(self) -> None:
        visitor = Visitor().sign_in(make.an_esm())
        self.cookie = f"sessionid={visitor.cookies['sessionid'].value}"
        self.home = reverse("home")

    def reads(self, portal: WebServer) -> int:
        """The status of their home page; « come back », in both languages, is a 503."""
        status, said = answer(portal, self.home, Cookie=self.cookie)
        if status == 503:
            assert "Réessayez" in said
            assert "Try again" in said
        return status


def answer(portal: WebServer, path: str, **headers: str) -> tuple[int, str]:
    asking = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=PATIENCE)
    with closing(asking):
        asking.request("GET", path, headers={"Host": "localhost", **headers})
        found = asking.getresponse()
        return found.status, found.read().decode()


def readiness(portal: WebServer) -> tuple[int, Any]:
    status, said = answer(portal, "/readyz")
    return status, json.loads(said)["database"]


def until(happens: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < deadline


def test_after_a_restart_the_first_page_is_right():
    walker = Walker()
    with a_copy() as server:
        server.start()
        with a_web_server(DATABASE_URL=url_of(server)) as portal:
            portal.waits_until_it_answers()
            assert walker.reads(portal) == 200
            for _again in range(2):
                stop(server)
                until(lambda: walker.reads(portal) == 503)
                assert readiness(portal) == (503, "down")
                server.start()
                assert walker.reads(portal) == 200
                assert readiness(portal) == (200, "ok")


def test_a_server_that_takes_no_writes_serves_no_page_and_its_standby_takes_over():
    walker = Walker()
    with a_copy() as primary:
        primary.start()
        stop(primary)
        with a_standby_of(primary) as standby:
            primary.start()
            standby.start()
            with a_web_server(DATABASE_URL=url_of(primary, standby)) as portal:
                portal.waits_until_it_answers()
                assert walker.reads(portal) == 200

                stop(primary)
                until(lambda: walker.reads(portal) == 503)
                assert readiness(portal) == (503, "standby")
                primary.start()
                assert walker.reads(portal) == 200

                # its connections stay open: PostgreSQL reports it with the next answer
                asked(primary, "ALTER SYSTEM SET default_transaction_read_only = on")
                asked(primary, "SELECT pg_reload_conf()")
                until(lambda: walker.reads(portal) == 503)
                assert readiness(portal) == (503, "read-only")

                asked(standby, "SELECT pg_promote()")
                assert walker.reads(portal) == 200
                assert readiness(portal) == (200, "ok")


def test_a_pooler_whose_postgresql_is_gone_hides_no_server_that_stands_after_it():
    """It says from memory that its server takes writes, and hangs up on the first question."""
    walker = Walker()
    settings = connection.settings_dict
    name, host = settings["NAME"], str(settings["HOST"]).replace("/", "%2F")
    with a_pooler_without_postgresql() as port:
        url = f"postgres://{settings['USER']}@127.0.0.1:{port},{host}:{settings['PORT']}/{name}"
        with a_web_server(DATABASE_URL=url) as portal:
            portal.waits_until_it_answers()
            until(lambda: walker.reads(portal) == 200)


class HangsUp(socketserver.BaseRequestHandler):
    """Lets everybody in, and closes the connection at the first question."""

    #: the protocol's requests for encryption, each of which is answered by « no »
    NO_LOGIN = {struct.pack("!ii", 8, 80877103), struct.pack("!ii", 8, 80877104)}
    REMEMBERED = {
        "server_version": "15.0",
        "in_hot_standby": "off",
        "default_transaction_read_only": "off",
    }

    def handle(self) -> None:
        while self.request.recv(1000) in self.NO_LOGIN:
            self.request.sendall(b"N")
        said = struct.pack("!cii", b"R", 8, 0)
        for name, value in self.REMEMBERED.items():
            pair = f"{name}\0{value}\0".encode()
            said += struct.pack("!ci", b"S", 4 + len(pair)) + pair
        self.request.sendall(said + struct.pack("!cic", b"Z", 5, b"I"))
        self.request.recv(1000)


@contextmanager
def a_pooler_without_postgresql() -> Iterator[int]:
    """The port of one that was there before its PostgreSQL was gone."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), HangsUp) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def stop(server: Any) -> None:
    """Stop it, and keep its data, which a throw-away server would lose."""
    server._throw_away = False
    server.stop()
    server._throw_away = True
