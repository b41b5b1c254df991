"""Every kind of answer bears the headers that tell a browser what not to do."""

import re

import pytest
from django.http import HttpResponse

from tests.sweeps.addresses import KNOWN, Who, address, cases
from tests.sweeps.together import told_together
from tests.sweeps.visits import Sweeper

pytestmark = pytest.mark.django_db

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
DIRECTIVES = ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]


#: a letter has its styles in its tags, as mail programs want them; nothing else is allowed there
LETTER, INLINE = "sandbox:email_html", "style-src 'unsafe-inline'"


def missing(answer: HttpResponse, *, private: bool, name: str = "") -> list[str]:
    """What an answer should bear and does not."""
    found = [name for name, value in HEADERS.items() if answer.get(name) != value]
    policy = answer.get("Content-Security-Policy", "")
    if name == LETTER:
        policy = policy.replace(INLINE, "")
    found += [directive for directive in DIRECTIVES if directive not in policy]
    wide = ("unsafe", "*", "http:", "https:", "//")
    found += [f"too wide: {policy}"] if any(one in policy for one in wide) else []
    if "Access-Control-Allow-Origin" in answer:
        found.append("another site may read it")
    if "camera=()" not in answer.get("Permissions-Policy", ""):
        found.append("Permissions-Policy")
    if private and "no-store" not in answer.get("Cache-Control", ""):
        found.append("no-store")
    return found


def test_every_address_bears_the_headers_signed_in(worlds, theirs, officer):
    with told_together() as at:
        for name, case in cases():
            person = officer if KNOWN[name].to is Who.OFFICER else theirs.esm
            with at(name, case):
                answer = worlds.visitor(person).get(address(name, case, theirs))
                assert missing(answer, private=True, name=name) == []


def test_every_address_bears_the_headers_signed_out(client, theirs):
    found = {
        name: missing(client.get(address(name, case, theirs)), private=False, name=name)
        for name, case in cases()
    }
    assert {name: headers for name, headers in found.items() if headers} == {}


def test_a_page_takes_nothing_from_elsewhere(client, theirs):
    html = client.get(address("users:sign_in", "", theirs)).content.decode()
    asked = re.findall(r'(?:src|srcset|action)="([^"]*)"|<link[^>]* href="([^"]*)"', html)
    addresses = [one or other for one, other in asked]
    assert any("portal" in one for one in addresses)
    assert [one for one in addresses if not one.startswith("/") or one.startswith("//")] == []


def page(visitor, theirs):
    return visitor.get(address("home", "", theirs))


def page_after_an_error(visitor, theirs):
    return visitor.post(address("create-user-file-start", "", theirs), {"email": "zoe"})


def on_the_way(visitor, theirs):
    return visitor.get("/")


def not_in_ones_role(visitor, theirs):
    return visitor.get(address("users:files", "", theirs))


def without_token(visitor, theirs):
    forged = Sweeper(enforce_csrf_checks=True)
    forged.cookies = visitor.cookies
    return forged.post(address("users:sign_out", "", theirs))


def not_there(visitor, theirs):
    return visitor.get("/fr/rien/")


def method_not_allowed(visitor, theirs):
    return visitor.get(address("users:sign_out", "", theirs))


def too_large(visitor, theirs):
    where = address("create-user-file-start", "", theirs)
    return visitor.post(where, {"family_name": "x" * 2_000_000})


def in_another_charset(visitor, theirs):
    return visitor.post(
        address("users:sign_out", "", theirs),
        b"a=1",
        content_type="application/x-www-form-urlencoded; charset=utf-16",
    )


def for_another_host(visitor, theirs):
    return visitor.get(address("home", "", theirs), headers={"host": "ailleurs.example"})


KINDS = [
    ("esm", page, 200),
    ("esm", page_after_an_error, 200),
    ("esm", on_the_way, 302),
    ("user", not_in_ones_role, 403),
    ("esm", without_token, 403),
    ("esm", not_there, 404),
    ("esm", method_not_allowed, 405),
    ("esm", too_large, 413),
    ("esm", in_another_charset, 400),
    ("esm", for_another_host, 400),
]


@pytest.mark.parametrize(("role", "ask", "status"), KINDS)
def test_every_kind_of_answer_bears_the_headers(worlds, theirs, role, ask, status):
    answer = ask(worlds.visitor(getattr(theirs, role)), theirs)
    assert answer.status_code == status
    # what is answered before anybody is known has nothing private in it
    private = ask not in {too_large, in_another_charset, for_another_host}
    assert missing(answer, private=private) == []


# a look at what is only posted has no page: no link and no form of the portal leads there
WRONG = [(role, ask) for role, ask, code in KINDS if code >= 400 and ask is not method_not_allowed]


@pytest.mark.parametrize(("role", "ask"), WRONG)
def test_what_went_wrong_is_said_on_a_page_of_the_portal(worlds, theirs, role, ask):
    html = ask(worlds.visitor(getattr(theirs, role)), theirs).content.decode()
    assert '<html lang="fr">' in html
    assert "<h1>" in html
    assert "Traceback" not in html


def test_a_page_that_fails_bears_the_headers_too(worlds, theirs, monkeypatch):
    def fail(user):
        raise ZeroDivisionError(theirs.mark)

    monkeypatch.setattr("home.views.openable", fail)
    visitor = worlds.visitor(theirs.esm, raise_request_exception=False)
    answer = visitor.get(address("home", "", theirs))
    assert answer.status_code == 500
    assert missing(answer, private=True) == []
    html = answer.content.decode()
    assert "Une erreur s’est produite" in html
    assert "ZeroDivisionError" not in html
    assert theirs.mark not in html
