"""What monitors ask: without a session, without a word too many, even without a database."""

import time
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from freezegun import freeze_time
from prometheus_client import CollectorRegistry, generate_latest

from cse_portal import checks
from home import health, metrics
from tests import factories as make

READY = {
    "ready": True,
    **dict.fromkeys(("database", "clock", "migrations", "keys", "files"), "ok"),
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
