"""What monitors ask: without a session, without a word too many, even without a database."""

import socket
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from freezegun import freeze_time
from prometheus_client import CollectorRegistry, generate_latest
from psycopg import errors
from psycopg_pool import PoolTimeout

from cse_portal import checks
from home import health, metrics
from tests import factories as make

READY = {
    "ready": True,
    **dict.fromkeys(("database", "clock", "writes", "migrations", "keys", "files"), "ok"),
}


def asked(client, address):
    answer = client.get(address)
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    return answer.status_code, answer.json()


def test_alive_is_said_without_a_database(client, django_db_blocker):
    with django_db_blocker.block():
        assert asked(client, "/healthz") == (200, {"alive": True})


@pytest.mark.django_db
def test_ready_tells_for_how_long_an_email_has_been_due(client, monkeypatch):
    monkeypatch.setattr(health, "clock_skew", lambda: 0.0)  # time is frozen
    assert asked(client, "/readyz") == (200, READY | {"oldest_email_waiting": "0"})
    with freeze_time("2026-11-23 12:00"):
        make.a_message()
    with freeze_time("2026-11-23 12:05"):
        make.a_message()
        assert asked(client, "/readyz") == (200, READY | {"oldest_email_waiting": "300"})


@pytest.mark.django_db
def test_without_its_database_nothing_is_ready(client, monkeypatch):
    def fail():
        raise OperationalError("could not connect to db.internal")

    monkeypatch.setattr(health, "clock_skew", fail)
    assert asked(client, "/readyz") == (
        503,
        {"ready": False, "database": "down", "files": "ok"},
    )


@pytest.mark.django_db
def test_an_older_schema_is_not_ready_and_a_newer_one_is(client):
    MigrationRecorder.Migration.objects.create(app="users", name="9999_of_a_newer_version")
    assert asked(client, "/readyz")[0] == 200
    MigrationRecorder.Migration.objects.filter(app="users", name="0001_initial").delete()
    without_keys = {name: said for name, said in READY.items() if name != "keys"}
    assert asked(client, "/readyz") == (
        503,
        without_keys | {"ready": False, "migrations": "missing"},
    )


@pytest.mark.django_db
def test_without_the_files_of_its_pages_nothing_is_ready(client, monkeypatch):
    storage = SimpleNamespace(hashed_files={})
    monkeypatch.setattr("cse_portal.checks.staticfiles_storage", storage)
    assert asked(client, "/readyz") == (
        503,
        READY | {"ready": False, "oldest_email_waiting": "0", "files": "missing"},
    )
    assert [one.id for one in checks.pages_find_their_files(None)] == ["cse_portal.E003"]
    storage.hashed_files = {"portal.css": "portal.1.css"}
    assert checks.pages_find_their_files(None) == []


@pytest.mark.parametrize(
    ("ahead", "told"),
    [(59, "ok"), (-59, "ok"), (3_600, "+3600 s from the database's"), (-90, "-90 s from")],
)
@pytest.mark.django_db
def test_a_machine_whose_clock_is_not_the_databases_is_not_ready(client, monkeypatch, ahead, told):
    its_own = time.time
    monkeypatch.setattr(time, "time", lambda: its_own() + ahead)
    status, answer = asked(client, "/readyz")
    assert (status == 200) is (told == "ok")
    assert answer["clock"].startswith(told)


def refuses(said, cause=None):
    """What is asked apart is refused; the way that Django wraps psycopg's errors."""

    def refuse(_question, **_parameters):
        raise OperationalError(said) from cause

    return refuse


@pytest.mark.django_db
def test_a_full_disk_is_not_ready_though_the_database_answers(client, monkeypatch):
    asked_apart = health.told_apart

    def told_apart(question, **parameters):
        if question == health.SORTED_ON_DISK:
            raise OperationalError from errors.DiskFull("could not write to file")
        return asked_apart(question, **parameters)

    monkeypatch.setattr(health, "told_apart", told_apart)
    status, answer = asked(client, "/readyz")
    assert (status, answer["database"], answer["writes"]) == (503, "ok", "disk full")


@pytest.mark.django_db
def test_whether_there_is_room_is_asked_by_writing(settings):
    """A file is written: with none allowed, PostgreSQL refuses it, by its own error."""
    without = f"SET temp_file_limit = '500kB'; {health.SORTED_ON_DISK}"
    with pytest.raises(OperationalError) as refused:
        health.told_apart(without)
    assert isinstance(refused.value.__cause__, errors.ConfigurationLimitExceeded)
    assert health.state_of_disk() == {"writes": "ok"}


@pytest.mark.django_db
def test_what_is_not_known_is_not_said(monkeypatch):
    monkeypatch.setattr(health, "told_apart", refuses("?", errors.ConfigurationLimitExceeded()))
    assert health.state_of_disk() == {}


PASSWORD_REFUSALS = [
    'FATAL:  password authentication failed for user "cse_login"',
    "FATAL:  authentification par mot de passe échouée pour l'utilisateur « cse_login »",
]


@pytest.mark.parametrize("said", PASSWORD_REFUSALS)
@pytest.mark.django_db
def test_while_the_password_changes_pages_are_served_and_it_is_said(client, monkeypatch, said):
    monkeypatch.setattr(health, "told_apart", refuses(said))
    status, answer = asked(client, "/readyz")
    assert status == 200
    assert (answer["database"], answer["new_connections"]) == ("ok", "password refused")
    assert {"clock", "writes"} & set(answer) == set()
    monkeypatch.setattr(health, "is_served_by_pool", lambda: False)
    assert asked(client, "/readyz") == (
        503,
        {"ready": False, "database": "password refused", "files": "ok"},
    )


@pytest.mark.django_db
def test_a_pool_without_a_connection_serves_nobody(monkeypatch):
    assert health.is_served_by_pool()

    def none_given(timeout=None):
        raise PoolTimeout

    database: Any = connection
    monkeypatch.setattr(database.pool, "getconn", none_given)
    assert not health.is_served_by_pool()


def test_what_postgresql_says_of_a_password_is_understood():
    """libpq gives its words, and no code."""
    said = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "x"\0\0'
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse():
            line, _address = server.accept()
            with line:
                line.recv(1024)
                line.send(b"E" + (len(said) + 4).to_bytes(4, "big") + said)

        thread = threading.Thread(target=refuse)
        thread.start()
        host, port = server.getsockname()
        with pytest.raises(OperationalError) as refused:
            health.told_apart(
                "SELECT 1", host=host, port=port, sslmode="disable", gssencmode="disable"
            )
        thread.join()
    assert health.why_unusable(refused.value) == "password refused"


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
@pytest.mark.django_db
def test_they_are_only_looked_at(client, address):
    assert client.post(address).status_code == 405


def told():
    registry = CollectorRegistry()
    registry.register(metrics.PortalCollector())
    lines = generate_latest(registry).decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


@pytest.mark.django_db
def test_the_figures_count_what_they_say():
    make.a_receipt(flow="create-proxy")
    make.a_receipt(flow="create-proxy")
    make.a_message()
    with freeze_time("2020-01-02"):
        make.a_registration()
    make.a_registration()
    figures = told()
    assert figures["cse_up"] == "1.0"
    assert figures['cse_transmissions_total{procedure="create-proxy"}'] == "2.0"
    assert figures['cse_emails_waiting{state="never_tried"}'] == "1.0"
    assert figures['cse_emails_waiting{state="to_retry"}'] == "0.0"
    assert figures['cse_emails_not_sent{reason="refused"}'] == "0.0"
    assert figures["cse_people_unreachable"] == "0.0"
    assert figures["cse_registrations_in_process"] == "2.0"
    assert figures["cse_registrations_overdue"] == "1.0"
    assert float(figures["cse_people_active"]) >= 3


@pytest.mark.django_db
def test_without_its_database_the_figures_say_so_at_once(monkeypatch, django_assert_num_queries):
    """By a connection of its own: the pool would wait for one, longer than whoever asks."""

    def fail():
        raise OperationalError

    monkeypatch.setattr(metrics, "clock_skew", fail)
    with django_assert_num_queries(0):
        assert told() == {"cse_up": "0.0"}
