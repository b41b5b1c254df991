"""nginx by `deploy/nginx.conf`: its own pages, files of two versions, no POST sent twice.

The program itself, with other ports and folders, before servers that do what a portal may do.
"""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cse_portal.management.commands.collectstatic import (
    FOLDER,
    OF_THE_PROXY,
    write_pages_of_the_proxy,
)

PROJECT = Path(__file__).parents[2]
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx") or ""
PATIENCE = 10  # seconds, for a server that does not start
HASHED = "/static/portal.0123456789ab.css"


@dataclass
class Portal:
    """A server behind nginx: what it was asked, and how it answers."""

    answer: Callable[[BaseHTTPRequestHandler], None]
    asked: list[str] = field(default_factory=list)
    port: int = 0


def says(status: int, text: str = "the portal's own") -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text.encode())

    return answer


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    """It was there, took the request, and died."""
    handler.close_connection = True
    with suppress(OSError):
        handler.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def serving(portal: Portal) -> Iterator[Portal]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            portal.asked.append(f"{self.command} {self.path}")
            portal.answer(self)

        do_POST = do_GET  # noqa: N815 - the name that the library calls

        def log_message(self, *_arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", portal.port), Handler) as server:
        server.daemon_threads = True
        portal.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield portal
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def configuration(folder: Path, port: int, portals: list[int]) -> str:
    """`deploy/nginx.conf`, on other ports, in other folders, without TLS."""
    text = (PROJECT / "deploy/nginx.conf").read_text()
    upstreams = " ".join(f"server 127.0.0.1:{one} fail_timeout=5s;" for one in portals)
    changes = {
        r"server 127\.0\.0\.1:8000 fail_timeout=5s;": upstreams,
        r"listen 80( default_server)?;": rf"listen 127.0.0.1:{free_port()}\1;",
        r"listen 443 ssl http2 default_server;": f"listen 127.0.0.1:{port} default_server;",
        r"listen \[::\][^;]*;": "",
        r"ssl_[^;]*;": "",
        r"proxy_read_timeout 35s;": "proxy_read_timeout 1s;",
        r"root /opt": f"root {folder}",
        r"access_log /var/log/nginx": f"access_log {folder}",
    }
    for pattern, instead in changes.items():
        text, count = re.subn(pattern, instead, text)
        assert count, pattern
    kept = " ".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # the folders of a test are its own: nginx's processes run as whoever runs it
    user = "user root;" if os.geteuid() == 0 else ""
    return (
        f"daemon off; {user} pid {folder}/pid; error_log {folder}/errors.log;\n"
        f"events {{}}\nhttp {{ include /etc/nginx/mime.types; access_log off; {kept}\n{text}\n}}"
    )


Ask = Callable[..., tuple[int, str, Any]]


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Callable[..., Ask]]:
    """Start nginx before those ports; what is returned asks it for an address."""
    if not NGINX:
        if os.environ.get("CI"):
            pytest.fail("The gate installs nginx-light.")
        pytest.skip("waits for nginx: apt-get install nginx-light")
    started = []
    write_pages_of_the_proxy(tmp_path / "cse-portal/var/static" / FOLDER)

    def start(*portals: int) -> Ask:
        port = free_port()
        conf = tmp_path / "nginx.conf"
        conf.write_text(configuration(tmp_path, port, list(portals)))
        started.append(subprocess.Popen([NGINX, "-p", tmp_path, "-c", conf, "-e", "stderr"]))
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.01)

        def ask(path: str, method: str = "GET", **sent: Any) -> tuple[int, str, Any]:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            line.request(method, path, **sent)
            answer = line.getresponse()
            found = answer.status, answer.read().decode(), answer.headers
            line.close()
            return found

        return ask

    yield start
    for one in started:
        one.terminate()
        one.wait(PATIENCE)


def is_the_proxys(status: int, answer: tuple[int, str, Any]) -> bool:
    """Whether it is the page of that status, in both languages, which nobody keeps."""
    code, page, headers = answer
    return (
        code == status
        and '<html lang="fr">' in page
        and '<div lang="en">' in page
        and "nginx" not in page
        and headers["Cache-Control"] == "no-store"
        and headers["X-Content-Type-Options"] == "nosniff"
    )


def test_no_portal_is_told_in_both_languages(nginx):
    ask = nginx(free_port())
    answer = ask("/fr/accueil/")
    assert is_the_proxys(502, answer)
    assert answer[2]["Retry-After"] == "30"
    assert "Le portail est interrompu" in answer[1]
    assert "The portal is unavailable" in answer[1]


def test_the_log_of_the_proxy_has_no_token_and_the_portals_reference(nginx, tmp_path):
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("X-Request-ID", "0123456789abcdef")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    log = tmp_path / "cse-portal.log"
    with serving(Portal(answer)) as portal:
        ask = nginx(portal.port)
        ask("/fr/connexion/?s=a-token", headers={"Referer": "https://localhost/?s=a-token"})
        until = time.monotonic() + PATIENCE
        while not log.read_text() and time.monotonic() < until:
            time.sleep(0.01)
    line = json.loads(log.read_text())
    assert (line["path"], line["status"]) == ("/fr/connexion/", 200)
    assert line["request"] == "0123456789abcdef"
    assert "a-token" not in log.read_text()


def test_no_answer_in_time_says_to_look_before_one_submits_again(nginx):
    with serving(Portal(lambda handler: time.sleep(3))) as portal:
        answer = nginx(portal.port)("/fr/procurations/", "POST", body=b"seal=x")
        assert is_the_proxys(504, answer)
        assert "cherchez-la dans l’historique du compte" in answer[1]
        assert "look for it in the account history" in answer[1]
        assert len(portal.asked) == 1


def test_too_many_at_the_sign_in_are_told_to_wait(nginx):
    with serving(Portal(says(200))) as portal:
        ask = nginx(portal.port)
        answers = [ask("/fr/connexion/") for _one in range(80)]
        refused = [answer for answer in answers if answer[0] != 200]
        assert refused
        assert all(is_the_proxys(429, answer) for answer in refused)
        assert len(portal.asked) == 80 - len(refused)


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (413, {"method": "POST", "body": b"x" * 2_000_000}),
        (400, {"headers": {"Cookie": "x" * 40_000}}),
    ],
)
def test_what_nginx_refuses_is_told_in_the_portals_words(nginx, status, sent):
    with serving(Portal(says(200))) as portal:
        assert is_the_proxys(status, nginx(portal.port)("/fr/", **sent))
        assert portal.asked == []


@pytest.mark.parametrize("status", [200, 400, 403, 404, 413, 429, 500, 502, 503, 504])
def test_the_portals_own_pages_pass_as_they_are(nginx, status):
    with serving(Portal(says(status))) as portal:
        assert nginx(portal.port)("/fr/accueil/")[:2] == (status, "the portal's own")


def test_files_of_the_other_version_are_found_while_two_are_in_service(nginx, tmp_path):
    beside = tmp_path / "cse-portal-beside/var"
    (beside / "static").mkdir(parents=True)
    (beside / HASHED.lstrip("/")).write_text("of the version beside")
    with serving(Portal(says(404))) as portal:
        ask = nginx(portal.port)
        status, text, headers = ask(HASHED)
        assert (status, text) == (200, "of the version beside")
        assert headers["Content-Type"] == "text/css"
        assert is_the_proxys(404, ask("/static/nowhere.css"))
        assert is_the_proxys(400, ask("/static/../../cse-portal/secret"))


def test_the_pages_of_nginx_have_their_style_while_no_portal_answers(nginx, tmp_path):
    style = tmp_path / "cse-portal/var/static/portal.css"
    style.write_text("of this version")
    assert nginx(free_port())("/static/portal.css")[:2] == (200, "of this version")


def test_nobody_asks_for_the_pages_of_nginx_by_their_address(nginx):
    with serving(Portal(says(200))) as portal:
        assert is_the_proxys(404, nginx(portal.port)(f"/static/{FOLDER}/502.html"))


@pytest.mark.parametrize(("method", "times"), [("GET", 2), ("POST", 1)])
def test_what_may_have_been_done_is_not_sent_to_another_machine(nginx, method, times):
    with serving(Portal(hangs_up)) as one, serving(Portal(hangs_up)) as other:
        answer = nginx(one.port, other.port)("/fr/procurations/", method, body=b"seal=x")
        assert is_the_proxys(502, answer)
        assert len(one.asked + other.asked) == times


def test_another_machine_answers_for_one_that_is_not_there(nginx):
    with serving(Portal(says(200))) as portal:
        ask = nginx(free_port(), portal.port)
        assert [ask("/fr/", "POST", body=b"x")[0] for _one in range(4)] == [200] * 4


def test_every_status_of_the_proxy_has_its_page():
    conf = (PROJECT / "deploy/nginx.conf").read_text()
    assert set(re.findall(rf"/static/{FOLDER}/(\d+)\.html", conf)) == set(OF_THE_PROXY)
