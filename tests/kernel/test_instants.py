"""Instants are read as Django reads them, by a shorter way."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection
from django.db.backends.postgresql.psycopg_any import get_adapters_template
from psycopg import pq
from psycopg.adapt import Transformer

from cse_portal.companies.postgresql.instants import InstantLoader, reading_instants

pytestmark = pytest.mark.django_db
OID = 1184  # timestamptz

WRITTEN = [
    "2026-11-29 09:14:44.947915+00",
    "2026-11-29 09:14:44.9+00",
    "2026-11-29 09:14:44+00",
    "0001-01-01 00:00:00+00",
    "9999-12-31 23:59:59.999999+00",
]


@pytest.mark.parametrize("written", WRITTEN)
def test_an_instant_is_read_as_django_reads_it(written):
    django = get_adapters_template(True, UTC)
    read = [
        Transformer(adapters).get_loader(OID, pq.Format.TEXT).load(written.encode())
        for adapters in (django, reading_instants(django))
    ]
    assert read[0] == read[1] == datetime.fromisoformat(written)
    assert [one.tzinfo for one in read] == [UTC, UTC]


def test_the_portals_connections_read_that_way(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT timestamptz '2026-11-29 04:14:44.9 America/Montreal'")
        assert cursor.fetchone() == (datetime(2026, 11, 29, 9, 14, 44, 900_000, UTC),)
    assert connection.connection.adapters.get_loader(OID, pq.Format.TEXT) is InstantLoader


@pytest.mark.parametrize("style", ["SQL", "German", "Postgres"])
def test_what_is_written_otherwise_is_refused_as_psycopg_refuses_it(style):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL datestyle = {style}")
        cursor.execute("SELECT timestamptz '2026-11-29 09:14:44+00'")
        with pytest.raises(NotImplementedError):
            cursor.fetchone()


@pytest.mark.parametrize("beyond", ["infinity", "0044-03-15 00:00:00+00 BC"])
def test_what_python_has_no_instant_for_is_refused(beyond):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT timestamptz '{beyond}'")
        with pytest.raises(DataError):
            cursor.fetchone()
