"""A browser without a screen: one persistent connection, cookies, and the time of each answer."""

import http.client
import re
import time
import urllib.parse
from dataclasses import dataclass, field

from bench.place import HOST

PASSWORD = "Une phrase de tout un banc"  # noqa: S105 - of the benchmark's own people
CSRF = "bench" + "x" * 27
FORM = "application/x-www-form-urlencoded"
ORIGIN = f"https://{HOST}"


@dataclass(frozen=True)
class Answer:
    """A response, and after how many seconds it came."""

    status: int
    page: str
    location: str
    took: float
    size: int


@dataclass
class Visitor:
    """One person's browser, before a proxy that ended TLS."""

    port: int
    cookies: dict[str, str] = field(default_factory=lambda: {"__Host-csrf": CSRF})
    connection: http.client.HTTPConnection | None = None

    def signed_in(self, session: str) -> "Visitor":
        self.cookies["__Host-session"] = session
        return self

    def get(self, path: str) -> Answer:
        return self.ask("GET", path, None)

    def post(self, path: str, **answers: str) -> Answer:
        sent = urllib.parse.urlencode(
            {"csrfmiddlewaretoken": self.cookies["__Host-csrf"], **answers}
        )
        return self.ask("POST", path, sent)

    def ask(self, method: str, path: str, body: str | None) -> Answer:
        headers = {
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "192.0.2.1",
            "X-Request-Start": f"t={time.time():.3f}",
            "Accept-Language": "fr",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if body is not None:
            headers |= {"Content-Type": FORM, "Origin": ORIGIN}
        started = time.perf_counter()
        answer, content = self.exchange(method, path, body, headers)
        took = time.perf_counter() - started
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _equals, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        location = urllib.parse.urlsplit(answer.headers.get("Location", ""))
        where = location.path + (f"?{location.query}" if location.query else "")
        return Answer(answer.status, content.decode(), where, took, len(content))

    def exchange(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        for last in (False, True):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                self.connection.request(method, path, body=body, headers=headers)
                answer = self.connection.getresponse()
                return answer, answer.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.connection = None  # idle longer than the server allows
                if last:
                    raise
        raise AssertionError

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def seal_of(page: str) -> str:
    """What « Transmettre » sends."""
    found = re.search(r'name="seal" value="([0-9a-f]+)"', page)
    if found is None:
        raise ValueError("no verification page")
    return found[1]


def sent_by(page: str, name: str) -> list[str]:
    """What the radio buttons or boxes of a name send."""
    found: list[str] = re.findall(rf'name="{name}"[^>]*? value="([^"]*)"', page)
    return found
