"""The scoring of MDN's HTTP Observatory, by its published rules, of what production answers.

https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring (algorithm 4):
from 100 points, each test adds or takes some; what is added counts from 90 on; A+ begins at 100.
Only the outcomes that this portal could have are told apart here; any other counts as the worst.
"""

import json
from http.cookies import SimpleCookie

import pytest

from tests.meta.test_production_settings import NEEDED, run

ASK = """
import json, sys
import django
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = (  # nothing was collected here
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)
django.setup()
from django.test import Client
answer = Client(HTTP_HOST="cse.example").get("/fr/connexion/", secure=True)
plain = Client(HTTP_HOST="cse.example").get("/fr/connexion/")
print(json.dumps({
    "status": answer.status_code,
    "headers": {name.lower(): value for name, value in answer.headers.items()},
    "cookies": answer.cookies.output(header="").splitlines(),
    "page": answer.content.decode(),
    "plain": [plain.status_code, plain.headers.get("Location", "")],
}))
"""
#: all that its rules give a site without public scripts; A+ begins at 100
ALL_POINTS = 135
HALF_A_YEAR = 15_768_000  # seconds


@pytest.fixture(scope="module")
def answer():
    started = run("-c", ASK, **NEEDED)
    assert started.returncode == 0, started.stderr
    answered = json.loads(started.stdout)
    assert answered["status"] == 200
    return answered


def policy(headers):
    directives = (one.split() for one in headers.get("content-security-policy", "").split(";"))
    return {words[0]: words[1:] for words in directives if words}


def content_security_policy(answer):
    found = policy(answer["headers"])
    if not found or "unsafe" in str(found) or "*" in str(found) or "http:" in str(found):
        return -25
    return 10 if found.get("default-src") == ["'none'"] else 5


def cookies(answer):
    flags = [
        (one["secure"], one["httponly"], one["samesite"])
        for line in answer["cookies"]
        for one in SimpleCookie(line.strip()).values()
    ]
    if not all(secure and httponly for secure, httponly, _samesite in flags):
        return -40
    return 5 if flags and all(samesite for *_others, samesite in flags) else 0


def cross_origin_sharing(answer):
    return -50 if "access-control-allow-origin" in answer["headers"] else 0


def redirection(answer):
    return 0 if answer["plain"] == [301, "https://cse.example/fr/connexion/"] else -20


def referrer(answer):
    private = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
    return 5 if answer["headers"].get("referrer-policy") in private else -5


def strict_transport(answer):
    found = answer["headers"].get("strict-transport-security", "")
    age = int(found.partition("max-age=")[2].partition(";")[0] or 0)
    return 0 if age >= HALF_A_YEAR else -20


def subresources(answer):
    return -50 if 'src="http' in answer["page"] or 'stylesheet" href="http' in answer["page"] else 0


def no_sniffing(answer):
    return 0 if answer["headers"].get("x-content-type-options") == "nosniff" else -5


def framing(answer):
    return 5 if policy(answer["headers"]).get("frame-ancestors") == ["'none'"] else -20


def resource_policy(answer):
    return 10 if answer["headers"].get("cross-origin-resource-policy") == "same-origin" else 0


TESTS = [
    *(content_security_policy, cookies, cross_origin_sharing, redirection, referrer),
    *(strict_transport, subresources, no_sniffing, framing, resource_policy),
]


def test_the_score_is_an_a_plus(answer):
    points = {test.__name__: test(answer) for test in TESTS}
    assert 100 + sum(points.values()) == ALL_POINTS, points
