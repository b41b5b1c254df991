"""Whatever a stranger sends, to every address that needs no sign-in: never a failure (500).

Given to the WSGI application itself, whose entrance, middleware and views all have to read it.
"""

import json
from typing import Any

import pytest
from django.core.signals import got_request_exception
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.entering import Answer, enter
from tests.extent import EVERYTHING
from tests.sweeps.addresses import KNOWN, Who, addresses

pytestmark = pytest.mark.django_db

PUBLIC = addresses(lambda name, known: known.to is Who.ALL)
#: for each address; `make test-all` sends more
EXAMPLES = 150 if EVERYTHING else 25
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
GROWS = "\u0390" * 40  # three letters each in capitals
DEEP = b"[" * 4_900 + b"]" * 4_900
PART = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n%s\r\n\r\n%s\r\n--b--\r\n'

texts = st.text(max_size=60)
odd = st.one_of(
    texts,
    st.sampled_from([GROWS, "\x00", "\ud7ff", "\ufdfa" * 40, "9" * 5_000, "%", "//evil.example"]),
)
#: what a server accepts in a header: no control but the tab
lines = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"))
json_texts = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
reports = json_texts.map(lambda value: json.dumps({"csp-report": value}).encode())
NAMES = ["user_code", "password", "code", "number", "as", "next", "q", "page", "sent", "end"]
names = st.sampled_from(NAMES) | texts
pairs = st.lists(st.tuples(names, odd), max_size=5)


def as_query(typed: list[tuple[str, str]]) -> str:
    """As a program sends it, more or less escaped."""
    from urllib.parse import quote_from_bytes

    def written(text: str) -> str:
        return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="/:[]'%")

    return "&".join(f"{written(name)}={written(value)}" for name, value in typed)


queries = pairs.map(as_query)
parts = st.tuples(st.sampled_from(NAMES), st.binary(max_size=40), st.binary(max_size=60))
forms = st.one_of(
    st.tuples(st.just(FORM), queries.map(str.encode)),
    st.tuples(st.just(PARTS), parts.map(lambda p: PART % (p[0].encode(), p[1], p[2]))),
    st.tuples(st.just("application/csp-report"), reports | st.just(DEEP)),
    st.tuples(lines, st.binary(max_size=200)),
    st.tuples(st.just(FORM), st.binary(max_size=200)),
)
TOLD = [
    *("HTTP_COOKIE", "HTTP_ACCEPT_LANGUAGE", "HTTP_HOST", "HTTP_RANGE", "HTTP_ACCEPT_ENCODING"),
    *("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "HTTP_REFERER", "HTTP_ORIGIN"),
    *("HTTP_USER_AGENT", "HTTP_X_FORWARDED_FOR", "HTTP_X_REQUEST_START", "HTTP_X_FORWARDED_PROTO"),
    *("HTTP_X_CSRFTOKEN", "HTTP_EXPECT", "SCRIPT_NAME", "CONTENT_LENGTH", "REMOTE_ADDR"),
]
COOKIES = [
    'sessionid="\\000\\000\\000\\000\\000\\000\\000\\000\\000"',
    *("sessionid=" + "a" * 32, "csrftoken=" + "\u00e9" * 32, 'messages="[[\\054]]"'),
    *("django_language=" + "x-" * 400, "=;;=", '"', "sessionid=\u0080\u00ff" * 20),
]
headers = st.dictionaries(
    st.sampled_from(TOLD),
    lines
    | st.sampled_from([*COOKIES, "bytes=9-1,-", "bytes=" + "9" * 4_000 + "-", "t=nan", "t=-inf"]),
    max_size=3,
)
methods = st.sampled_from(["GET", "POST", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"])


def failure(path: str, method: str, query: str, form: tuple[str, bytes], told: dict) -> str:
    """How the portal failed at this request; empty when it did not."""
    faults: list[str] = []

    def hear(sender: Any, request: Any, **_more: Any) -> None:
        import traceback

        faults.append(traceback.format_exc(limit=-4))

    content_type, body = form
    got_request_exception.connect(hear)
    try:
        answer = asked(path, method, query, content_type, body, told)
    finally:
        got_request_exception.disconnect(hear)
    return f"{answer.status} {faults}" if answer.status >= 500 else ""


def asked(path: str, method: str, query: str, kind: str, body: bytes, told: dict) -> Answer:
    sent = {"QUERY_STRING": query, "CONTENT_TYPE": kind} | told
    return enter(path, method, body, **sent)


BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_stranger_makes_no_address_fail(worlds, mine, name):
    arguments = next(iter(KNOWN[name].cases.values()))(mine)
    path = reverse(name, kwargs=arguments)

    @BOUNDED
    @given(method=methods, query=queries, form=forms, told=headers)
    @example("POST", "", (FORM, f"user_code={GROWS}&password=x".encode()), {})
    @example("POST", "", ("application/csp-report", DEEP), {})
    @example("POST", "", (PARTS, PART % (b"code", b"X: y; a*=nosuch''b", b"1")), {})
    @example("GET", "", ("text/plain; a*=nosuch''b", b""), {})
    @example("GET", "", ("text/plain; charset*=utf-8''%00", b""), {})
    @example("POST", "", (FORM, b"a=b"), {"CONTENT_LENGTH": "\u00b2"})
    @example("GET", "", ("", b""), {"HTTP_COOKIE": COOKIES[0]})
    def anything(method: str, query: str, form: tuple[str, bytes], told: dict[str, str]) -> None:
        assert failure(path, method, query, form, told) == ""

    anything()


@BOUNDED
@given(
    start=st.sampled_from(["/", "//", "/fr/", "/en/", "/fr/connexion/", "/static/", "/fr/admin/"]),
    rest=st.text(st.characters(max_codepoint=255), max_size=60),
    query=queries,
)
def test_no_path_that_a_stranger_makes_up_fails(worlds, start, rest, query):
    assert failure(start + rest, "GET", query, ("", b""), {}) == ""
