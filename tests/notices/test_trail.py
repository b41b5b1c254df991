"""The trail: whatever is done to a receipt or to an event with the database's password is named."""

import importlib

import pytest
from django.core.management import CommandError
from django.db import DatabaseError, connection, transaction

from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Receipt
from notices import trail
from notices.actions import record
from notices.models import Event, TrailEntry, TrailHead
from tests import factories as make
from tests.notices.trail_told import behind_the_portal, end_of_transaction, sql, told, verify
from tests.together import at_once
from users.happenings import FILE_CREATED

pytestmark = pytest.mark.django_db

BEFORE_THE_TRAIL = importlib.import_module(
    "notices.migrations.0005_the_database_keeps_the_trail"
).BEFORE_THE_TRAIL
CHAIN_AGAIN = importlib.import_module("notices.migrations.0009_names_of_the_past").CHAIN_AGAIN
FILL_IN = importlib.import_module("cse_portal.migrations.0005_receipts_keep_names").FILL_IN


def faults(**options):
    """What the command names, without the company."""
    return [line.partition(", ")[2] for line in told(**options)]


@pytest.fixture
def esm():
    return make.an_esm()


@pytest.fixture
def rows(esm):
    """A receipt, three events, a receipt: one company's whole trail, in its order."""
    first = make.a_receipt(transmitted_by=esm)
    events = [make.an_event(company=esm.company, by=esm) for _one in range(3)]
    last = make.a_receipt(transmitted_by=esm)
    end_of_transaction()
    return [first, *events, last]


def entries(company):
    return list(TrailEntry._base_manager.filter(company=company).order_by("position"))


def names_row(entry):
    return f"receipt {entry.receipt_id}" if entry.receipt_id else f"event {entry.event_id}"


def named(row):
    return f"receipt {row.pk}" if isinstance(row, Receipt) else f"event {row.pk}"


def test_each_row_takes_the_next_place_and_holds_the_digest_of_the_one_before(rows, esm):
    chain = entries(esm.company)
    assert [names_row(one) for one in chain] == [named(row) for row in rows]
    assert [one.position for one in chain] == [1, 2, 3, 4, 5]
    assert [one.previous for one in chain] == ["", *(one.digest for one in chain[:-1])]
    assert {len(one.digest) for one in chain} == {64}
    head = TrailHead._base_manager.get(company=esm.company)
    assert (head.position, head.digest) == (5, chain[-1].digest)
    assert verify() == "5 entries, 1 companies: whole.\n"


def test_two_companies_have_two_trails_however_they_are_written(rows):
    other, third = make.a_company(), make.a_company()
    facts = {"name": "Julie", "code": "GAGN1234"}
    Event._base_manager.bulk_create(
        Event(company=company, kind="file.created", facts=facts)
        for company in (third, other, third)
    )
    end_of_transaction()
    assert [one.position for one in entries(third)] == [1, 2]
    assert [one.position for one in entries(other)] == [1]
    assert verify() == "8 entries, 3 companies: whole.\n"


def test_what_is_rolled_back_leaves_no_gap(rows, esm):
    with transaction.atomic():
        make.an_event(company=esm.company)
        transaction.set_rollback(True)
    make.an_event(company=esm.company)
    end_of_transaction()
    assert [one.position for one in entries(esm.company)] == [1, 2, 3, 4, 5, 6]
    assert verify()


# --- with the database's password -----------------------------------------------------------------


CHANGES = [
    (0, "groups = '[]'"),
    (0, "outcome = outcome || ' '"),
    (0, "number = 'CSE-2026-AAAAAAAA'"),
    (4, "transmitted_at = transmitted_at - interval '1 ms'"),
    (0, "company_name = 'Autre inc.'"),
    (4, "person_name = 'Autre Personne'"),
    (1, "facts = jsonb_set(facts, '{name}', '\"X\"')"),
    (2, "receipt_id = (SELECT id FROM cse_portal_receipt LIMIT 1)"),
    (3, "company_id = 0"),
]


@pytest.mark.parametrize(("which", "change"), CHANGES)
def test_a_change_is_named(rows, which, change):
    row = rows[which]
    behind_the_portal(f"UPDATE {row._meta.db_table} SET {change} WHERE id = '{row.pk}'")
    assert faults() == [f"position {which + 1}, {named(row)}, changed"]


@pytest.mark.parametrize("which", range(5))
def test_a_removal_is_named_in_the_middle_and_at_the_end(rows, which):
    row = rows[which]
    behind_the_portal(f"DELETE FROM {row._meta.db_table} WHERE id = '{row.pk}'")
    assert faults() == [f"position {which + 1}, {named(row)}, removed"]


@pytest.mark.parametrize("which", range(5))
def test_a_removal_with_its_entry_is_named(rows, which):
    row = rows[which]
    link = "receipt_id" if isinstance(row, Receipt) else "event_id"
    behind_the_portal(
        f"DELETE FROM notices_trailentry WHERE {link} = '{row.pk}'",
        f"DELETE FROM {row._meta.db_table} WHERE id = '{row.pk}'",
    )
    what = trail.END_REMOVED if which == 4 else trail.MISSING
    assert faults() == [f"position {which + 1}, {what}"]


def test_a_whole_trail_that_is_removed_is_named(rows, esm):
    behind_the_portal(
        "DELETE FROM notices_trailentry", "DELETE FROM notices_event",
        "DELETE FROM cse_portal_receipt",
    )  # fmt: skip
    assert faults() == [f"position 5, {trail.END_REMOVED}"]


def test_an_end_that_is_moved_is_named(rows):
    behind_the_portal("UPDATE notices_trailhead SET digest = repeat('0', 64)")
    assert faults() == [f"position 5, {named(rows[4])}, {trail.END_MOVED}"]


def test_an_end_that_is_removed_is_named(rows):
    behind_the_portal("DELETE FROM notices_trailhead")
    assert faults() == [f"position 5, {named(rows[4])}, {trail.END_MOVED}"]


def test_two_events_whose_words_are_swapped_are_named(rows):
    one, two = rows[1:3]
    behind_the_portal(
        f"UPDATE notices_event SET id = -1 WHERE id = {one.pk}",
        f"UPDATE notices_event SET id = {one.pk} WHERE id = {two.pk}",
        f"UPDATE notices_event SET id = {two.pk} WHERE id = -1",
    )
    assert faults() == [f"position {n}, {named(rows[n - 1])}, changed" for n in (2, 3)]


def test_two_entries_that_are_swapped_are_out_of_order(rows):
    behind_the_portal(
        "UPDATE notices_trailentry SET position = -1 WHERE position = 2",
        "UPDATE notices_trailentry SET position = 2 WHERE position = 3",
        "UPDATE notices_trailentry SET position = 3 WHERE position = -1",
    )
    named_so = faults()
    assert f"position 2, {named(rows[2])}, {trail.OUT_OF_ORDER}" in named_so
    assert f"position 3, {named(rows[1])}, {trail.OUT_OF_ORDER}" in named_so


def test_a_row_that_is_added_is_named(rows, esm):
    behind_the_portal(
        "INSERT INTO notices_event (occurrence, kind, at, by_party, about, facts, company_id)"
        f" VALUES (gen_random_uuid(), 'file.created', now(), '', '', '{{}}', {esm.company_id})"
    )
    added = Event._base_manager.latest("pk")
    assert faults() == [f"no position, event {added.pk}, {trail.ADDED}"]


def test_an_entry_that_is_added_without_a_place_is_named(rows, esm):
    behind_the_portal(
        "INSERT INTO notices_event (id, occurrence, kind, at, by_party, about, facts, company_id)"
        f" VALUES (0, gen_random_uuid(), 'file.created', now(), '', '', '{{}}', {esm.company_id})",
        "INSERT INTO notices_trailentry (company_id, event_id, columns, previous, digest)"
        f" VALUES ({esm.company_id}, 0, '{{id}}', '', '')",
    )
    assert faults() == [f"no position, event 0, {trail.ADDED}"]


def test_an_entry_that_covers_fewer_columns_than_it_did_is_named(rows):
    behind_the_portal(
        "UPDATE notices_trailentry SET columns = array_remove(columns, 'facts') WHERE position = 2"
    )
    assert faults() == [f"position 2, {named(rows[1])}, changed"]


def computes_it_all_again():
    """A forger who knows how the chain is made: only what is kept elsewhere tells of them."""
    behind_the_portal(
        "UPDATE cse_portal_receipt SET outcome = 'autre'",
        "DELETE FROM notices_trailentry",
        "DELETE FROM notices_trailhead",
    )
    sql(BEFORE_THE_TRAIL)
    end_of_transaction()


def test_a_trail_computed_again_agrees_with_itself_but_not_with_what_was_kept(rows, esm, tmp_path):
    kept = tmp_path / "kept"
    verify(save=kept)
    make.an_event(company=esm.company)
    end_of_transaction()
    assert verify(against=kept) == "6 entries, 1 companies: whole.\n"
    computes_it_all_again()
    assert verify()
    (fault,) = faults(against=kept)
    assert fault.startswith("position 5, ")
    assert fault.endswith(trail.NOT_AS_STORED)


def test_a_trail_cut_since_is_named_by_what_was_kept(rows, esm, tmp_path):
    kept = tmp_path / "kept"
    verify(save=kept)
    previous = entries(esm.company)[3]
    behind_the_portal(
        "DELETE FROM notices_trailentry WHERE position = 5",
        f"DELETE FROM cse_portal_receipt WHERE id = '{rows[4].pk}'",
        f"UPDATE notices_trailhead SET position = 4, digest = '{previous.digest}'",
    )
    assert verify()
    assert faults(against=kept) == [f"position 5, {trail.SHORTER}"]


def test_a_file_that_the_portal_did_not_write_is_refused(rows, tmp_path, settings):
    kept = tmp_path / "kept"
    verify(save=kept)
    text = kept.read_text()
    kept.write_text(text.replace(" 5 ", " 4 ", 1))
    with pytest.raises(CommandError, match="is not what this portal wrote"):
        verify(against=kept)
    kept.write_text(text.replace("key 1\n", "key 0\n"))
    with pytest.raises(CommandError, match="is not what this portal wrote"):
        verify(against=kept)


def test_a_kept_file_is_never_written_over_nor_written_when_something_is_wrong(rows, tmp_path):
    kept = tmp_path / "kept"
    verify(save=kept)
    with pytest.raises(CommandError, match="can't be written"):
        verify(save=kept)
    behind_the_portal("UPDATE cse_portal_receipt SET outcome = 'autre'")
    assert len(faults(save=tmp_path / "other")) == 2
    assert not (tmp_path / "other").exists()
    with pytest.raises(CommandError, match="can't be read"):
        verify(against=tmp_path / "other")


# --- what must not break it -----------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Montreal"])
def test_it_is_the_same_in_every_time_zone(rows, esm, zone):
    sql(f"SET LOCAL TIME ZONE '{zone}'")
    assert verify()
    make.an_event(company=esm.company)
    end_of_transaction()
    sql("SET LOCAL TIME ZONE 'UTC'")
    assert verify()


def test_a_column_that_a_later_version_adds_changes_nothing_of_the_past(rows, esm):
    sql("ALTER TABLE notices_event ADD COLUMN later integer DEFAULT 3")
    event = make.an_event(company=esm.company)
    end_of_transaction()
    assert verify()
    behind_the_portal("UPDATE notices_event SET later = 4")
    assert faults() == [f"position 6, {named(event)}, changed"]


NAMES = ("company_name", "identification_number", "person_name", "user_code", "code_covers_names")


def test_taking_the_names_of_receipts_back_chains_them_again_without_them(rows, esm):
    assert set(NAMES) < set(entries(esm.company)[0].columns)
    sql(CHAIN_AGAIN)
    for entry in entries(esm.company):
        assert not set(NAMES) & set(entry.columns)
    assert verify() == "5 entries, 1 companies: whole.\n"
    behind_the_portal("UPDATE cse_portal_receipt SET company_name = ''")
    assert verify()
    behind_the_portal("UPDATE cse_portal_receipt SET outcome = 'autre'")
    assert len(faults()) == 2


def test_names_given_to_the_receipts_of_before_change_nothing_of_their_trail(rows, esm):
    sql(CHAIN_AGAIN)  # the entries are then those of before
    before = entries(esm.company)
    sql(FILL_IN)
    make.a_receipt(transmitted_by=esm)
    end_of_transaction()
    assert [one.digest for one in entries(esm.company)[:5]] == [one.digest for one in before]
    assert verify() == "6 entries, 1 companies: whole.\n"


def test_the_rows_that_were_there_before_it_are_chained_in_the_order_of_time(rows, esm):
    behind_the_portal("DELETE FROM notices_trailentry", "DELETE FROM notices_trailhead")
    assert len(faults()) == 5
    sql(BEFORE_THE_TRAIL)
    end_of_transaction()
    assert [names_row(one) for one in entries(esm.company)] == [named(row) for row in rows]
    assert verify() == "5 entries, 1 companies: whole.\n"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE notices_trailentry SET digest = ''",
        "UPDATE notices_trailentry SET position = NULL",
        "DELETE FROM notices_trailentry",
        "UPDATE notices_trailhead SET position = 4",
        "UPDATE notices_trailhead SET digest = ''",
        "DELETE FROM notices_trailhead",
    ],
)
def test_the_trail_itself_is_never_changed_nor_cut(rows, statement):
    refused = pytest.raises(DatabaseError, match="the trail is never changed nor cut")
    with refused, transaction.atomic():
        sql(statement)
    assert verify()


# --- several at once ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_many_who_write_in_two_companies_at_once_wait_for_each_other_and_none_is_refused():
    one, two = make.an_esm(), make.an_esm()

    def both(first, second):
        """An event of both parties, in either order; other work between the two."""
        for _time in range(10):
            with across_companies(because="this test"), transaction.atomic():
                for esm in (first, second):
                    record(FILE_CREATED, company=esm.company, name="J", code="J")
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT pg_sleep(0.005)")

    def transmits(esm):
        for _time in range(10):
            with transaction.atomic():
                make.a_receipt(transmitted_by=esm)

    done = at_once(
        *[lambda: both(one, two)] * 2,
        *[lambda: both(two, one)] * 2,
        lambda: transmits(one),
        lambda: transmits(two),
        meet_before='INSERT INTO "notices_event"',
        parties=4,
    )
    assert done == [None] * 6
    assert verify() == f"{4 * 20 + 20} entries, 2 companies: whole.\n"
