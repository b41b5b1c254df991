"""PgBouncer before the tests' PostgreSQL, as Debian has it."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from cse_portal.embedded.server import _as_owner, _give_to_owner
from tests.web_server import PATIENCE, a_free_port

#: a role as production connects with: it owns nothing, and reads nothing as itself
MEMBER = "tests_member"
CONFIGURATION = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = {size}
query_wait_timeout = 10
server_reset_query = DISCARD ALL
server_reset_query_always = {always}
unix_socket_dir =
logfile =
"""


@contextmanager
def a_pooler(
    mode: str = "transaction", size: int = 1, *, always_reset: bool = False
) -> Iterator[int]:
    """PgBouncer, and the port where it listens on 127.0.0.1."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("the gate installs pgbouncer (.ci/run)")
        pytest.skip("waits for pgbouncer: `apt-get install pgbouncer`")
    settings = connection.settings_dict
    own_port = a_free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "users").write_text(f'"{MEMBER}" ""\n"{settings["USER"]}" ""\n')
        (folder / "ini").write_text(
            CONFIGURATION.format(
                host=settings["HOST"],
                port=settings["PORT"] or 5432,
                own_port=own_port,
                folder=folder,
                mode=mode,
                size=size,
                always=int(always_reset),
            )
        )
        _give_to_owner(folder)
        folder.chmod(0o755)
        log = (folder / "log").open("wb")
        process = subprocess.Popen(
            [program, "-q", str(folder / "ini")], stdout=log, stderr=log, **_as_owner()
        )
        try:
            wait_for(own_port, process, folder / "log")
            yield own_port
        finally:
            process.kill()  # its clients' transactions are over: nothing to wait for
            process.wait(PATIENCE)
            log.close()


def wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            psycopg.connect(**through(port)).close()
        except psycopg.OperationalError:
            assert process.poll() is None, log.read_text()
        else:
            return
    raise AssertionError(log.read_text())


def through(port: int, **others: Any) -> dict[str, Any]:
    """libpq's parameters of the tests' database through the pooler."""
    name = connection.settings_dict["NAME"]
    return {"host": "127.0.0.1", "port": port, "user": MEMBER, "dbname": name} | others


def url_through(port: int) -> str:
    return f"postgres://{MEMBER}@127.0.0.1:{port}/{connection.settings_dict['NAME']}"


@contextmanager
def a_member() -> Iterator[None]:
    """The role MEMBER, for a while."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {MEMBER}")
        cursor.execute(f"CREATE ROLE {MEMBER} LOGIN NOINHERIT IN ROLE cse_web, cse_across")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP ROLE {MEMBER}")
