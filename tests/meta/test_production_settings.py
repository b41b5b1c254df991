"""Production refuses to start half configured, and has none of the sandbox's addresses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation

PROJECT = Path(__file__).parents[2]
NEEDED = {
    "SECRET_KEY": "qv7Zr2mX9bKt4LhW8sNc3JpY6fDg1TaE5uRkV0oHiMxBwQzUyCjS",
    "DATABASE_URL": "postgres://cse:secret@db.example/cse?sslmode=verify-full",
    "ALLOWED_HOSTS": "cse.example",
    "PORTAL_URL": "https://cse.example",
    "EMAIL_URL": "smtp://user:secret@mail.example:587",
}
TELL = """
import json, sys
import django
django.setup()
from django.conf import settings
from django.urls import Resolver404, resolve, get_resolver
from django.utils import translation

def exists(address):
    try:
        with translation.override(address[1:3]):
            resolve(address)
    except Resolver404:
        return False
    return True

print(json.dumps({
    "exist": [address for address in json.loads(sys.argv[1]) if exists(address)],
    "namespaces": list(get_resolver().namespace_dict),
    "apps": settings.INSTALLED_APPS,
    "mail": settings.EMAIL_BACKEND,
    "debug": settings.DEBUG,
    "secure": [settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE],
    "redirect": settings.SECURE_SSL_REDIRECT,
    "database": settings.DATABASES["default"]["OPTIONS"],
}))
"""


def run(*arguments, **environment):
    """Python, in an environment that holds nothing but what is said."""
    bare = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "cse_portal.settings"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=bare | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def start(**environment):
    return run("-c", TELL, json.dumps([]), **environment)


def test_without_its_variables_production_refuses_to_start_and_names_them_all():
    refused = start()
    assert refused.returncode != 0
    assert "ImproperlyConfigured" in refused.stderr
    for name in NEEDED:
        assert f"{name}:" in refused.stderr
    assert "CSE_SANDBOX=true" in refused.stderr


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("value", [None, ""], ids=["missing", "empty"])
def test_without_one_variable_production_refuses_to_start_and_names_that_one(name, value):
    refused = start(
        **{one: said for one, said in NEEDED.items() if one != name}
        | ({} if value is None else {name: value})
    )
    assert refused.returncode != 0
    last = refused.stderr.partition("ImproperlyConfigured")[2]
    assert [one for one in NEEDED if f"{one}:" in last] == [name]


def test_a_boolean_that_cannot_be_read_is_refused():
    refused = start(CSE_SANDBOX="peut-être", **NEEDED)
    assert refused.returncode != 0
    assert "CSE_SANDBOX" in refused.stderr


@pytest.fixture(scope="module")
def production():
    addresses = []
    for language in ("fr", "en"):
        with translation.override(language):
            addresses += [
                reverse("sandbox:mailbox"),
                reverse("sandbox:email", kwargs={"pk": 1}),
                reverse("sandbox:answer", kwargs={"registration": 1}),
                reverse("home"),
            ]
    started = run("-c", TELL, json.dumps(addresses), **NEEDED)
    assert started.returncode == 0, started.stderr
    return json.loads(started.stdout)


def test_production_has_none_of_the_sandboxs_addresses(production):
    assert production["exist"] == ["/fr/accueil/", "/en/home/"]
    assert "sandbox" not in production["namespaces"]
    assert "sandbox" not in production["apps"]


def test_production_sends_real_mail_over_secure_pages(production):
    assert production["mail"] == "django.core.mail.backends.smtp.EmailBackend"
    assert production["secure"] == [True, True]
    assert production["redirect"] is True
    assert production["debug"] is False


def test_what_the_databases_address_asks_is_kept(production):
    assert production["database"]["sslmode"] == "verify-full"
    assert production["database"]["pool"]["max_size"] == 8


def test_djangos_own_deployment_checks_find_nothing():
    collected = run("manage.py", "collectstatic", "--no-input", **NEEDED)
    assert collected.returncode == 0, collected.stderr
    checked = run("manage.py", "check", "--deploy", "--fail-level=WARNING", **NEEDED)
    assert checked.returncode == 0, checked.stdout + checked.stderr
