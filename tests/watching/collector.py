"""A collector of a test's own on 127.0.0.1: it takes what traces and reports of errors send."""

import contextlib
import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli  # type: ignore[import-untyped]
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

GENEROUS = 20  # seconds


class Collector(ThreadingHTTPServer):
    """What came, as it came: by path, the bodies."""

    daemon_threads = True

    def __init__(self) -> None:
        self.bodies: list[tuple[str, bytes]] = []
        self.has_come = threading.Condition()
        super().__init__(("127.0.0.1", 0), Taking)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def dsn(self) -> str:
        return f"http://key@127.0.0.1:{self.server_port}/1"

    def waits_for(self, path: str) -> list[bytes]:
        """The bodies sent to a path, one at least."""
        with self.has_come:
            assert self.has_come.wait_for(lambda: self.sent_to(path), GENEROUS), "nothing came"
            return self.sent_to(path)

    def sent_to(self, path: str) -> list[bytes]:
        return [body for to, body in self.bodies if to == path]

    def spans(self) -> list[Any]:
        """All spans that came."""
        found = []
        for body in self.waits_for("/v1/traces"):
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    found += scope.spans
        return found

    def events(self) -> list[dict[str, Any]]:
        """All errors that were reported."""
        found = []
        for body in self.waits_for("/api/1/envelope/"):
            lines = body.split(b"\n")
            found += [json.loads(line) for line in lines[1:] if b'"exception"' in line]
        return found


class Taking(BaseHTTPRequestHandler):
    """Takes all and answers 200."""

    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if coding := self.headers.get("Content-Encoding"):
            body = {"gzip": gzip.decompress, "br": brotli.decompress}[coding](body)
        with self.server.has_come:
            self.server.bodies.append((self.path, body))
            self.server.has_come.notify_all()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@contextlib.contextmanager
def a_collector() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.serve_forever, args=[0.05])
    thread.start()
    try:
        yield collector
    finally:
        collector.shutdown()
        thread.join()
        collector.server_close()
