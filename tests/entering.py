"""A request as a web server hands it to the portal, past the tests' own client."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, NamedTuple

from django.core import signals
from django.db import close_old_connections

from cse_portal import wsgi


class Answer(NamedTuple):
    """What the WSGI application answers."""

    status: int
    headers: dict[str, str]
    body: bytes


@contextmanager
def in_the_tests_transaction() -> Iterator[None]:
    """Django would close the connection, and the test's transaction with it, after a request."""
    ours = signals.request_started, signals.request_finished
    for signal in ours:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in ours:
            signal.connect(close_old_connections)


def enter(path: str = "/", method: str = "GET", body: bytes = b"", **environ: str) -> Answer:
    """Ask the WSGI application; `environ` is what the server knows besides."""
    told: list[Any] = []
    given: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "testserver",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
    }
    with in_the_tests_transaction():
        application: Any = wsgi.application  # asked with less than a server gives
        answer: Any = application(given | environ, lambda *said: told.append(said))
        content = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
    status, headers, *_error = told[0]
    return Answer(int(status.split()[0]), dict(headers), content)
