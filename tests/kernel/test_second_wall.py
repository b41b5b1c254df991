"""PostgreSQL keeps companies apart by itself, whatever SQL the portal's code sends."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.checks import run_checks
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse

from cse_portal import clock
from cse_portal.companies import walls
from cse_portal.companies.postgresql.base import DatabaseWrapper
from cse_portal.companies.scopes import across_companies, company_scope, serving_a_request
from cse_portal.companies.tenancy import EVERY_RIGHT, CompanyOwned
from notices.actions import record
from notices.models import Event, TrailEntry
from tests import factories as make
from tests.conftest import Visitor
from users import lockout
from users.happenings import FILE_CREATED
from users.models import EmailChange, SignInCode, Tries

pytestmark = pytest.mark.django_db


def a_code(**fields: Any) -> SignInCode:
    return SignInCode.issue(make.a_user(), until=clock.now() + timedelta(minutes=40))[0]


def an_email_change() -> EmailChange:
    change = EmailChange(user=make.a_user(), new_email="z@y.example", expires_at=clock.now())
    change.set_digits("1234567")
    change.save()
    return change


#: for each walled table, a row and the company that it belongs to
ROWS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "cse_portal.Draft": (make.a_draft, lambda row: row.company),
    "cse_portal.Receipt": (make.a_receipt, lambda row: row.company),
    "notices.Event": (make.an_event, lambda row: row.company),
    "notices.TrailEntry": (make.a_trail_entry, lambda row: row.company),
    "notices.TrailHead": (make.a_trail_head, lambda row: row.company),
    "notices.Message": (make.a_message, lambda row: row.company),
    "notices.AccountLetter": (make.an_account_letter, lambda row: row.user.company),
    "users.User": (make.a_user, lambda row: row.company),
    "users.SignInCode": (a_code, lambda row: row.user.company),
    "users.EmailChange": (an_email_change, lambda row: row.user.company),
    "registrations.Registration": (make.a_registration, lambda row: row.company),
    "proxies.Proxy": (make.a_proxy, lambda row: row.mandator),
    "proxies.AccessRight": (make.an_access_right, lambda row: row.mandator),
    "proxies.TickedService": (make.a_ticked_service, lambda row: row.access_right.mandator),
    "proxies.Assignment": (make.an_assignment, lambda row: row.company),
}
WALLED = {model._meta.label: model for model in walls.policies()}
#: every company is read, for a register of them is public; its own row alone is locked
READ_BY_ALL = WALLED.pop("cse_portal.Company")
each_walled_table = pytest.mark.parametrize("label", sorted(WALLED))


def seen(label: str) -> set[Any]:
    """The keys of all rows of a table that SQL, without any condition, shows now."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {WALLED[label]._meta.pk.column} FROM {WALLED[label]._meta.db_table}"
        )
        return {key for (key,) in cursor.fetchall()}


def test_every_table_of_the_companies_is_walled_and_tried_here():
    owned = {model._meta.label for model in apps.get_models() if issubclass(model, CompanyOwned)}
    assert owned < WALLED.keys()
    assert WALLED.keys() == ROWS.keys()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, policyname FROM pg_policies JOIN pg_class ON relname = tablename"
            " WHERE relrowsecurity"
        )
        found = set(cursor.fetchall())
    tables = [model._meta.db_table for model in (*WALLED.values(), READ_BY_ALL)]
    walled = {(t, p) for t in tables for p in ("own_company", "every_company")}
    before = {
        (table, policy)
        for table in walls.OF_THE_VERSION_BEFORE
        for policy in ("version_before", "every_company")
    }
    assert found == {*walled, ("cse_portal_company", "read_by_all"), *before}


@each_walled_table
def test_plain_sql_shows_the_named_companys_rows_alone(label):
    make_row, company_of = ROWS[label]
    mine, theirs = make_row(), make_row()
    with company_scope(company_of(mine)):
        assert mine.pk in seen(label)
        assert theirs.pk not in seen(label)
    with across_companies(because="a test looks at both"):
        assert {mine.pk, theirs.pk} <= seen(label)


@each_walled_table
def test_a_request_that_named_no_company_sees_none(label):
    row = ROWS[label][0]()
    with serving_a_request():
        # a code is looked for before anybody's company is known
        assert seen(label) == ({row.pk} if label == "users.SignInCode" else set())


@each_walled_table
def test_plain_sql_neither_changes_nor_removes_anothers_row(label):
    make_row, company_of = ROWS[label]
    mine, theirs = make_row(), make_row()
    table, key = WALLED[label]._meta.db_table, WALLED[label]._meta.pk.column
    for statement in (
        f"UPDATE {table} SET {key} = {key} WHERE {key} = %s",
        f"DELETE FROM {table} WHERE {key} = %s",
    ):
        with company_scope(company_of(mine)), connection.cursor() as cursor:
            if walls.rights_by_table()[table].of_cse_web == "SELECT":
                with pytest.raises(ProgrammingError, match="denied"), transaction.atomic():
                    cursor.execute(statement, [theirs.pk])
            else:
                cursor.execute(statement, [theirs.pk])
                assert cursor.rowcount == 0


def test_a_company_locks_its_own_row_and_no_others():
    mine, theirs = make.a_company(), make.a_company()
    with company_scope(mine), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM cse_portal_company FOR NO KEY UPDATE")
        assert cursor.fetchall() == [(mine.pk,)]
        cursor.execute("SELECT id FROM cse_portal_company")
        assert {mine.pk, theirs.pk} <= {key for (key,) in cursor.fetchall()}
    refused = pytest.raises(ProgrammingError, match="permission denied")
    with company_scope(mine), refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE cse_portal_company SET name = 'Autre'")


#: rights as PostgreSQL has them, of a whole table or of a column
GRANTED = """
    SELECT relname, grantee::regrole::text, privilege_type FROM pg_class
        CROSS JOIN aclexplode(relacl)
        WHERE relnamespace = 'public'::regnamespace AND grantee = ANY(%(roles)s::regrole[])
    UNION SELECT relname, grantee::regrole::text, privilege_type || ' (' || attname || ')'
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid CROSS JOIN aclexplode(attacl)
        WHERE relnamespace = 'public'::regnamespace AND grantee = ANY(%(roles)s::regrole[])
"""


def test_each_table_is_open_by_a_policy_or_for_a_stated_reason_and_no_other_is():
    """All relations of the schema, sequences and views included, from the catalog."""
    with connection.cursor() as cursor:
        cursor.execute(GRANTED, {"roles": list(walls.ROLES)})
        found = set(cursor.fetchall())
        cursor.execute(
            "SELECT relname, relrowsecurity FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')"
        )
        has_policy = dict(cursor.fetchall())
    rights = walls.rights_by_table()
    for table in walls.OF_THE_VERSION_BEFORE:
        found -= {(table, "cse_web", right) for right in EVERY_RIGHT.split(", ")}
    assert found == {
        (table, role, right)
        for table, of_roles in rights.items()
        for role, granted in zip(walls.ROLES, of_roles[:2], strict=True)
        for right in granted.split(", ")
        if right
    }
    assert rights.keys() <= has_policy.keys()
    for table, of_roles in rights.items():
        of_companies = of_roles.of_cse_web and not has_policy[table]
        assert not of_companies or table in SEEN_BY_EVERY_COMPANY, table
        assert of_roles.because, table


def test_no_company_reads_sessions_or_tries(visitor):
    user = make.a_user()
    visitor.sign_in(user)
    lockout.count_try(Tries.Kind.PASSWORD, "TREM1001")
    with company_scope(user.company), connection.cursor() as cursor:
        for table in walls.OF_THE_VERSION_BEFORE:
            cursor.execute(f"SELECT * FROM {table}")
            assert cursor.fetchall() == []
            cursor.execute(f"DELETE FROM {table}")
            assert cursor.rowcount == 0
    assert Session.objects.exists()
    assert Tries.objects.exists()


#: read by a request without a policy: of no company
SEEN_BY_EVERY_COMPANY = {
    "home_restore",
    *("registrations_ministry", "registrations_question", "registrations_service"),
    *("django_migrations", "sandbox_simulatedemail"),
}


def test_a_table_that_nobody_listed_is_closed():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE unlisted (id int)")
    walls.set_up()
    for scope in (serving_a_request(), across_companies(because="a test looks at both")):
        refused = pytest.raises(ProgrammingError, match="permission denied")
        with scope, refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM unlisted")


def test_a_row_is_not_written_into_another_company():
    mine, theirs = make.a_company(), make.a_company()
    kind = "file.created"
    with company_scope(mine):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Event.objects.create(company=theirs, kind=kind)
        # and the company is still the one that was named, once that is undone
        event = Event.objects.create(company=mine, kind=kind)
        assert seen("notices.Event") == {event.pk}


@pytest.mark.django_db(transaction=True)
def test_what_one_company_writes_in_anothers_history_takes_its_place_in_its_trail():
    mine, theirs = make.a_company(), make.a_company()
    with company_scope(mine), transaction.atomic():
        for company in (mine, theirs):
            record(FILE_CREATED, company=company, by_party="CSE")
    with across_companies(because="a test looks at both"):
        placed = dict(TrailEntry.objects.values_list("company_id", "position"))
    assert placed == {mine.pk: 1, theirs.pk: 1}


def test_the_web_role_enters_nothing_in_the_trail():
    event = make.an_event()
    refused = pytest.raises(ProgrammingError, match="denied")
    with company_scope(event.company), refused, transaction.atomic():
        TrailEntry.objects.create(company=event.company, event=event, columns=[])


@pytest.mark.django_db(transaction=True)
def test_what_was_said_in_an_undone_block_is_said_again():
    mine, theirs = make.an_event(), make.an_event()
    try:
        with transaction.atomic():
            with company_scope(theirs.company):  # before the transaction begins, and so it stays
                assert seen("notices.Event") == {theirs.pk}
            with company_scope(mine.company):
                assert seen("notices.Event") == {mine.pk}
                raise ZeroDivisionError
    except ZeroDivisionError:  # PostgreSQL is back where it was when the transaction began
        with company_scope(mine.company):
            assert seen("notices.Event") == {mine.pk}


def test_what_was_said_since_a_savepoint_is_said_again():
    mine, theirs = make.an_event(), make.an_event()
    with company_scope(theirs.company):
        assert seen("notices.Event") == {theirs.pk}
        before = str(connection.savepoint())
    with company_scope(mine.company):
        assert seen("notices.Event") == {mine.pk}
        connection.savepoint_rollback(before)  # PostgreSQL is back to their company
        assert seen("notices.Event") == {mine.pk}


def test_a_page_is_served_as_the_web_role_for_one_company(monkeypatch):
    told = []

    def look(user, **said):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, current_setting('cse.company')")
            told.append(cursor.fetchone())
        return []

    monkeypatch.setattr("home.views.openable", look)
    user = make.a_user()
    Visitor().sign_in(user).read(reverse("home"))
    assert told == [("cse_web", str(user.company_id))]


def test_a_strangers_page_is_served_as_the_web_role_for_no_company(client, monkeypatch):
    told = []

    def look():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, current_setting('cse.company')")
            told.append(cursor.fetchone())
        return []

    monkeypatch.setattr("home.public.in_order", look)
    assert client.get(reverse("help")).status_code == 200
    assert told == [("cse_web", "")]


def test_the_portals_roles_own_nothing_and_cannot_sign_in():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE tableowner = ANY(%s)", [list(walls.ROLES)]
        )
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND"
            " (rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)",
            [list(walls.ROLES)],
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM django_admin_log",
        "SELECT * FROM auth_group",
        "SELECT * FROM users_user_groups",
        "UPDATE registrations_ministry SET name_fr = ''",
        "DELETE FROM registrations_service",
        "SELECT last_value FROM django_admin_log_id_seq",
        "ALTER ROLE cse_web CREATEROLE",
        "ALTER ROLE cse_web BYPASSRLS",
        "ALTER ROLE cse_web LOGIN",
        "DELETE FROM django_migrations",
        "CREATE TABLE mine (id int)",
        "ALTER TABLE users_user DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE cse_portal_receipt DISABLE TRIGGER ALL",
        "TRUNCATE notices_event",
    ],
)
def test_the_web_role_changes_no_wall(statement):
    refused = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
    with serving_a_request(), refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def who_is_connected() -> tuple[str, str]:
    wrapper: Any = connection
    return wrapper._database


def test_a_process_that_owns_nothing_sees_nothing_until_a_company_is_named(monkeypatch):
    mine = make.an_event()
    monkeypatch.setitem(DatabaseWrapper._walls, who_is_connected(), False)
    assert seen("notices.Event") == set()
    with company_scope(mine.company):
        assert seen("notices.Event") == {mine.pk}


def test_the_deployment_check_tells_who_is_connected(monkeypatch, settings):
    settings.SANDBOX = False

    def found():
        said = run_checks(include_deployment_checks=True, databases=["default"])
        return {message.id for message in said if str(message.id).startswith("cse_portal")}

    assert found() == {"cse_portal.W001"}
    # any role may do this to itself; it is undone with the test
    with serving_a_request(), connection.cursor() as cursor:
        cursor.execute("ALTER ROLE cse_web SET work_mem = '64kB'")
    assert found() == {"cse_portal.W001", "cse_portal.E006"}
    with connection.cursor() as cursor:
        cursor.execute("ALTER ROLE cse_web RESET ALL")
    monkeypatch.setitem(DatabaseWrapper._walls, who_is_connected(), False)
    assert found() == set()
    monkeypatch.setattr(DatabaseWrapper, "has_second_wall", lambda self: False)
    assert found() == {"cse_portal.E002"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["rollback", "savepoint_rollback"])
def test_the_deployment_check_tells_of_a_django_that_undoes_by_a_way_of_its_own(monkeypatch, way):
    """As a version might in which nobody calls what the wall overrides."""
    assert walls.takes_its_role_again()
    monkeypatch.delattr(DatabaseWrapper, way)
    assert not walls.takes_its_role_again()
    said = run_checks(include_deployment_checks=True, databases=["default"])
    assert "cse_portal.E009" in {message.id for message in said}
