"""The database's passwords are replaced while two machines serve: the login roles take turns."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.checks import run_checks
from django.db import connection, transaction
from django.urls import reverse

from cse_portal.companies import walls
from cse_portal.companies.postgresql.base import DatabaseWrapper
from tests import factories as make
from tests.conftest import Visitor

pytestmark = pytest.mark.django_db(transaction=True)

ROLES_SQL = (Path(__file__).parents[2] / "deploy/roles.sql").read_text()
ASKED = (*walls.LOGINS, "cse_owner")
LINES = "".join(f"local all {role} scram-sha-256\n" for role in ASKED)
PATIENCE = 10  # seconds, for PostgreSQL to read who may connect


def as_administrator(*statements: str) -> None:
    with psycopg.connect(**parameters(), autocommit=True) as other:
        for statement in statements:
            other.execute(statement)


def parameters(**others: str) -> dict[str, Any]:
    wrapper: Any = connection
    return wrapper.get_connection_params() | others


def may_log_in(role: str, password: str) -> bool:
    try:
        psycopg.connect(**parameters(user=role, password=password)).close()
    except psycopg.OperationalError:
        return False
    return True


def role_statements() -> Iterator[str]:
    """What `deploy/roles.sql` does, in the database of the tests."""
    name = connection.settings_dict["NAME"]
    for statement in re.sub(r"--.*", "", ROLES_SQL).split(";"):
        if statement.strip() and "CREATE DATABASE" not in statement and "REVOKE" not in statement:
            yield statement.replace("DATABASE cse", f'DATABASE "{name}"')


@pytest.fixture
def login_roles() -> Iterator[None]:
    """Both login roles, for whom the server asks a password."""
    with psycopg.connect(**parameters(), autocommit=True) as administrator:
        row = administrator.execute("SHOW hba_file").fetchone()
        assert row
        who_may_connect = Path(row[0])
        if not os.access(who_may_connect, os.W_OK):
            pytest.skip("waits for a server whose pg_hba.conf the tests may write")
        for statement in role_statements():
            try:
                administrator.execute(statement)
            except psycopg.errors.DuplicateObject:
                continue  # those that `migrate` makes
        before = who_may_connect.read_text()
        try:
            who_may_connect.write_text(LINES + before)
            administrator.execute("SELECT pg_reload_conf()")
            until = time.monotonic() + PATIENCE
            while may_log_in("cse_login", "none was given"):
                assert time.monotonic() < until
            yield
        finally:
            who_may_connect.write_text(before)
            administrator.execute("SELECT pg_reload_conf()")
            for role in ASKED:
                administrator.execute(f"DROP OWNED BY {role}")
                administrator.execute(f"DROP ROLE {role}")


@contextmanager
def machine(role: str, password: str) -> Iterator[None]:
    """A machine whose DATABASE_URL has that login; it begins with no connection."""
    wrapper: Any = connection
    own, known = wrapper.settings_dict, dict(DatabaseWrapper._walls)
    before = {name: own[name] for name in ("USER", "PASSWORD")}

    def begins_anew() -> None:
        wrapper.close()
        wrapper.close_pool()
        DatabaseWrapper._walls.clear()

    begins_anew()
    own |= {"USER": role, "PASSWORD": password}
    try:
        yield
    finally:
        begins_anew()
        own |= before
        DatabaseWrapper._walls.update(known)


def serves(visitor: Visitor) -> bool:
    """Whether a machine is ready, shows a page and keeps what is transmitted."""
    check = visitor.fill(reverse("create-user-file-start"), **make.A_PERSON)
    assert visitor.read(visitor.transmit(check))
    return visitor.get("/readyz").status_code == 200 == visitor.get(reverse("home")).status_code


def test_the_login_roles_take_turns_and_nobody_notices(login_roles, settings):
    visitor = Visitor().sign_in(make.an_esm())
    as_administrator("ALTER ROLE cse_login PASSWORD 'one'")
    assert not may_log_in("cse_login_b", "two")
    settings.SANDBOX = False  # for the deployment check
    turns = [("cse_login", "one"), ("cse_login_b", "two"), ("cse_login", "three")]
    for former, new in pairwise(turns):
        with machine(*former):
            assert serves(visitor)
        as_administrator(f"ALTER ROLE {new[0]} LOGIN PASSWORD '{new[1]}'")
        with machine(*new):  # the first machine has the new address, the second not yet
            assert serves(visitor)
        with machine(*former):
            assert serves(visitor)
        as_administrator(f"ALTER ROLE {former[0]} NOLOGIN")
        assert not may_log_in(*former)
        with machine(*new):
            assert serves(visitor)
            said = run_checks(include_deployment_checks=True, databases=["default"])
            assert [one for one in said if str(one.id).startswith("cse_portal")] == []


def test_the_owner_has_the_new_password_at_once(login_roles):
    for password in ("one", "two"):
        as_administrator(f"ALTER ROLE cse_owner PASSWORD '{password}'")
        assert may_log_in("cse_owner", password)
    assert not may_log_in("cse_owner", "one")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("ALTER ROLE cse_login_b CREATEDB", "cse_login_b: CREATEDB"),
        ("ALTER ROLE cse_login BYPASSRLS", "cse_login: BYPASSRLS"),
        ("GRANT pg_monitor TO cse_login_b", "cse_login_b: a member of pg_monitor"),
        ("REVOKE cse_across FROM cse_login_b", "cse_login_b: not a member of cse_across"),
        (
            "GRANT SELECT ON users_user TO cse_login_b",
            "cse_login_b: has a right of its own in users_user",
        ),
    ],
)
def test_a_login_role_that_is_not_as_it_was_made_is_named(statement, said):
    with transaction.atomic(), connection.cursor() as cursor:
        for each in role_statements():
            with_savepoint(each)
        assert walls.logins_that_differ() == []
        cursor.execute(statement)
        assert walls.logins_that_differ() == [said]
        transaction.set_rollback(True)


def with_savepoint(statement: str) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except Exception as error:
        if not isinstance(error.__cause__, psycopg.errors.DuplicateObject):
            raise


def test_a_setting_of_the_role_that_is_not_in_use_is_named():
    with transaction.atomic(), connection.cursor() as cursor:
        for each in role_statements():
            with_savepoint(each)
        cursor.execute("ALTER ROLE cse_login_b SET search_path = evil")
        assert walls.settings_of_roles() == ["cse_login_b: search_path=evil"]
        transaction.set_rollback(True)
