"""Behind PgBouncer, where each transaction may have another session of PostgreSQL.

Two companies' people share one session, or two, and each sees their own rows; nothing that one of
them told PostgreSQL is there for the next.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core import mail
from django.db import OperationalError, connection, connections, transaction
from django.urls import reverse
from psycopg import errors

from cse_portal.companies.postgresql import pooler
from cse_portal.companies.scopes import across_companies, company_scope, serving_a_request
from cse_portal.companies.timeouts import PEOPLE, with_timeouts
from cse_portal.models import Receipt
from notices import actions, worker
from notices.models import Event
from tests import factories as make
from tests.conftest import Visitor
from tests.faults.test_failover import answer, readiness
from tests.pooler import a_member, a_pooler, through, url_through
from tests.web_server import PATIENCE, a_web_server
from users.models import User
from users.queries import files_by_name

pytestmark = pytest.mark.django_db(transaction=True)
PROJECT = Path(__file__).parents[2]
TURNS = 8


@pytest.fixture(autouse=True)
def _member(transactional_db: None) -> Iterator[None]:
    with a_member():
        yield


@contextmanager
def its_own_connection(port: int) -> Iterator[Any]:
    """In this thread, the portal's connection goes through the pooler."""
    usual: Any = connections["default"]
    own = usual.copy()
    own.settings_dict |= {"HOST": "127.0.0.1", "PORT": str(port), "USER": "tests_member"}
    own.settings_dict["OPTIONS"].pop("pool")
    connections["default"] = own
    try:
        yield own
    finally:
        own.close()
        connections["default"] = usual


def at_once(*tasks: Any) -> None:
    """Each in a thread; the first error of one is raised."""
    found: list[BaseException] = []

    def run(task: Any) -> None:
        try:
            task()
        except BaseException as error:
            found.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[one]) for one in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    if found:
        raise found[0]


def undone(task: Any) -> None:
    """Do it in a savepoint, and undo it: what it told PostgreSQL is undone too."""
    with transaction.atomic():
        task()
        transaction.set_rollback(True)


def looks_at(everyone: set[Any]) -> None:
    with across_companies(because="a test looks at all"):
        assert keys_by_sql() == everyone


def keys_by_sql() -> set[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM notices_event")
        return {key for (key,) in cursor.fetchall()}


@pytest.mark.parametrize("size", [1, 2])
def test_companies_that_share_sessions_see_their_own_rows(size):
    events = [make.an_event() for _company in range(3)]
    everyone = {event.pk for event in events}

    def look(event: Event) -> None:
        with its_own_connection(port):
            for _turn in range(TURNS):
                with company_scope(event.company):
                    assert keys_by_sql() == {event.pk}
                    assert [one.pk for one in Event.objects.all()] == [event.pk]
                    assert [one.pk for one in Event.objects.iterator()] == [event.pk]
                    list(files_by_name.all())
                with serving_a_request():
                    assert keys_by_sql() == set()
                with transaction.atomic():
                    looks_at(everyone)
                    with company_scope(event.company):
                        assert keys_by_sql() == {event.pk}
                        undone(lambda: looks_at(everyone))
                        assert keys_by_sql() == {event.pk}
                        assert len(list(Event.objects.iterator())) == 1

    with a_pooler(size=size) as port:
        at_once(*(lambda one=one: look(one) for one in events))


def test_nothing_that_was_told_is_left_in_the_session():
    event = make.an_event()
    with a_pooler() as port:
        with its_own_connection(port), company_scope(event.company), with_timeouts(PEOPLE):
            assert keys_by_sql() == {event.pk}
            with transaction.atomic():
                assert keys_by_sql() == {event.pk}
                assert list(files_by_name.all()) == []
        with psycopg.connect(**through(port), autocommit=True) as stranger:
            told = stranger.execute(
                "SELECT current_user, coalesce(current_setting('cse.company', true), ''),"
                " current_setting('statement_timeout')"
            ).fetchone()
            assert told == ("tests_member", "", "0")
            with pytest.raises(errors.InsufficientPrivilege):  # and not an empty list
                stranger.execute("SELECT id FROM notices_event")


def test_the_timeouts_of_who_waits_hold_through_it():
    with a_pooler() as port, its_own_connection(port):
        for block in (nullcontext(), transaction.atomic()):
            with block, with_timeouts(PEOPLE), connection.cursor() as cursor:
                cursor.execute("SHOW statement_timeout")
                assert cursor.fetchone() == ("10s",)
                cursor.execute("SHOW lock_timeout")
                assert cursor.fetchone() == ("3s",)


@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_a_pooler_is_seen_whichever_session_it_gives(mode):
    wrapper: Any = connection
    with psycopg.connect(**wrapper.get_connection_params()) as direct:
        assert not pooler.stands_between(direct)
    with a_pooler(mode) as port:
        for _again in range(2):
            with psycopg.connect(**through(port)) as alone:
                assert pooler.stands_between(alone)


@pytest.mark.parametrize(
    "settings",
    [{"mode": "session", "size": 8}, {"mode": "transaction", "always_reset": True}],
    ids=str,
)
def test_a_pooler_that_empties_its_sessions_serves(settings):
    mine, _theirs = make.an_event(), make.an_event()
    with a_pooler(**settings) as port, its_own_connection(port), company_scope(mine.company):
        for _again in range(2):
            assert keys_by_sql() == {mine.pk}
            list(files_by_name.all())
            with transaction.atomic():
                assert keys_by_sql() == {mine.pk}
                list(files_by_name.all())
            connection.close()


def test_a_pooler_that_keeps_no_transaction_is_refused():
    refused = pytest.raises(OperationalError, match="statement does not suit")
    with a_pooler("statement") as port, its_own_connection(port) as own, refused:
        own.ensure_connection()


def test_people_of_two_companies_walk_through_one_session():
    people = [make.an_esm(family_name=f"Nom{letter}") for letter in "AB"]
    cookies = {
        esm.family_name: f"sessionid={Visitor().sign_in(esm).cookies['sessionid'].value}"
        for esm in people
    }
    names = set(cookies)

    def walk(name: str) -> None:
        for _turn in range(TURNS):
            for page in (reverse("home"), reverse("users:files")):
                status, html = answer(portal, page, Cookie=cookies[name])
                assert (status, {one for one in names if one in html}) == (200, {name}), page

    with (
        a_pooler() as port,
        a_web_server(
            DATABASE_URL=url_through(port), CSE_PLAIN=os.environ.get("CSE_PLAIN", "false")
        ) as portal,
    ):
        portal.waits_until_it_answers()
        assert readiness(portal) == (200, "ok")
        at_once(*(lambda name=name: walk(name) for name in names for _twice in range(2)))


def test_a_procedure_is_transmitted_through_it():
    esm = make.an_esm()
    visitor = Visitor().sign_in(esm)
    with a_pooler() as port, its_own_connection(port):
        visitor.transmit(visitor.fill(reverse("create-user-file-start"), **make.A_PERSON))
    with across_companies(because="a test counts what a company has"):
        assert Receipt.objects.filter(company=esm.company).count() == 1
        assert User.objects.filter(company=esm.company).count() == 2


@pytest.mark.parametrize(
    "command", [["verify_trail"], ["send_notices"], ["send_letters", "--once"], ["purge_drafts"]]
)
def test_commands_work_through_it(command):
    make.a_receipt()
    with a_pooler() as port:
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=PROJECT,
            env={
                "PATH": os.environ["PATH"],
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "DATABASE_URL": url_through(port),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("is_direct", [True, False])
def test_letters_leave_though_nobody_is_woken_through_it(settings, monkeypatch, is_direct):
    """A way around the pooler wakes at once; without one, the worker looks by itself."""
    pauses: list[float] = []
    usual: Any = connections["default"]
    user = make.a_user()

    class Once(worker.Worker):
        def _sleep(self, seconds: float, *others: Any) -> list[Any]:
            pauses.append(seconds)
            if len(pauses) == 1:
                with company_scope(user.company):
                    actions.queue_letter("codes_closed", to=user, minutes=15)
                return super()._sleep(PATIENCE if is_direct else 0, *others)
            self.stop()
            return []

    with a_pooler(size=2) as port, its_own_connection(port):
        if is_direct:
            settings.DIRECT_DATABASE = usual.get_connection_params()
        Once().run()
    assert pauses == [worker.AT_LEAST_EVERY if is_direct else worker.UNWOKEN_EVERY] * 2
    assert len(mail.outbox) == 1
