"""PostgreSQL servers beside that of the tests: copies of it, which may fail and take over."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from cse_portal.embedded import server
from cse_portal.embedded.server import EmbeddedServer


def url_of(*servers: EmbeddedServer) -> str:
    """The address of the tests' database on these servers."""
    hosts = ",".join(urlsplit(one.url).netloc.partition("@")[2] for one in servers)
    return f"postgres://cse@{hosts}/{connection.settings_dict['NAME']}"


def asked(one: EmbeddedServer, statement: str) -> None:
    """A statement as the administrator of a server."""
    with psycopg.connect(url_of(one), autocommit=True) as administrator:
        administrator.execute(statement)


@contextmanager
def a_copy() -> Iterator[EmbeddedServer]:
    """A server with what the tests' one has now, not started."""
    settings = connection.settings_dict
    if settings["USER"] != "cse" or not str(settings["HOST"]).startswith("/"):
        pytest.skip("waits for a server of the tests' own: unset DATABASE_URL")
    copy = EmbeddedServer.throw_away()
    try:
        copy._make_folders()
        program = copy._programs() / "pg_basebackup"
        from_where = ["-h", settings["HOST"], "-U", "cse", "-c", "fast", "-N"]
        into = ["-D", str(copy._data)]
        server._give_to_owner(_made(copy._data))
        server._run_or_explain([str(program), *from_where, *into])
        yield copy
    finally:
        copy.stop()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@contextmanager
def a_standby_of(stopped: EmbeddedServer) -> Iterator[EmbeddedServer]:
    """A server with what a stopped one has, which waits to be promoted; not started."""
    standby = EmbeddedServer.throw_away()
    try:
        standby._make_folders()
        shutil.copytree(stopped._data, standby._data)
        (standby._data / "standby.signal").touch()
        for one in (standby._data, *standby._data.rglob("*")):
            shutil.chown(one, *_owner_of(stopped._data))
        yield standby
    finally:
        standby.stop()


def _owner_of(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_uid, status.st_gid
