"""The annex knows a version of Django by its adapter; on any other, the portal goes without it."""

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models import query as of_django
from django.db.models.query import RelatedPopulator
from django.db.models.sql.compiler import SQLCompiler
from django.template import Node
from django.template.defaulttags import IfNode
from django.template.loaders import cached
from django.urls import reverse

from cse_portal.checks import the_annex_knows_django
from cse_portal.speed import adapters
from cse_portal.speed.adapters import django_5_2, psycopg_3
from tests import factories as make

PROJECT = Path(__file__).parents[2]
#: a process in which the version of Django has no adapter, or a name that the annex needs is gone
WITHOUT = """
import json, os, sys
asked, database, cookies, pages = json.loads(sys.argv[1])
if asked == "unknown":
    from cse_portal.speed import adapters
    adapters.ADAPTERS.clear()
elif asked == "a name is gone":
    from django.db.backends.postgresql import base
    del base.ServerBindingCursor
from django.conf import settings
settings.DATABASES["default"]["NAME"] = database
settings.ALLOWED_HOSTS.append("testserver")
from cse_portal.wsgi import application
from django.core import checks
from django.test import Client
client = Client()
client.cookies.load(cookies)
answers = {page: client.get(page) for page in pages}
print(json.dumps({
    "plain": settings.CSE_PLAIN,
    "engine": settings.DATABASES["default"]["ENGINE"],
    "renderer": settings.FORM_RENDERER,
    "annex": sorted(name for name in sys.modules if name.startswith("cse_portal.speed.postgresql")),
    "warnings": [[one.id, one.msg] for one in checks.run_checks()],
    "pages": {page: [one.status_code, one.content.decode()] for page, one in answers.items()},
}))
"""
#: differs at each answer: the masked token of a form, the reference of a request
PASSING = re.compile(r'(name="csrfmiddlewaretoken" value|data-reference)="[^"]*"')


def of_another_process(asked: str, visitor: Any, pages: list[str]) -> Any:
    """What a process answers in which the annex can't be in, to the same visitor."""
    cookies = visitor.cookies.output(header="", sep=";")
    done = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-c", WITHOUT),
            json.dumps([asked, connection.settings_dict["NAME"], cookies, pages]),
        ],
        cwd=PROJECT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout), done.stderr


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("unknown", "it knows Django , and not Django"),
        ("a name is gone", "postgresql.base.ServerBindingCursor"),
    ],
)
def test_what_it_does_not_know_is_served_plainly_with_a_warning(visitor, asked, why):
    visitor.sign_in(make.an_esm())
    pages = [reverse("home"), reverse("users:files"), reverse("users:profile"), "/en/", "/fr/aide/"]
    here = {page: visitor.get(page) for page in pages}
    there, log = of_another_process(asked, visitor, pages)
    assert there["plain"] is True
    assert there["annex"] == []
    assert there["engine"] == "cse_portal.companies.postgresql"
    assert there["renderer"] == "django.forms.renderers.TemplatesSetting"
    ((identifier, message),) = there["warnings"]
    assert identifier == "cse_portal.W002"
    assert why in message
    assert why in log
    for page, answer in here.items():
        status, html = there["pages"][page]
        assert status == answer.status_code, page
        assert PASSING.sub("", html) == PASSING.sub("", answer.content.decode()), page


def test_the_annex_is_in_with_the_packages_of_this_gate():
    assert adapters.why_out() == ""
    assert settings.WHY_PLAIN == ""
    assert the_annex_knows_django(None) == []
    assert django.VERSION[:2] in adapters.ADAPTERS


def test_each_version_that_is_named_has_its_adapter():
    for name in adapters.ADAPTERS.values():
        module = import_module(f"cse_portal.speed.adapters.{name}")
        assert issubclass(module.Adapter, django_5_2.Adapter)


def shorter(klass_info: Any, select: Any) -> list[Any]:
    return []


def nothing(self: Any, *args: Any, **kwargs: Any) -> None:
    """An instance without its attributes."""


@pytest.mark.parametrize(
    ("of", "name", "instead", "told"),
    [
        (RelatedPopulator, "populate", None, "RelatedPopulator.populate"),
        (SQLCompiler, "apply_converters", None, "SQLCompiler.apply_converters"),
        (SQLCompiler, "__init__", nothing, "SQLCompiler.klass_info"),
        (QuerySet, "_insert", nothing, "on_conflict"),
        (of_django, "get_related_populators", shorter, "shorter"),
        (Node, "child_nodelists", None, "Node.child_nodelists"),
        (IfNode, "__init__", nothing, "IfNode.conditions_nodelists"),
        (cached.Loader, "cache_key", shorter, "shorter"),
        (psycopg_3, "Transformer", object, "dump_sequence"),
    ],
)
def test_a_name_that_is_gone_takes_the_annex_out_and_is_told(monkeypatch, of, name, instead, told):
    if instead is None:
        monkeypatch.delattr(of, name)
    else:
        monkeypatch.setattr(of, name, instead)
    assert told in adapters.why_out()


def test_an_adapter_that_does_not_load_takes_the_annex_out(monkeypatch):
    monkeypatch.setitem(adapters.ADAPTERS, django.VERSION[:2], "not_there")
    adapters.django.cache_clear()
    assert "not_there" in adapters.why_out()
    adapters.django.cache_clear()


def test_the_operator_is_told_once_a_start(settings):
    settings.WHY_PLAIN = "it knows Django 5.2, and not Django 9.9"
    (warning,) = the_annex_knows_django(None)
    assert warning.id == "cse_portal.W002"
    assert "9.9" in warning.msg
    assert not warning.is_serious()
