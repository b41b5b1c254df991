"""Traces and reports of errors: nothing leaves unless asked for, and then nobody is named in it."""

import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import sentry_sdk
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import got_request_exception
from django.db import IntegrityError, OperationalError
from django.test import Client
from django.urls import reverse

from cse_portal.watching import errors, telemetry, traces
from cse_portal.web.security_log import JsonLines, note
from tests import factories as make
from tests.conftest import Visitor
from tests.watching.collector import a_collector

PROJECT = Path(__file__).parents[2]
NOWHERE = "postgres://nobody@127.0.0.1:1/nowhere"
PASSWORD = "Une phrase dont je me souviens"
#: a process that answers a request, and says what it imported and whom it called
ALONE = """
import json, socket, sys
called = []
connect = socket.socket.connect
socket.socket.connect = lambda self, address: (called.append(str(address)), connect(self, address))
from cse_portal.wsgi import application
environ = {
    "REQUEST_METHOD": "GET", "PATH_INFO": "/nowhere", "SERVER_NAME": "localhost",
    "SERVER_PORT": "80", "HTTP_HOST": "localhost", "wsgi.url_scheme": "http",
    "wsgi.input": sys.stdin.buffer,
}
statuses = []
b"".join(application(environ, lambda status, headers: statuses.append(status)))
of_telemetry = {"opentelemetry", "sentry_sdk", "requests", "urllib3", "google", "prometheus_client"}
print(json.dumps([statuses, called, sorted(of_telemetry & set(sys.modules))]))
"""


def run(code, **environment):
    bare = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=bare | {"DATABASE_URL": NOWHERE} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def collector():
    with a_collector() as started:
        yield started


@pytest.fixture
def traced(collector, settings, monkeypatch, db):
    """A browser before a portal that sends traces."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = collector.endpoint
    forget()
    visitor = Visitor()
    visitor.handler = Client().handler
    yield visitor
    traces.provider().shutdown()
    forget()


def forget():
    traces.provider.cache_clear()
    traces.tracer.cache_clear()


@pytest.fixture
def reported(collector):
    """A portal that reports its errors."""
    hook = sys.excepthook
    errors.start(collector.dsn)
    yield collector
    got_request_exception.disconnect(dispatch_uid="reports_of_errors")
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.init()
    sys.excepthook = hook


def test_unless_asked_for_nothing_is_imported_and_nobody_called():
    done = run(ALONE)
    assert done.stdout == '[["404 Not Found"], [], []]\n', done.stderr


def test_without_its_packages_the_portal_does_not_start_and_says_what_to_do(settings, monkeypatch):
    settings.SENTRY_DSN = "https://key@errors.example/1"
    monkeypatch.setattr(telemetry, "find_spec", lambda _name: None)
    with pytest.raises(ImproperlyConfigured, match=r"SENTRY_DSN .*`make .venv/.telemetry.stamp`"):
        telemetry.start()


def test_a_request_and_its_statements_are_a_trace_that_names_nobody(traced, collector):
    julie = make.a_user(password=PASSWORD)
    traced.fill(reverse("users:sign_in"), user_code=julie.user_code)
    token = traced.sign_in_token
    answer = traced.post(f"{traced.under_way('users:password')}&q=Tremblay", {"password": PASSWORD})
    reference = answer["X-Request-ID"]
    traces.provider().force_flush()
    spans = {span.name: span for span in collector.spans()}
    signed = spans["POST users:password"]
    told = {one.key: one.value.string_value or one.value.int_value for one in signed.attributes}
    assert told["cse.request"] == reference
    assert told["http.response.status_code"] == 302
    statement = spans["SELECT users_user"]
    assert statement.trace_id in {
        span.trace_id for span in spans.values() if not span.parent_span_id
    }
    sent = b"".join(body for _path, body in collector.bodies)
    for secret in (token, julie.user_code, PASSWORD, julie.email, julie.family_name, "Tremblay"):
        assert secret.encode() not in sent, secret
    assert b"/fr/" not in sent


def test_the_lines_of_the_log_bear_the_trace(traced, collector, monkeypatch):
    lines = []

    class Keeping(logging.Handler):
        def emit(self, record):
            lines.append(JsonLines().format(record))

    handler = Keeping()
    logging.getLogger("cse.security").addHandler(handler)
    monkeypatch.setattr("home.health.healthz", lambda request: note("signed_in"))
    try:
        traced.post(reverse("users:sign_in"), {"user_code": "?"})
        traced.get("/fr/nowhere", headers={"traceparent": f"00-{'1' * 32}-{'1' * 16}-01"})
    finally:
        logging.getLogger("cse.security").removeHandler(handler)
    traces.provider().force_flush()
    ids = {span.trace_id.hex() for span in collector.spans()}
    assert "1" * 32 not in ids
    assert all(any(one in line for one in ids) for line in lines)


def test_a_statement_that_fails_is_told_by_its_class(traced, collector, monkeypatch):
    def fail(*_args, **_options):
        raise IntegrityError("Key (email)=(julie@example.org) already exists.")

    with pytest.raises(IntegrityError):
        traces.traced_statement(fail, "INSERT INTO users_user VALUES ('Julie')", [], False, {})
    traces.provider().force_flush()
    (span,) = collector.spans()
    assert span.name == "INSERT users_user"
    assert b"ulie" not in b"".join(body for _path, body in collector.bodies)


@pytest.mark.parametrize(
    ("sql", "summary"),
    [
        ('SELECT "a" FROM "users_user" INNER JOIN x', ("SELECT", "users_user")),
        ("UPDATE proxies_proxy SET a = 'x'", ("UPDATE", "proxies_proxy")),
        ("SELECT 'FROM Tremblay'", ("SELECT", "")),
        ("SET cse.company = '12'", ("OTHER", "")),
    ],
)
def test_of_a_statement_its_verb_and_a_table_of_the_portal_are_told(sql, summary):
    assert traces.summary_of(sql) == summary


def test_an_error_is_reported_with_its_place_and_names_nobody(
    reported, collector, client, db, monkeypatch
):
    julie = "Julie Tremblay"

    def fail(request, *_args, **_options):
        email, secret = "julie@example.org", request.GET["code"]  # noqa: F841 - locals would show
        try:
            raise IntegrityError(f"Key (email)=({email}) already exists.")
        except IntegrityError as error:
            raise ValueError(f"{julie} was not stored") from error

    monkeypatch.setattr("home.public.HelpView.get", lambda _self, request: fail(request))
    client.raise_request_exception = False
    client.cookies["sessionid"] = "cookie-of-julie"
    answer = client.get(
        reverse("help"), {"code": "123456"}, headers={"User-Agent": "Agent-of-Julie"}
    )
    assert answer.status_code == 500
    (event,) = collector.events()
    assert [error["type"] for error in event["exception"]["values"]] == [
        "IntegrityError",
        "ValueError",
    ]
    assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "fail"
    assert event["tags"] == {"view": "help", "request": answer["X-Request-ID"]}
    sent = b"".join(body for _path, body in collector.bodies).decode()
    for secret in ("ulie", "Tremblay", "example.org", "123456", "cookie", "already exists", "/fr/"):
        assert secret not in sent, secret


def test_a_refusal_is_no_error(reported, collector, client, monkeypatch):
    def fail(*_args, **_options):
        raise OperationalError

    monkeypatch.setattr("home.public.HelpView.get", fail)
    client.raise_request_exception = False
    assert client.get(reverse("help")).status_code == 503
    sentry_sdk.flush()
    assert collector.bodies == []


def test_an_error_that_ends_a_command_is_reported(collector):
    command = (
        "import django; django.setup(); from django.core.management import call_command;"
        " call_command('migrate', database='Julie')"
    )
    done = run(command, SENTRY_DSN=collector.dsn)
    assert done.returncode == 1
    (event,) = collector.events()
    assert event["level"] in {"error", "fatal"}
    assert b"Julie" not in b"".join(body for _path, body in collector.bodies)


def test_a_collector_that_never_answers_delays_nobody_and_the_process_ends():
    """Nor does the log fill: a line for what could not be sent, and no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as never:
        port = never.getsockname()[1]
        done = run(
            ALONE,
            OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}",
            OTEL_EXPORTER_OTLP_TIMEOUT="1",
            SENTRY_DSN=f"http://key@127.0.0.1:{port}/1",
        )
    assert done.returncode == 0, done.stderr
    assert '["404 Not Found"]' in done.stdout
    assert len(done.stderr.splitlines()) <= 2, done.stderr
