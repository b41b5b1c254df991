"""The security log: one line of JSON an event, whatever is typed, and nothing secret in it."""

import json
import logging
from io import StringIO

import pytest
from django.core import mail
from django.urls import reverse

from cse_portal.web.security_log import JsonLines, WithReference
from tests import factories as make
from tests.conftest import Visitor
from tests.users.test_verification_code import digits_in, other_than

pytestmark = pytest.mark.django_db

PASSWORD = "Une phrase dont je me souviens"
HOSTILE = [
    'A\r\n{"event": "signed_in"}',
    "\x1b[31mROUGE",
    "\u202eTREM1001",
    "TREM1001\x00",
    "\u2028TREM1001",
]


@pytest.fixture
def lines():
    """What the log holds, as text."""
    kept = StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("cse.security")
    logger.addHandler(handler)
    yield lambda: kept.getvalue().splitlines()
    logger.removeHandler(handler)


def events(lines):
    return [json.loads(line)["event"] for line in lines()]


def test_a_journey_is_told_step_by_step_without_any_secret(lines):
    julie, visitor = make.a_user(password=PASSWORD), Visitor()
    visitor.fill(reverse("users:sign_in"), user_code=julie.user_code)
    visitor.post(visitor.under_way("users:password"), {"password": "pas la bonne phrase"})
    visitor.fill(visitor.under_way("users:password"), password=PASSWORD)
    digits = digits_in(mail.outbox[-1])
    visitor.post(visitor.under_way("users:code"), {"code": other_than(digits)})
    visitor.fill(visitor.under_way("users:code"), code=digits)
    assert visitor.get(reverse("users:files")).status_code == 403
    key = visitor.cookies["sessionid"].value
    new = "Une phrase toute neuve"
    visitor.fill(reverse("users:change_password"), present=PASSWORD, password=new, again=new)
    visitor.post(reverse("users:sign_out"))
    assert events(lines) == [
        "password_wrong",
        "password_right",
        "code_sent",
        "code_wrong",
        "signed_in",
        "access_refused",
        "password_changed",
        "signed_out",
    ]
    signed_in = json.loads(lines()[4])
    assert signed_in["person"] == julie.pk
    assert signed_in["company"] == julie.company_id
    assert signed_in["address"] == "127.0.0.1"
    assert signed_in["at"].endswith("+00:00")
    text = "\n".join(lines())
    for secret in (PASSWORD, "pas la bonne phrase", new, digits, key, julie.email):
        assert secret not in text


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_typed_ends_a_line_or_turns_one(lines, typed):
    visitor = Visitor(headers={"User-Agent": typed.replace("\r\n", " ")})
    visitor.post(reverse("users:sign_in"), {"user_code": typed})
    visitor.post(visitor.under_way("users:password"), {"password": typed})
    visitor.post("/csp-report/", json.dumps(report(typed)), content_type="application/csp-report")
    assert {"csp_report"} <= set(events(lines)) <= {"csp_report", "password_wrong"}
    assert all(line.isascii() and line.isprintable() for line in lines())


def test_any_text_is_one_line():
    record = logging.LogRecord("x", logging.INFO, "", 0, "a\nb\x1b\u202e%s", ("\r\n",), None)
    line = JsonLines().format(record)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["event"] == "a\nb\x1b\u202e\r\n"


def test_an_answer_bears_the_reference_that_its_lines_repeat(lines):
    visitor = Visitor().sign_in(make.a_user())
    answer = visitor.get(reverse("users:files"))
    assert json.loads(lines()[-1])["request"] == answer["X-Request-ID"]
    assert visitor.get(reverse("home"))["X-Request-ID"] != answer["X-Request-ID"]


def test_a_fault_shows_the_reference_that_the_log_repeats(monkeypatch):
    def fail(user, **said):
        raise ZeroDivisionError

    monkeypatch.setattr("home.views.openable", fail)
    kept = StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(JsonLines())
    logging.getLogger("django.request").addHandler(handler)
    visitor = Visitor(raise_request_exception=False).sign_in(make.a_user())
    answer = visitor.get(reverse("home"))
    logging.getLogger("django.request").removeHandler(handler)
    told = json.loads(kept.getvalue().splitlines()[-1])
    assert "ZeroDivisionError" in told["trace"]
    assert told["request"] == answer["X-Request-ID"]
    assert answer["X-Request-ID"] in answer.content.decode()


# --- what browsers refused ------------------------------------------------------------------------


def report(blocked):
    return {"csp-report": {"effective-directive": "script-src-elem", "blocked-uri": blocked}}


def sends(client, body, content_type="application/csp-report"):
    body = body if isinstance(body, str) else json.dumps(body)
    return client.post("/csp-report/", body, content_type=content_type)


def test_a_report_is_a_line_without_the_pages_own_address(client, lines):
    whole = report("https://evil.example/x?secret=1")
    whole["csp-report"]["document-uri"] = "https://portail.example/fr/profil/"
    assert sends(client, whole).status_code == 204
    told = json.loads(lines()[-1])
    assert (told["rule"], told["blocked"]) == ("script-src-elem", "evil.example")
    assert "profil" not in lines()[-1]
    assert "secret" not in lines()[-1]


def test_a_report_of_the_new_form_is_read_too(client, lines):
    body = {"effectiveDirective": "style-src-attr", "blockedURL": "inline"}
    answer = sends(client, [{"type": "csp-violation", "body": body}], "application/reports+json")
    assert answer.status_code == 204
    assert json.loads(lines()[-1])["blocked"] == "inline"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        *(("{", 400), ("[1, null, {}]", 204), ("3", 204), ("x" * 10_001, 413)),
        *(('{"body": 1}', 204), ("[" * 9_000, 400)),
    ],
    ids=str,
)
def test_what_is_no_report_is_no_failure(client, lines, body, code):
    assert sends(client, body).status_code == code
    assert lines() == []


def test_lists_within_lists_by_the_thousand_are_no_failure(client, lines):
    """How many of them Python reads is the version's affair."""
    assert sends(client, "[" * 4_900 + "]" * 4_900).status_code in {204, 400}
    assert lines() == []


@pytest.mark.parametrize("depth", [300, 450, 480, 495])
def test_what_is_reported_and_is_no_text_is_left_out(client, lines, depth):
    """Lists that can be read may still be too deep to be written."""
    nested = "[" * depth + "]" * depth
    body = (
        f'{{"csp-report": {{"effective-directive": {nested}, "blocked-uri": {{"a": {nested}}}}}}}'
    )
    assert sends(client, body).status_code in {204, 400}
    assert [(told["rule"], told["blocked"]) for told in map(json.loads, lines())] in (
        [],
        [("", "")],
    )


def test_a_report_opens_no_session_and_other_addresses_read_no_json(client):
    assert "sessionid" not in sends(client, report("x")).cookies
    assert client.post(reverse("users:sign_in"), "{}", "application/csp-report").status_code == 415


class FullDisk(StringIO):
    def write(self, text):
        raise OSError(28, "No space left on device")


def test_a_full_disk_under_the_log_stops_nobody(monkeypatch):
    full = logging.StreamHandler(FullDisk())
    logger = logging.getLogger("cse.security")
    logger.addHandler(full)
    try:
        visitor = Visitor().sign_in(make.a_user())
        assert visitor.get(reverse("users:files")).status_code == 403
        assert visitor.get(reverse("home")).status_code == 200
    finally:
        logger.removeHandler(full)


def test_a_line_that_is_written_after_its_request_bears_its_reference_too(client):
    answer = client.get("/fr/nulle-part/", REMOTE_ADDR="192.0.2.7")
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found", (), None)
    record.request = answer.wsgi_request
    said = json.loads(JsonLines().format(record))
    assert (said["request"], said["address"]) == (answer["X-Request-ID"], "192.0.2.7")
    WithReference().filter(record)
    assert vars(record)["reference"] == answer["X-Request-ID"]
