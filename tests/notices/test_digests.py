"""The digest computed here is PostgreSQL's, whatever a row holds, and says when it can't be."""

from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cse_portal.companies.tenancy import across_companies
from notices import trail
from notices.stored import StoredRows, as_stored
from tests import factories as make
from tests.notices.trail_told import end_of_transaction, sql, told, verify
from tests.sweeps.tables import undone

pytestmark = pytest.mark.django_db

#: what PostgreSQL stores: any character but NUL
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=120)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def entries():
    with across_companies(because="this test"), as_stored():
        return list(StoredRows().entries())


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    facts=VALUES, words=TEXTS, at=st.datetimes(timezones=st.just(UTC)), has_receipt=st.booleans()
)
def test_both_digests_are_the_same_whatever_a_row_holds(db, facts, words, at, has_receipt):
    with undone():
        esm = make.an_esm()
        receipt = make.a_receipt(transmitted_by=esm, groups=[facts]) if has_receipt else None
        party = words.strip()
        event = make.an_event(
            company=esm.company, by_party=party, at=at, facts={words: facts}, receipt=receipt
        )
        end_of_transaction()
        found = entries()
        assert [one.recomputed for one in found] == [one.digest for one in found]
        assert found[-1].names_row == f"event {event.pk}"


#: what a column that a later version adds may hold, by its type
LATER = {
    "boolean": ["true", "false", "NULL"],
    "smallint": ["-32768"],
    "bigint": ["9223372036854775807"],
    "numeric": ["1.50", "-0.000", "1e30", "'NaN'", "'Infinity'"],
    "numeric(12, 3)": ["1", "-1234.5"],
    "double precision": ["1e20", "1e-9", "'-0'", "0.1", "'-Infinity'", "'NaN'"],
    "real": ["1e20", "0.1"],
    "text": ["''", "E'\\t\\x01\\x7f\\\\ \"é\u2028\U0001f600'"],
    "character(5)": ["'ab'"],
    "date": ["'2026-02-28'", "'infinity'", "'0044-03-15 BC'", "'12026-01-01'"],
    "timestamp": ["'2026-02-28 12:00:00.100'", "'-infinity'", "'0044-03-15 01:02:03 BC'"],
    "timestamptz": ["'2026-02-28 12:00:00.123456-05'", "'infinity'", "'0044-03-15 01:02 BC'"],
    "time": ["'12:34:56.7'"],
    "interval": ["'1 year 2 days 03:04:05.6'"],
    "uuid": ["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"],
    "inet": ["'192.0.2.0/24'"],
    "bytea": ["'\\x00ff'"],
    "jsonb": ['\'{"b": 1.0, "a": [null, "\\u0001"]}\'', "'null'", "'1e3'"],
    "int4range": ["'[1,5)'"],
    "text[]": ["'{}'", "ARRAY['a,b', '\"', 'NULL', NULL, '', '\\']", "'{{a,b},{c,d}}'"],
    "boolean[]": ["'{t,f,NULL}'"],
    "numeric[]": ["'{1.50,NaN}'"],
    "timestamptz[]": ["ARRAY['2026-02-28 12:00:00-05'::timestamptz, 'infinity']"],
    "jsonb[]": ["ARRAY['{\"a\": \"}\"}'::jsonb, 'null']"],
    "date[]": ["'[0:1]={2026-02-28,infinity}'"],
    "uuid[]": ["ARRAY['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid]"],
}


@pytest.mark.parametrize("type_", LATER)
def test_both_digests_are_the_same_for_a_later_column_of_any_type(type_):
    for n, value in enumerate(LATER[type_]):
        sql(f"ALTER TABLE notices_event ADD COLUMN later_{n} {type_} DEFAULT {value}")
    make.an_event()
    end_of_transaction()
    assert verify() == "1 entries, 1 companies: whole.\n"


@pytest.mark.parametrize("type_", ["json", "a_type_of_ones_own"])
@pytest.mark.parametrize("table", ["notices_event", "notices_trailhead"])
def test_a_column_whose_values_cannot_be_read_as_stored_is_named(table, type_):
    sql("CREATE DOMAIN a_type_of_ones_own AS text")
    sql(f"ALTER TABLE {table} ADD COLUMN later {type_}")
    make.an_event()
    end_of_transaction()
    assert told()[0] == f"column later of {table}, {trail.UNREADABLE}"


def test_a_column_that_is_computed_when_it_is_written_is_stored_as_any_other():
    sql("ALTER TABLE notices_event ADD COLUMN later bigint GENERATED ALWAYS AS (-id) STORED")
    make.an_event()
    end_of_transaction()
    assert verify() == "1 entries, 1 companies: whole.\n"
