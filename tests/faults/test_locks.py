"""One forgotten lock, one endless search: each costs its own page, and nothing to anybody else."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.companies.timeouts import COMMANDS, OFFICERS, PEOPLE, Timeouts, with_timeouts
from cse_portal.web import middleware
from proxies import reminders
from tests import factories as make
from tests.conftest import Visitor
from tests.letters import letters_sent, sends
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 30  # seconds, for a transaction that is not ended
#: a test does not wait for as long as a person would
SHORT = Timeouts(statement=2_000, lock=100, idle_in_transaction=2_000)


NAMES = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def in_force() -> Timeouts:
    """What the connection has, in milliseconds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setting::int FROM pg_settings WHERE name = ANY(%s) "
            "ORDER BY array_position(%s, name)",
            [list(NAMES), list(NAMES)],
        )
        return Timeouts(*(value for (value,) in cursor.fetchall()))


def test_pages_officers_and_commands_have_each_their_own():
    seen: list[Timeouts] = []

    def look(request: HttpRequest) -> HttpResponse:
        seen.append(in_force())
        return HttpResponse()

    serve = middleware.second_wall_middleware(middleware.company_middleware(look))
    for person in (make.an_esm(), make.an_officer()):
        request: Any = RequestFactory().get("/")
        request.user = person
        serve(request)
    assert seen == [PEOPLE, OFFICERS]
    assert in_force() == COMMANDS


@contextmanager
def held(sql: str, *values: Any) -> Iterator[None]:
    """Rows that an operator has locked in psql, and forgotten."""
    wrapper: Any = connection
    with psycopg.connect(**wrapper.get_connection_params()) as psql:
        psql.execute(sql, values)
        yield
        psql.rollback()


def with_a_file_to_create(esm: User) -> tuple[Visitor, str, dict[str, str]]:
    visitor = Visitor(raise_request_exception=False).sign_in(esm)
    check = visitor.fill(reverse("create-user-file-start"), **make.A_PERSON)
    return visitor, check, {"seal": visitor.seal(check)}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT FROM cse_portal_company WHERE id = %s FOR UPDATE",
        "UPDATE cse_portal_company SET name = name WHERE id = %s",
    ],
)
def test_a_companys_row_that_psql_holds_costs_one_refusal(monkeypatch, sql):
    monkeypatch.setattr(middleware, "PEOPLE", SHORT)
    esm, other = make.an_esm(), make.an_esm()
    visitor, check, sealed = with_a_file_to_create(esm)
    elsewhere, their_check, their_seal = with_a_file_to_create(other)
    with held(sql, esm.company_id):
        refused = visitor.post(check, sealed)
        assert (refused.status_code, refused["Retry-After"]) == (503, "5")
        page = refused.content.decode()
        assert "Ce compte est modifié ailleurs en ce moment" in page
        assert "This account is being changed elsewhere at the moment" in page
        for reader in (visitor, elsewhere):
            assert reader.get(reverse("home")).status_code == 200
            assert reader.get(reverse("users:files")).status_code == 200
        assert "/accuse" in elsewhere.post(their_check, their_seal).headers["Location"]
    assert "/accuse" in visitor.post(check, sealed).headers["Location"]
    with across_companies(because="a test counts what was created"):
        assert User.objects.filter(company=esm.company).count() == 2


def test_who_signs_in_meanwhile_is_told_too(monkeypatch):
    password = "Une phrase dont je me souviens"
    monkeypatch.setattr(middleware, "PEOPLE", SHORT)
    esm = make.an_esm(password=password)
    visitor = Visitor(raise_request_exception=False)
    visitor.fill(reverse("users:sign_in"), user_code=esm.user_code)
    there = visitor.under_way("users:password")
    with held("UPDATE cse_portal_company SET name = name WHERE id = %s", esm.company_id):
        assert visitor.post(there, {"password": password}).status_code == 503
    assert visitor.post(there, {"password": password}).status_code == 302


def test_an_endless_search_ends(monkeypatch):
    """Whoever searched is told to search for less; the connection goes on."""
    monkeypatch.setattr(middleware, "OFFICERS", SHORT._replace(statement=50))
    officer = Visitor(raise_request_exception=False).sign_in(make.an_officer())
    page = reverse("admin:users_user_changelist")

    def endless(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("WITH found"):
            sql, params = "SELECT pg_sleep(60)", ()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(endless):
        answer = officer.get(page, {"q": "Roy"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "précisez votre recherche" in answer.content.decode()
    assert "make your search more precise" in answer.content.decode()
    assert officer.get(page, {"q": "Roy"}).status_code == 200


def test_a_transaction_that_is_left_idle_is_ended(monkeypatch):
    monkeypatch.setattr(middleware, "PEOPLE", SHORT._replace(idle_in_transaction=50))
    esm = make.an_esm()
    visitor, check, sealed = with_a_file_to_create(esm)

    def left_idle(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "INSERT INTO" in sql and "receipt" in sql:
            wait_for_the_end_of(connection.connection.info.backend_pid)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(left_idle):
        assert visitor.post(check, sealed).status_code == 503
    connection.close()
    assert "/accuse" in visitor.post(check, sealed).headers["Location"]


def test_a_server_that_became_read_only_says_to_come_back():
    visitor, check, sealed = with_a_file_to_create(make.an_esm())

    def read_only(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "INSERT INTO" in sql and "receipt" in sql:
            connection.connection.execute("SET TRANSACTION READ ONLY")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(read_only):
        answer = visitor.post(check, sealed)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "/accuse" in visitor.post(check, sealed).headers["Location"]


def wait_for_the_end_of(backend: int) -> None:
    wrapper: Any = connection
    with psycopg.connect(**wrapper.get_connection_params(), autocommit=True) as other:
        still_there = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"
        until = time.monotonic() + PATIENCE
        while other.execute(still_there, [backend]).fetchone():
            assert time.monotonic() < until, "the transaction was not ended"


# --- commands -------------------------------------------------------------------------------------


def test_a_letter_leaves_once_while_psql_holds_the_persons_row():
    """A letter that has left is marked as sent, whatever else has to wait."""
    messages = [make.a_message() for _one in range(2)]
    person = messages[0].user
    User._base_manager.filter(pk=person.pk).update(undelivered_email=person.email)
    with (
        with_timeouts(SHORT),
        held("UPDATE users_user SET language = language WHERE id = %s", person.pk),
    ):
        assert sends() == {"sent": 2}
        assert sends() == {}
    assert len(letters_sent()) == 2


def test_reminders_go_on_past_a_proxy_that_psql_holds():
    esm = make.an_esm()
    ends_on = clock.today() + timedelta(days=7)
    proxies = [make.a_proxy(given_by=esm, ends_on=ends_on) for _one in range(3)]
    with (
        with_timeouts(SHORT),
        held("SELECT FROM proxies_proxy WHERE id = %s FOR UPDATE", proxies[1].pk),
    ):
        assert reminders.Round().write().written == 2
    assert reminders.Round().write().written == 1
    assert reminders.Round().write().written == 0
