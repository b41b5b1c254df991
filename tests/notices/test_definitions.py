"""What keeps the trail in the database is what the migrations make, or it is named."""

import pytest
from django.db import connection, transaction

from notices import definitions, trail
from notices.definitions import (
    ADDED,
    CHANGED,
    DISABLED,
    HIDDEN,
    MISSING,
    NO_TRIGGERS,
    NOT_A_TABLE,
    SHADOWS,
)
from tests import factories as make
from tests.notices.trail_told import behind_the_portal, end_of_transaction, sql, told, verify

pytestmark = pytest.mark.django_db

DIGEST = (
    "trail_digest(previous text, company bigint, place bigint, receipt uuid, event bigint,"
    " columns text[])"
)
#: it answers the digest that stands there, whatever the row says
LIAR = f"""
    CREATE OR REPLACE FUNCTION {DIGEST} RETURNS text LANGUAGE sql STABLE SET timezone = 'UTC' AS $$
        SELECT entry.digest FROM notices_trailentry entry
        WHERE entry.company_id = company AND entry.position = place
    $$
"""
NOTHING = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
APPEND_ONLY = "BEFORE UPDATE OR DELETE ON notices_event FOR EACH ROW"
NEVER_CHANGED = "event_is_append_only on notices_event"


def value_of(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


@pytest.fixture
def event():
    made = make.an_event()
    end_of_transaction()
    return made


def test_a_function_that_answers_the_stored_digest_answers_for_no_row(event, tmp_path):
    kept = tmp_path / "kept"
    verify(save=kept)
    behind_the_portal("UPDATE notices_event SET facts = '{}'")
    sql(LIAR)
    assert told(against=kept) == [
        f"function {DIGEST}, {CHANGED}",
        f"company {event.company_id}, position 1, event {event.pk}, {trail.CHANGED}",
    ]


@pytest.mark.parametrize(
    ("statement", "what", "how"),
    [
        (LIAR, f"function {DIGEST}", CHANGED),
        (
            "ALTER FUNCTION trail_entry_takes_its_place() SECURITY INVOKER",
            "function trail_entry_takes_its_place()",
            CHANGED,
        ),
        (
            "ALTER FUNCTION receipt_enters_the_trail() SET search_path = evil, public",
            "function receipt_enters_the_trail()",
            CHANGED,
        ),
        (
            f"CREATE OR REPLACE FUNCTION event_is_append_only() {NOTHING}",
            "function event_is_append_only()",
            CHANGED,
        ),
        (
            "ALTER TABLE notices_event DISABLE TRIGGER event_is_append_only",
            f"trigger {NEVER_CHANGED}",
            DISABLED,
        ),
        (
            "ALTER TABLE notices_event ENABLE REPLICA TRIGGER event_is_append_only",
            f"trigger {NEVER_CHANGED}",
            DISABLED,
        ),
        (
            "DROP TRIGGER receipt_enters_the_trail ON cse_portal_receipt",
            "trigger receipt_enters_the_trail on cse_portal_receipt",
            MISSING,
        ),
        (
            (
                f"CREATE OR REPLACE TRIGGER event_is_append_only {APPEND_ONLY} WHEN (false)"
                " EXECUTE FUNCTION event_is_append_only()"
            ),
            f"trigger {NEVER_CHANGED}",
            CHANGED,
        ),
        (
            (
                f'CREATE FUNCTION "EVENT_IS_APPEND_ONLY"() {NOTHING};'
                f" CREATE OR REPLACE TRIGGER event_is_append_only {APPEND_ONLY}"
                ' EXECUTE FUNCTION "EVENT_IS_APPEND_ONLY"()'
            ),
            f"trigger {NEVER_CHANGED}",
            CHANGED,
        ),
        (
            (
                f"CREATE FUNCTION another() {NOTHING}; CREATE TRIGGER another BEFORE INSERT"
                " ON notices_event FOR EACH ROW EXECUTE FUNCTION another()"
            ),
            "trigger another on notices_event",
            ADDED,
        ),
        (
            (
                "CREATE FUNCTION evil.trail_columns(of_table regclass) RETURNS text[] LANGUAGE sql"
                " AS $$ SELECT '{id}'::text[] $$"
            ),
            "function evil.trail_columns(of_table regclass)",
            SHADOWS,
        ),
        (
            (
                "CREATE FUNCTION to_jsonb(notices_event) RETURNS jsonb LANGUAGE sql"
                " AS $$ SELECT '{}'::jsonb $$"
            ),
            "function public.to_jsonb(notices_event)",
            SHADOWS,
        ),
        ("CREATE TABLE evil.notices_event ()", "table evil.notices_event", SHADOWS),
        (
            "CREATE RULE another AS ON INSERT TO notices_event DO INSTEAD NOTHING",
            "table notices_event",
            NOT_A_TABLE,
        ),
        ("CREATE TABLE more () INHERITS (notices_event)", "table notices_event", NOT_A_TABLE),
        (
            "ALTER POLICY every_company ON notices_event USING (company_id <> 0)",
            "table notices_event",
            HIDDEN,
        ),
        (
            "CREATE POLICY another ON notices_event AS RESTRICTIVE USING (company_id <> 0)",
            "table notices_event",
            HIDDEN,
        ),
        (
            "ALTER ROLE cse_web SET session_replication_role = replica",
            "settings of cse_web",
            NO_TRIGGERS,
        ),
        ("SET session_replication_role = replica", "session", NO_TRIGGERS),
    ],
)
def test_what_is_not_as_the_migrations_make_it_is_named(event, statement, what, how):
    sql("CREATE SCHEMA evil", statement)
    try:
        assert told() == [f"{what}, {how}"]
    finally:
        sql("SET session_replication_role = origin")


def test_a_trigger_of_a_foreign_key_that_is_switched_off_is_named(event):
    sql("ALTER TABLE notices_event DISABLE TRIGGER ALL")
    lines = told()
    assert f"trigger {NEVER_CHANGED}, {DISABLED}" in lines
    assert any(line.startswith("trigger RI_ConstraintTrigger") for line in lines)


def test_a_function_that_is_dropped_is_named_with_its_triggers(event):
    sql("DROP FUNCTION trail_is_append_only() CASCADE")
    lines = told()
    assert f"function trail_is_append_only(), {MISSING}" in lines
    assert len(lines) == 5
    assert all(line.endswith(MISSING) for line in lines)


def test_a_view_in_the_place_of_a_table_is_named(event):
    sql(
        "ALTER TABLE notices_trailhead RENAME TO another",
        "CREATE VIEW notices_trailhead AS SELECT * FROM another",
        "GRANT SELECT ON notices_trailhead TO cse_across",
    )
    assert f"table notices_trailhead, {NOT_A_TABLE}" in told()


def test_rows_in_another_schema_answer_for_none_whatever_the_path(event):
    sql(
        "CREATE SCHEMA evil",
        "CREATE TABLE evil.notices_event AS TABLE notices_event",
        "CREATE FUNCTION evil.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'",
        "GRANT USAGE ON SCHEMA evil TO cse_across",
        "GRANT SELECT ON evil.notices_event TO cse_across",
    )
    behind_the_portal("UPDATE public.notices_event SET facts = '{}'")
    with transaction.atomic():
        sql("SET LOCAL search_path = evil, pg_catalog, public")
        assert told() == [
            f"function evil.sha256(bytea), {SHADOWS}",
            f"table evil.notices_event, {SHADOWS}",
            f"company {event.company_id}, position 1, event {event.pk}, {trail.CHANGED}",
        ]
        sql("SET LOCAL search_path = public")


def test_a_session_is_left_as_it_was(event):
    settings = ("search_path", "timezone", "datestyle")
    sql("SET LOCAL timezone = 'Asia/Tokyo'", "SET LOCAL datestyle = 'German, DMY'")
    before = [value_of(f"SHOW {name}") for name in settings]
    assert verify()
    assert [value_of(f"SHOW {name}") for name in settings] == before


def test_an_entry_that_covers_less_is_named_once_all_is_put_back(event):
    """As long as a function said so, what was written was not covered: it may be changed since."""
    right = value_of("SELECT pg_get_functiondef('trail_columns'::regproc)")
    sql(
        "CREATE OR REPLACE FUNCTION trail_columns(of_table regclass) RETURNS text[] LANGUAGE sql"
        " AS $$ SELECT '{id}'::text[] $$"
    )
    first, next_one = make.an_event(), make.an_event(company=event.company)
    end_of_transaction()
    sql(right)
    behind_the_portal(f"UPDATE notices_event SET facts = '{{}}' WHERE id <> {event.pk}")
    assert told() == [
        f"company {event.company_id}, position 2, event {next_one.pk}, {trail.NARROWER}",
        f"company {first.company_id}, position 1, event {first.pk}, {trail.NARROWER}",
    ]


# --- the migrations, read as text -----------------------------------------------------------------


def test_every_function_and_trigger_of_the_database_is_read_from_the_migrations(db):
    made = definitions.made_by_migrations()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS"
            " (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')"
        )
        assert {name for (name,) in cursor.fetchall()} == made.names
        cursor.execute(
            "SELECT concat_ws(' on ', tgname, relname) FROM pg_trigger"
            " JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal"
        )
        assert {name for (name,) in cursor.fetchall()} == made.triggers.keys()


def test_what_a_later_migration_replaces_or_drops_is_no_longer_expected():
    made = definitions.Made()
    made.read(f"""
        CREATE FUNCTION one() {NOTHING};
        CREATE FUNCTION two() {NOTHING};
        CREATE TRIGGER a BEFORE UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION one();
        CREATE TRIGGER b AFTER INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION two();
        CREATE TRIGGER c AFTER INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION two();
    """)
    assert (
        made.triggers["a on t"] == "before delete or update on t for each row execute function one"
    )
    before = made.functions["two()"]
    made.read("DROP FUNCTION one() CASCADE; DROP TRIGGER IF EXISTS b ON t;")
    made.read("CREATE OR REPLACE FUNCTION two() RETURNS trigger LANGUAGE plpgsql AS $a$ $$ $a$;")
    assert made.functions.keys() == {"two()"}
    assert made.triggers.keys() == {"c on t"}
    assert made.functions["two()"] != before
