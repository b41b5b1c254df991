"""Signed out, every address leads to the sign-in, but those that are listed as public."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sweeps.addresses import KNOWN, LANGUAGES, Who, address, cases
from tests.sweeps.posts import everything
from tests.sweeps.tables import rows
from tests.sweeps.together import nothing_written, told_together
from tests.sweeps.visits import Sweeper, leads

pytestmark = pytest.mark.django_db

PUBLIC = cases(lambda name, known: known.to is Who.ALL)
CLOSED = cases(lambda name, known: known.to is not Who.ALL)
SIGN_IN = {"fr": "/fr/connexion/", "en": "/en/sign-in/"}
# it is there for everybody to read, by its purpose; `test_without_the_sandbox…` is its wall
MAILBOX = {"sandbox:mailbox", "sandbox:email", "sandbox:email_html"}


def test_signed_out_an_address_leads_to_the_sign_in(theirs):
    with nothing_written(), told_together() as at:
        for language in LANGUAGES:
            for name, case in CLOSED:
                with at(language, name, case):
                    client, where = Sweeper(), address(name, case, theirs, language=language)
                    for answer in (client.get(where), client.post(where, everything(theirs))):
                        assert leads(client, answer) == SIGN_IN[language]
                        assert theirs.mark.casefold() not in answer.content.decode().casefold()


@pytest.mark.parametrize(("name", "case"), PUBLIC)
def test_a_public_address_tells_nothing_of_any_company(client, theirs, name, case):
    where = address(name, case, theirs)
    before = rows()
    for answer in (client.get(where), client.post(where, everything(theirs))):
        assert answer.status_code in ({405, 415} if name == "csp_report" else {200, 302, 405})
        said = answer.content.decode().casefold()
        assert name in MAILBOX or theirs.mark.casefold() not in said.replace(
            theirs.esm.user_code.casefold(),
            "",  # just typed at the sign-in
        )
    assert rows() == before


@pytest.mark.parametrize("name", ["users:password", "users:code", "users:new_code"])
def test_the_later_pages_of_the_sign_in_lead_to_the_first(client, theirs, name):
    assert client.get(address(name, "", theirs)).url == SIGN_IN["fr"]


def test_the_very_first_address_leads_to_the_public_page(client):
    assert client.get("/").url == "/fr/"


PRODUCTION = """
import json, os, sys
import django
django.setup()
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.test.utils import override_settings
from django.urls import get_resolver
from django.utils import translation
from tests.sweeps.urlconf import in_urlconf
from cse_portal.mail import mail_server

here = set(in_urlconf())
plain = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
with override_settings(STORAGES=plain):
    client = Client(raise_request_exception=False, headers={"host": "portail.example"})
    answers = {where: client.get(where, secure=True) for where in json.loads(sys.argv[1])}
print(json.dumps({
    "addresses": sorted(here),
    "answers": {where: answer.status_code for where, answer in answers.items()},
    "installed": apps.is_installed("sandbox"),
    "mail": type(mail_server()).__module__,
    "said": " ".join(answer.content.decode() for answer in answers.values()),
}))
"""


@pytest.fixture
def production(theirs) -> dict:
    """What the portal is like under production settings, in a process of its own."""
    wanted = [
        address(name, case, theirs, language=language)
        for name, case in cases(lambda name, known: name.startswith("sandbox:"))
        for language in LANGUAGES
    ]
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "cse_portal.settings",
        "CSE_SANDBOX": "false",
        "SECRET_KEY": "f3" * 32,
        "CSE_RECEIPT_KEYS": "1:" + "a7" * 32,
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nowhere",  # no address needs it
        "ALLOWED_HOSTS": "portail.example",
        "PORTAL_URL": "https://portail.example",
        "EMAIL_URL": "smtp://courrier.example:587",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    done = subprocess.run(
        [sys.executable, "-c", PRODUCTION, json.dumps(wanted)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["answers"]) == set(wanted)
    return found


def test_without_the_sandbox_its_addresses_do_not_exist(production):
    assert set(production["answers"].values()) == {404}
    ours = {name for name in KNOWN if not name.startswith("sandbox:")}
    assert set(production["addresses"]) == ours
    assert not production["installed"]
    assert "sandbox" not in production["mail"]
    assert "Boîte de courriels" not in production["said"]
    assert "Simulation-CSE-2026" not in production["said"]


def test_a_visitor_without_a_session_gets_none_by_looking(client):
    client.get("/fr/")
    assert "sessionid" not in client.cookies
