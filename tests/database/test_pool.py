"""The pool while its server is away: nobody waits in vain, and the first to come finds it again."""

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections
from psycopg_pool import PoolTimeout

from cse_portal.database import pool as pool_module
from cse_portal.database.libpq import execute
from cse_portal.database.pool import DatabaseAway, Pool, SeldomTold

pytestmark = pytest.mark.django_db

PATIENCE = 20  # seconds, for a test that hangs
AN_HOUR = 3600.0


class Server:
    """The tests' server, which can be away: nobody listens at its address."""

    def __init__(self) -> None:
        self.is_away = False
        wrapper: Any = connection
        self._here = wrapper.get_connection_params() | {"autocommit": True}

    def parameters(self) -> dict[str, Any]:
        return self._here | ({"host": "/nowhere"} if self.is_away else {})


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def pool(server: Server) -> Iterator[Pool]:
    made = Pool(
        kwargs=server.parameters,
        configure=lambda _line: None,
        check=lambda line: execute(line, ""),
        min_size=1,
        max_size=8,
        timeout=AN_HOUR,
    )
    yield made
    made.close()


class Asking(threading.Thread):
    """A request that asks the pool for a connection."""

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self.pool = pool
        self.found: Any = None
        self.start()

    def run(self) -> None:
        try:
            self.found = self.pool.getconn()
        except PoolTimeout as error:
            self.found = error

    def result(self) -> Any:
        self.join(PATIENCE)
        assert not self.is_alive()
        return self.found


def until(happens: Callable[[], bool]) -> None:
    for _try in range(PATIENCE * 50):
        if happens():
            return
        threading.Event().wait(0.02)
    raise AssertionError


def test_a_server_that_is_away_is_told_at_once_and_found_by_the_first_who_asks(
    monkeypatch, server, pool
):
    monkeypatch.setattr(pool_module, "RESTART", 0.0)
    server.is_away = True
    pool.open()
    for _request in range(3):
        assert isinstance(Asking(pool).result(), PoolTimeout)
    server.is_away = False
    line = Asking(pool).result()
    assert execute(line, "SELECT 1") == [b"1"]
    pool.putconn(line)
    assert pool.away_since is None


def test_a_restart_is_waited_for(monkeypatch, server, pool):
    monkeypatch.setattr(pool_module, "RESTART", AN_HOUR)
    server.is_away = True
    pool.open()
    asking = Asking(pool)
    until(lambda: pool.failures > 2)
    assert asking.is_alive()
    server.is_away = False
    pool.putconn(asking.result())


def test_who_finds_one_connection_lost_finds_none_of_the_others(server, pool):
    pool.open()
    lines = [Asking(pool).result() for _one in range(3)]
    for line in lines:
        pool.putconn(line)
    for line in lines[:1]:
        line.pgconn.finish()
    found = Asking(pool).result()
    assert found not in lines
    assert all(line.closed for line in lines)
    pool.putconn(found)


def test_the_portals_own_pool_is_this_one():
    wrapper: Any = connection
    assert isinstance(wrapper.pool, Pool)


def test_each_try_is_told_once_a_minute(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(pool_module, "monotonic", lambda: now[0])
    seldom = SeldomTold()

    def is_told(message: str) -> bool:
        return seldom.filter(logging.LogRecord("psycopg.pool", 30, "", 0, message, (), None))

    assert [is_told("away"), is_told("away"), is_told("other")] == [True, False, True]
    now[0] += SeldomTold.PAUSE
    assert is_told("away")


def test_a_request_that_waits_is_counted_once_however_often_the_pool_looks(
    pool, server, monkeypatch
):
    monkeypatch.setattr(pool_module, "RESTART", 5 * pool_module.MOMENT)
    server.is_away = True
    pool.open()
    with pytest.raises(DatabaseAway), pool.connection(timeout=PATIENCE):
        pass
    stats = pool.get_stats()
    assert (stats["requests_num"], stats["requests_errors"]) == (1, 1)
    assert stats["requests_waiting"] == 0


def test_the_server_that_was_reached_is_the_first_to_be_asked_the_next_time():
    """The first one of these is gone: each connection would wait for it."""
    usual: Any = connections["default"]
    own = usual.copy()
    here = str(own.settings_dict["HOST"])
    own.settings_dict["HOST"] = f"/nowhere,{here}"
    own.settings_dict["OPTIONS"].pop("pool")
    own.ensure_connection()
    try:
        assert own.get_connection_params()["host"] == f"{here},/nowhere"
    finally:
        own.close()
