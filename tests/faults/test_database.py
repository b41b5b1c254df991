"""Cut off at any moment, a transmission is whole or not at all; tried again, it is done once."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.urls import reverse

from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Draft, Receipt
from notices.models import Event
from tests import factories as make
from tests.conftest import Visitor, leads_to
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

PROJECT = Path(__file__).parents[2]


class CutBefore:
    """The database ends the session of who sends the nth statement, as when it is restarted."""

    def __init__(self, nth: int) -> None:
        self.left, self.happened = nth, False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            self.happened = True
            self.cut()
        return execute(sql, params, many, context)

    def cut(self) -> None:
        wrapper: Any = connection
        parameters = wrapper.get_connection_params()
        with psycopg.connect(**parameters, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(%s, 5000)", [wrapper.connection.info.backend_pid]
            )


def a_transmission() -> tuple[User, Visitor, str, str]:
    """An ESM who has read the verification page of a new user's file, and its seal."""
    esm = make.an_esm()
    visitor = Visitor(raise_request_exception=False).sign_in(esm)
    check = visitor.fill(reverse("create-user-file-start"), **make.A_PERSON)
    return esm, visitor, check, visitor.seal(check)


def done(esm: User) -> tuple[int, int, int, int]:
    """Drafts, receipts, new people and events of the ESM's company."""
    with across_companies(because="a test counts what a company has"):
        return (
            Draft.objects.filter(company=esm.company).count(),
            Receipt.objects.filter(company=esm.company).count(),
            User.objects.filter(company=esm.company).exclude(pk=esm.pk).count(),
            Event.objects.filter(company=esm.company).count(),
        )


NOT_AT_ALL, WHOLE = (1, 0, 0, 0), (0, 1, 1, 1)


def test_the_database_restarted_before_any_statement():
    nth = 0
    while True:
        nth += 1
        esm, visitor, check, seal = a_transmission()
        cut = CutBefore(nth)
        with connection.execute_wrapper(cut):
            answer = visitor.post(check, {"seal": seal})
        connection.close()
        if not cut.happened:
            break
        assert answer.status_code == 503, nth
        assert "Réessayez" in answer.content.decode()
        assert done(esm) in {NOT_AT_ALL, WHOLE}, nth
        assert "/accuse" in leads_to(visitor.post(check, {"seal": seal}))
        assert done(esm) == WHOLE, nth
    assert nth > 10  # several statements were tried
    assert done(esm) == WHOLE


KILLED = """
import os, signal, sys
import django
django.setup()
from django.db import connection
from django.test import Client
address, seal, key, words = sys.argv[1:]
def kill(execute, sql, params, many, context):
    if words in sql:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, params, many, context)
visitor = Client(HTTP_HOST="localhost")
visitor.cookies["sessionid"] = key
with connection.execute_wrapper(kill):
    visitor.post(address, {"seal": seal})
if words == "the end":
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("before", "left"),
    [
        ('INSERT INTO "users_user"', NOT_AT_ALL),
        ('INSERT INTO "cse_portal_receipt"', NOT_AT_ALL),
        ('DELETE FROM "cse_portal_draft"', NOT_AT_ALL),
        ("the end", WHOLE),
    ],
)
def test_the_process_killed_at_a_statement(before, left):
    esm, visitor, check, seal = a_transmission()
    settings = connection.settings_dict
    address = f"postgres://{settings['USER']}@{settings['HOST'].replace('/', '%2F')}"
    if settings["PASSWORD"]:
        address = address.replace("@", f":{settings['PASSWORD']}@")
    if settings["PORT"]:
        address += f":{settings['PORT']}"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, check, seal, visitor.cookies["sessionid"].value, before],
        cwd=PROJECT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": f"{address}/{settings['NAME']}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert done(esm) == left
    assert "/accuse" in leads_to(visitor.post(check, {"seal": seal}))
    assert done(esm) == WHOLE
