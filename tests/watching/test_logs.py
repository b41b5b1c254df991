"""The access log and the refusals': a line each, and nothing in them that a person typed."""

import json
import logging
from io import StringIO

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from psycopg import errors

from cse_portal.web.security_log import JsonLines
from tests import factories as make
from tests.conftest import Visitor

PASSWORD = "Une phrase dont je me souviens"


@pytest.fixture
def logged():
    """What these loggers write, line by line."""
    kept = StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(JsonLines())
    loggers = [logging.getLogger(name) for name in ("cse.access", "cse.refused", "django")]
    for logger in loggers:
        logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in kept.getvalue().splitlines()]
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.fixture
def watched(settings, db):
    """A browser before a portal that logs each answer."""
    settings.CSE_ACCESS_LOG = True
    visitor = Visitor()
    visitor.handler = Client().handler
    return visitor


def test_a_sign_in_is_told_by_its_views_and_none_of_its_secrets(watched, logged):
    julie = make.a_user(password=PASSWORD)
    watched.fill(reverse("users:sign_in"), user_code=julie.user_code)
    token = watched.sign_in_token
    watched.fill(watched.under_way("users:password"), password=PASSWORD)
    assert [(one["method"], one["view"], one["status"]) for one in logged()] == [
        ("POST", "users:sign_in", 302),
        ("POST", "users:password", 302),
    ]
    for secret in (token, julie.user_code, PASSWORD, julie.email, "?", "/fr/"):
        assert secret not in json.dumps(logged())


def test_who_opened_what_is_told_by_keys(watched, logged):
    esm = make.an_esm()
    watched.sign_in(esm)
    page = watched.get(reverse("users:files"), {"q": "Tremblay"})
    (line,) = logged()
    assert (line["person"], line["company"]) == (esm.pk, esm.company_id)
    assert (line["view"], line["bytes"]) == ("users:files", len(page.content))
    assert (line["request"], line["address"]) == (page["X-Request-ID"], "127.0.0.1")
    assert line["ms"] > 0
    assert line["cpu_ms"] > 0
    assert "Tremblay" not in json.dumps(line)


def test_without_being_asked_for_there_is_no_line(client, logged):
    client.get("/healthz")
    assert logged() == []


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (errors.DiskFull("could not extend file"), "disk_full"),
        (errors.LockNotAvailable(), "locked"),
        (errors.QueryCanceled(), "slow"),
        (errors.AdminShutdown("terminating connection"), "database"),
    ],
)
def test_what_the_database_refuses_is_a_line_with_its_place(
    client, logged, monkeypatch, cause, why
):
    """Not Django's traceback: thousands of them come at once."""

    def fail(*_args, **_options):
        raise OperationalError("DETAIL: Key (email)=(julie@example.org)") from cause

    monkeypatch.setattr("home.public.HelpView.get", fail)
    client.raise_request_exception = False
    assert client.get(reverse("help")).status_code == 503
    (line,) = logged()
    assert (line["logger"], line["event"], line["refused"]) == ("cse.refused", "refused", why)
    assert line["error"] == type(cause).__name__
    assert line["where"].startswith("tests/watching/test_logs.py:")
    assert "julie" not in json.dumps(line)


def test_an_error_of_the_portal_keeps_its_traceback(client, logged, monkeypatch):
    def fail(*_args, **_options):
        raise ValueError("of the portal")

    monkeypatch.setattr("home.public.HelpView.get", fail)
    client.raise_request_exception = False
    assert client.get(reverse("help")).status_code == 500
    (line,) = logged()
    assert line["level"] == "ERROR"
    assert "ValueError: of the portal" in line["trace"]
