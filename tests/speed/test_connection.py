"""A pooled connection that is checked; a prepared statement that a migration makes stale."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.urls import reverse
from psycopg.pq import TransactionStatus

from cse_portal.companies.scopes import across_companies, company_scope
from cse_portal.models import Company
from cse_portal.queries import locked_company
from cse_portal.speed import prepared
from cse_portal.speed.postgresql.base import FIRST_ROLE, DatabaseWrapper
from cse_portal.speed.queries import fetch_rows
from notices.models import Event
from tests import factories as make
from tests.conftest import Visitor, leads_to
from users.models import User
from users.queries import files_by_name, session_user

# --- a pooled connection --------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_pooled_connection_has_the_role_that_a_request_begins_with_and_shows_no_more():
    """Whatever the request before it could see is gone; the role it has is remembered."""
    mine, theirs = make.an_event(), make.an_event()
    with company_scope(theirs.company):
        assert set(Event.objects.all()) == {theirs}
    wrapper: Any = connection
    line = wrapper.connection
    wrapper.check_connection(line)
    role = line.execute("SELECT current_user, current_setting('cse.company')").fetchone()
    assert role == FIRST_ROLE == ("cse_across", "")
    wrapper.init_connection_state()  # as when the pool hands it over
    assert wrapper._role == FIRST_ROLE
    with company_scope(mine.company), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM notices_event")
        assert cursor.fetchall() == [(mine.pk,)]


@pytest.mark.django_db
def test_without_a_second_wall_a_pooled_connection_is_checked_and_gets_no_role(monkeypatch):
    monkeypatch.setattr(DatabaseWrapper, "_walls", {})
    wrapper: Any = connection
    wrapper.check_connection(wrapper.connection)
    assert connection.connection.role_when_checked is None


# --- a stale statement ----------------------------------------------------------------------------


@pytest.fixture
def migrate(transactional_db: None) -> Iterator[Any]:
    """Change the tables from another connection, as a migration does; undone afterwards."""
    wrapper: Any = connection
    with psycopg.connect(**wrapper.get_connection_params(), autocommit=True) as other:
        yield other.execute
        other.execute("ALTER TABLE cse_portal_company ALTER name TYPE varchar(120)")
        other.execute("ALTER TABLE cse_portal_company DROP COLUMN IF EXISTS nickname")
    prepared.Statements.found_stale += 1  # for the tests that follow


WIDER = "ALTER TABLE cse_portal_company ALTER name TYPE varchar(200)"
MORE = "ALTER TABLE cse_portal_company ADD COLUMN nickname varchar(20) DEFAULT ''"


def backend() -> int:
    return connection.connection.info.backend_pid


@pytest.mark.parametrize("change", [WIDER, MORE])
def test_outside_of_a_transaction_it_is_prepared_again(migrate, change):
    esm = make.an_esm()
    with across_companies(because="a test"):
        assert session_user.first(esm.pk) == esm
        before = backend()
        migrate(change)
        for _again in range(2):
            assert session_user.first(esm.pk) == esm
        assert backend() == before


@transaction.atomic
def rename(company: Company, meanwhile: Callable[[], Any] = int) -> None:
    Company.objects.filter(pk=company.pk).update(name="Après")
    meanwhile()
    locked_company.get(company.pk)


@transaction.atomic
def rename_in_a_block(company: Company) -> None:
    try:
        rename(company)
    except OperationalError:
        Company.objects.count()  # nothing is answered until the whole is undone
        raise


@pytest.mark.parametrize("doing", [rename, rename_in_a_block])
def test_in_a_transaction_the_connection_is_dropped_and_nothing_is_done(migrate, doing):
    company = make.a_company(name="Avant")
    with transaction.atomic():
        locked_company.get(company.pk)
    before = backend()
    migrate(WIDER)
    with pytest.raises(DatabaseError):
        doing(company)
    with transaction.atomic():
        assert locked_company.get(company.pk).name == "Avant"
    assert backend() != before


def test_a_statement_that_the_connection_has_lost_is_prepared_by_another_one(migrate):
    """Its role is lost with it: the second wall stands again before a row is read."""
    mine, theirs = make.an_event(), make.an_event()
    with company_scope(mine.company):
        assert list(files_by_name.all()) == []
        before = backend()
        connection.connection.execute("DISCARD ALL")
        assert list(files_by_name.all()) == []
        assert backend() != before
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM notices_event")
            assert cursor.fetchall() == [(mine.pk,)]
    assert theirs.company != mine.company


def test_in_a_transaction_a_lost_statement_undoes_it(migrate):
    company = make.a_company(name="Avant")
    with transaction.atomic():
        locked_company.get(company.pk)
    with pytest.raises(OperationalError):
        rename(company, lambda: connection.connection.execute("DEALLOCATE ALL"))
    assert Company.objects.get(pk=company.pk).name == "Avant"


def test_what_postgresql_can_not_do_is_said_as_such(migrate):
    with pytest.raises(Exception, match="not allowed with aggregate"):
        fetch_rows("SELECT count(*) FROM cse_portal_company FOR UPDATE", [])


def test_a_transmission_that_meets_a_stale_statement_is_answered_503_then_done_once(
    migrate, monkeypatch
):
    esm = make.an_esm()
    visitor = Visitor(raise_request_exception=False).sign_in(esm)
    visitor.transmit(visitor.fill(reverse("create-user-file-start"), **make.A_PERSON))
    check = visitor.fill(reverse("create-user-file-start"), **make.A_PERSON)
    seal = visitor.seal(check)
    fetch_rows = prepared.fetch_rows

    def lost(line: Any, sql: str, values: Any) -> Any:
        if line.pgconn.transaction_status == TransactionStatus.INTRANS:
            monkeypatch.undo()
            line.pgconn.exec_(b"DEALLOCATE ALL")
        return fetch_rows(line, sql, values)

    monkeypatch.setattr(prepared, "fetch_rows", lost)
    answer = visitor.post(check, {"seal": seal})
    assert answer.status_code == 503
    assert "Réessayez" in answer.content.decode()
    assert people_of(esm) == 2
    assert "/accuse" in leads_to(visitor.post(check, {"seal": seal}))
    assert people_of(esm) == 3


def people_of(esm: User) -> int:
    with across_companies(because="a test"):
        return User.objects.filter(company=esm.company_id).count()


def test_each_connection_recovers_by_itself(migrate):
    esm = make.an_esm()
    ready, changed = threading.Barrier(4), threading.Barrier(4)
    found: list[Any] = []

    def look() -> None:
        try:
            with across_companies(because="a test"):
                session_user.first(esm.pk)
                ready.wait(30)
                changed.wait(30)
                found.append(session_user.first(esm.pk))
        except Exception as error:
            found.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=look) for _one in range(3)]
    for thread in threads:
        thread.start()
    ready.wait(30)
    migrate(WIDER)
    changed.wait(30)
    for thread in threads:
        thread.join()
    assert found == [esm] * 3


def test_what_one_connection_found_stale_no_other_runs_into(migrate):
    """Else each of them would refuse a transaction of its own."""
    company = make.a_company()
    prepared_here, changed = threading.Event(), threading.Event()
    found: list[Any] = []

    def lock() -> int:
        with transaction.atomic():
            return locked_company.get(company.pk).pk

    def elsewhere() -> None:
        try:
            lock()
            prepared_here.set()
            changed.wait(30)
            found.append(lock())
        except Exception as error:
            found.append(error)
        finally:
            connections.close_all()

    other = threading.Thread(target=elsewhere)
    other.start()
    prepared_here.wait(30)
    lock()
    migrate(WIDER)
    with pytest.raises(OperationalError):
        lock()
    changed.set()
    other.join()
    assert found == [company.pk]
