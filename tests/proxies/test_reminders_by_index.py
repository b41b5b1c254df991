"""What is due and not yet told is found by index; who comes later is told all the same."""

import threading
from datetime import timedelta

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from freezegun import freeze_time

from cse_portal.companies.tenancy import company_scope
from notices.models import Event, Message
from proxies import actions, reminders, telling
from proxies.models import Assignment, Newcomer, Proxy
from tests import factories as make
from tests.proxies.conftest import END, row_set
from tests.proxies.test_reminders import days_before, run, told
from tests.together import at_once
from users.models import User

pytestmark = pytest.mark.django_db
PATIENCE = 20  # seconds


def queries_of_a_run():
    with CaptureQueriesContext(connection) as queries:
        run()
    return [query["sql"] for query in queries]


def many_proxies(count):
    with freeze_time("2026-01-05 15:00"):
        esm = make.an_esm()
        return [make.a_proxy(given_by=esm, ends_on=END) for _one in range(count)]


@pytest.mark.parametrize("days", [60, 45, 30, 7, 0, -1, -20])
def test_what_was_told_is_not_looked_at_again_however_many(external, days):
    with days_before(days):
        run()
        asked = queries_of_a_run()
        count = len(told())
        many_proxies(8)
        run()
        assert queries_of_a_run() == asked
    assert not [sql for sql in asked if "FOR NO KEY UPDATE" in sql]
    assert len(told()) == count + 8


def test_each_round_reads_an_index_alone():
    """As PostgreSQL plans it for many rows: no table is read whole."""
    plans = []

    def explained(execute, sql, params, many, context):
        if sql.startswith("SELECT") and "FOR NO KEY UPDATE" not in sql:
            execute("SET LOCAL enable_seqscan = off", None, False, context)
            with psycopg.ClientCursor(connection.connection) as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                plans.append((sql, "\n".join(line for (line,) in cursor)))
        return execute(sql, params, many, context)

    many_proxies(2)
    with days_before(20), transaction.atomic():
        run()
        with connection.execute_wrapper(explained):
            run()
    of_proxies = [plan for sql, plan in plans if 'FROM "proxies_proxy"' in sql]
    assert len(of_proxies) == 2 * len(reminders.BEFORE) + 2
    for plan in of_proxies:
        assert "proxy_by_its_next_reminder" in plan or "proxy_by_its_end" in plan, plan
        assert "Filter" not in plan
    assert not [plan for _sql, plan in plans if "Seq Scan" in plan]


def esm_of_the_agent():
    return Assignment._base_manager.earliest("assigned_at").assigned_by


def a_holder(proxy):
    user = make.a_user(company=proxy.agent)
    esm = esm_of_the_agent()
    with company_scope(proxy.agent):
        actions.assign(proxy, to=[user], by=esm)
    return user


def a_holder_who_comes_back(proxy):
    user = a_holder(proxy)
    row_set(user, is_active=False)
    run()
    row_set(user, is_active=True)
    return user


def a_holder_of_another_proxy(proxy):
    esm = esm_of_the_agent()
    other = make.a_proxy(given_by=proxy.given_by, agent=proxy.agent)
    user = make.a_user(company=proxy.agent)
    with company_scope(proxy.agent):
        actions.assign(other, to=[user], by=esm)
        run()
        actions.move(user, from_proxy=other, to_proxy=proxy, by=esm)
    return user


def an_assignment_that_is_put_back(proxy):
    """By an operator, in the database."""
    user = a_holder(proxy)
    assignment = Assignment._base_manager.get(user=user)
    row_set(assignment, ended_at=assignment.assigned_at)
    run()
    row_set(assignment, ended_at=None)
    return user


def an_esm_of_the_mandator(proxy):
    return make.an_esm(company=proxy.mandator)


def an_esm_of_the_agent(proxy):
    return make.an_esm(company=proxy.agent)


def a_user_who_becomes_esm(proxy):
    user = make.a_user(company=proxy.agent)
    run()
    row_set(user, role=User.Role.ESM)
    return user


def an_esm_who_changes_company(proxy):
    esm = make.an_esm()
    run()
    row_set(esm, company=proxy.mandator)
    return esm


NEWCOMERS = [
    a_holder,
    a_holder_who_comes_back,
    a_holder_of_another_proxy,
    an_assignment_that_is_put_back,
    an_esm_of_the_mandator,
    an_esm_of_the_agent,
    a_user_who_becomes_esm,
    an_esm_who_changes_company,
]


@pytest.mark.parametrize("comes", NEWCOMERS, ids=lambda comes: comes.__name__)
def test_who_comes_after_the_reminder_is_told_at_the_next_run(external, comes):
    with days_before(45):
        run()
        person = comes(external)
    with days_before(44):
        run()
        reminder = Message._base_manager.get(user=person, kind__startswith="reminder.")
        assert reminder.once == f"proxy:{external.pk}:{END}:60"
        assert not Newcomer.objects.exists()
        run()
    with days_before(29):
        run()
    assert len([kind for kind in told(person) if kind.startswith("reminder.")]) == 2


def test_who_comes_before_the_reminder_is_told_with_the_others(external):
    with days_before(90):
        run()
        person = an_esm_of_the_agent(external)
        run()
        assert not Newcomer.objects.exists()
    assert told() == []
    with days_before(60):
        run()
    assert told(person) == ["reminder.agent"]


def test_who_comes_after_the_expiry_is_not_told(external):
    with days_before(-1):
        run()
        person = an_esm_of_the_agent(external)
        run()
    assert told(person) == []
    assert not Newcomer.objects.exists()


def test_an_end_that_moves_is_reminded_of_again_whoever_moves_it(external):
    with days_before(20):
        run()
        row_set(external, ends_on=END + timedelta(days=10))
        run()
    assert set(Message._base_manager.values_list("once", flat=True)) == {
        f"proxy:{external.pk}:{END}:30",
        f"proxy:{external.pk}:{END + timedelta(days=10)}:30",
    }


def test_a_row_that_the_version_before_writes_is_found(external):
    """It knows no column of this one; its own run marks nothing."""
    columns = "term_starts_on, ends_on, description, given_at, agent_id, given_by_id, mandator_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO proxies_proxy ({columns}) SELECT {columns} FROM proxies_proxy"
            " RETURNING id"
        )
        (key,) = cursor.fetchone()
    with days_before(60):
        run()
        row_set(external, last_reminder=0)
        run()
    assert Message._base_manager.filter(about=f"proxy:{key}").count() == 2
    assert Message._base_manager.filter(about=f"proxy:{external.pk}").count() == 3


def test_each_reminder_is_marked_once_its_messages_are_written(external, monkeypatch):
    def killed(*args, **options):
        raise KeyboardInterrupt

    with days_before(30):
        monkeypatch.setattr(reminders, "_notify_parties", killed)
        with pytest.raises(KeyboardInterrupt):
            run()
        assert Proxy._base_manager.get().last_reminder == 0
        monkeypatch.undo()
        run()
    assert Proxy._base_manager.get().last_reminder == 30
    assert len(told()) == 3


def test_a_proxy_that_fails_is_named_and_stops_no_other(monkeypatch, caplog):
    first, second, third = many_proxies(3)
    facts_of = telling.facts_of

    def fails(proxy):
        if proxy.pk == second.pk:
            raise KeyError("a fact that is not there")
        return facts_of(proxy)

    monkeypatch.setattr(telling, "facts_of", fails)
    with days_before(30), pytest.raises(CommandError, match=r"Messages written: 2\. .* log: 1"):
        call_command("send_notices")
    assert f"The notices of proxy {second.pk} could not be written." in caplog.text
    monkeypatch.undo()
    with days_before(30):
        assert reminders.Round().write().written == 1
    assert {one.about for one in Message._base_manager.all()} == {
        f"proxy:{one.pk}" for one in (first, second, third)
    }


def test_more_proxies_than_are_read_at_a_time_are_each_told_once(monkeypatch):
    monkeypatch.setattr(reminders, "AT_A_TIME", 3)
    proxies = many_proxies(8)
    row_set(proxies[0], ends_on=END - timedelta(days=1))
    with days_before(7):
        assert reminders.Round().write().written == 8
    with days_before(-1):
        assert reminders.Round().write().written == 8
        newcomer = an_esm_of_the_mandator(proxies[0])
        assert reminders.Round().write().written == 0
    assert told(newcomer) == []
    assert Event._base_manager.filter(kind="proxy.expired").count() == 8


# --- at once --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_who_is_being_assigned_while_a_reminder_is_given_is_told_at_the_next_run(
    external,
):
    """The run sees neither the assignment nor the note of it; both come with the commit."""
    given, assigned = threading.Event(), threading.Event()

    def assigns():
        with transaction.atomic():
            user = make.a_user(company=external.agent)
            esm = esm_of_the_agent()
            make.an_assignment(proxy=external, user=user, assigned_by=esm)
            assigned.set()
            assert given.wait(PATIENCE)
        return user

    def reminds():
        assert assigned.wait(PATIENCE)
        run()
        given.set()

    with days_before(45):
        user, _none = at_once(assigns, reminds)
        assert told(user) == []
        run()
    assert told(user) == ["reminder.holder"]


@pytest.mark.django_db(transaction=True)
def test_a_newcomer_to_a_proxy_that_somebody_holds_stays_noted(external):
    with days_before(45):
        run()
        person = an_esm_of_the_agent(external)
        with psycopg.connect(**connection.get_connection_params()) as psql:
            psql.execute("SELECT FROM proxies_proxy FOR UPDATE")
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = 100")
            round_ = reminders.Round().write()
            assert (round_.written, round_.locked) == (0, {external.pk})
            psql.rollback()
        assert told(person) == []
        run()
    assert told(person) == ["reminder.agent"]
