"""What was appended since an anchor is verified, and the ends that it knew; no more is read."""

import pytest
from django.core.management import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from freezegun import freeze_time

from cse_portal.models import CommandRun, Receipt
from notices import trail, trail_since
from notices.models import TrailEntry
from tests import factories as make
from tests.notices.test_trail import BEFORE_THE_TRAIL
from tests.notices.trail_told import behind_the_portal, end_of_transaction, sql, told, verify

pytestmark = pytest.mark.django_db


def faults(**options):
    """What the command names, without the company."""
    return [line.partition(", ")[2] for line in told(**options)]


@pytest.fixture
def esms():
    return [make.an_esm() for _one in range(3)]


def write(esm, count=1):
    """So many events of a company; those of the last one."""
    events = [make.an_event(company=esm.company, by=esm) for _one in range(count)]
    end_of_transaction()
    return events


@pytest.fixture
def kept(esms, tmp_path):
    """The file of when each company had three entries; then the first one wrote two more."""
    for esm in esms:
        make.a_receipt(transmitted_by=esm)
        write(esm, 2)
    verify(save=tmp_path / "kept")
    write(esms[0], 2)
    return tmp_path / "kept"


def entry(esm, position):
    return TrailEntry._base_manager.get(company=esm.company, position=position)


def test_what_came_since_is_read_and_the_rest_is_not(kept, tmp_path):
    """Of the company that wrote: the end that was known, and two more."""
    assert verify(since=kept) == "3 entries since kept, 3 companies: whole.\n"
    verify(since=kept, save=tmp_path / "later")
    assert verify(since=tmp_path / "later") == "0 entries since later, 3 companies: whole.\n"


def test_its_file_is_the_one_that_the_whole_reading_writes(kept, tmp_path, esms):
    write(make.an_esm(), 2)
    write(esms[2])
    verify(since=kept, save=tmp_path / "since")
    verify(save=tmp_path / "whole")
    assert (tmp_path / "since").read_bytes() == (tmp_path / "whole").read_bytes()


def test_as_many_statements_are_asked_for_many_companies_as_for_few(kept):
    with CaptureQueriesContext(connection) as few:
        verify(since=kept)
    for _one in range(9):
        write(make.an_esm())
    with CaptureQueriesContext(connection) as many:
        assert verify(since=kept) == "12 entries since kept, 12 companies: whole.\n"
    assert len(many) == len(few)


def test_more_companies_than_are_in_memory_at_a_time(kept, monkeypatch, tmp_path, esms):
    monkeypatch.setattr(trail_since, "LINES_AT_A_TIME", 2)
    monkeypatch.setattr(trail_since, "GROWN_AT_A_TIME", 1)
    for _one in range(3):
        write(make.an_esm())
    write(esms[1])
    verify(since=kept, save=tmp_path / "since")
    verify(save=tmp_path / "whole")
    assert (tmp_path / "since").read_bytes() == (tmp_path / "whole").read_bytes()


CHANGED_SINCE = [
    ("UPDATE notices_event SET facts = '{{}}' WHERE id = {event}", "changed"),
    ("DELETE FROM notices_event WHERE id = {event}", "removed"),
    ("UPDATE notices_trailentry SET previous = '' WHERE event_id = {event}", "changed"),
    ("UPDATE notices_trailentry SET columns = '{{id}}' WHERE event_id = {event}", "changed"),
]


@pytest.mark.parametrize("position", [3, 4, 5])
@pytest.mark.parametrize(("change", "what"), CHANGED_SINCE)
def test_a_change_since_is_named_that_of_the_known_end_too(kept, esms, position, change, what):
    event = entry(esms[0], position).event_id
    behind_the_portal(change.format(event=event))
    assert f"position {position}, event {event}, {what}" in faults(since=kept)


def test_a_change_before_the_known_end_is_for_the_whole_reading(kept, esms):
    event = entry(esms[0], 2).event_id
    behind_the_portal(f"UPDATE notices_event SET facts = '{{}}' WHERE id = {event}")
    assert verify(since=kept)
    assert faults(against=kept) == [f"position 2, event {event}, changed"]


@pytest.mark.parametrize("position", [3, 4])
def test_a_removal_with_its_entry_is_named(kept, esms, position):
    event = entry(esms[0], position).event_id
    behind_the_portal(
        f"DELETE FROM notices_trailentry WHERE event_id = {event}",
        f"DELETE FROM notices_event WHERE id = {event}",
    )
    assert faults(since=kept) == [f"position {position}, {trail.MISSING}"]


@pytest.mark.parametrize(("nth", "position"), [(0, 5), (1, 3)])
def test_an_end_whose_entry_is_gone_is_named_whether_or_not_it_grew(kept, esms, nth, position):
    event = entry(esms[nth], position).event_id
    behind_the_portal(f"DELETE FROM notices_trailentry WHERE event_id = {event}")
    assert f"position {position}, {trail.END_WITHOUT_ENTRY}" in faults(since=kept)


def cut(esm, position):
    """The last entry goes, and the head names the one before: it agrees with itself."""
    last, before = entry(esm, position), entry(esm, position - 1)
    behind_the_portal(
        f"DELETE FROM notices_trailentry WHERE id = {last.pk}",
        f"DELETE FROM notices_event WHERE id = {last.event_id}",
        f"UPDATE notices_trailhead SET position = {position - 1}, digest = '{before.digest}'"
        f" WHERE company_id = {esm.company_id}",
    )


def test_a_trail_that_was_cut_is_named(kept, esms):
    cut(esms[1], 3)
    assert faults(since=kept) == [f"position 3, {trail.SHORTER}"]


@pytest.mark.parametrize("nth", [0, 1, 2])
def test_a_trail_that_is_gone_whole_is_named(kept, esms, nth):
    company = esms[nth].company_id
    behind_the_portal(
        *(f"DELETE FROM {table} WHERE company_id = {company}" for table in (
            "notices_trailentry", "notices_trailhead", "notices_event", "cse_portal_receipt"
        ))
    )  # fmt: skip
    assert faults(since=kept) == [f"position 3, {trail.SHORTER}"]


def test_a_trail_computed_again_is_named(kept, esms):
    """By a forger who knows how the chain is made: it agrees with itself."""
    behind_the_portal(
        "UPDATE cse_portal_receipt SET outcome = 'autre'",
        "DELETE FROM notices_trailentry",
        "DELETE FROM notices_trailhead",
    )
    sql(BEFORE_THE_TRAIL)
    end_of_transaction()
    assert verify()
    named = faults(since=kept)
    assert len(named) == 3
    assert all(one.startswith("position 3, ") and trail.NOT_AS_STORED in one for one in named)


def test_an_entry_without_a_place_and_a_changed_trigger_are_named(kept, esms):
    behind_the_portal(
        "INSERT INTO notices_event (id, occurrence, kind, at, by_party, about, facts, company_id)"
        " VALUES (0, gen_random_uuid(), 'file.created', now(), '', '', '{}',"
        f" {esms[2].company_id})",
        "INSERT INTO notices_trailentry (company_id, event_id, columns, previous, digest)"
        f" VALUES ({esms[2].company_id}, 0, '{{id}}', '', '')",
        "DROP TRIGGER event_enters_the_trail ON notices_event",
    )
    assert f"no position, event 0, {trail.ADDED}" in faults(since=kept)
    assert any("event_enters_the_trail" in line for line in told(since=kept))


def test_nothing_is_kept_when_something_is_wrong(kept, esms, tmp_path):
    cut(esms[1], 3)
    assert faults(since=kept, save=tmp_path / "later")
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]


# --- night after night ----------------------------------------------------------------------------


def test_a_folder_has_the_anchor_of_each_night(esms, tmp_path):
    """The first night reads the whole trail; the week's whole reading compares with the latest."""
    write(esms[0], 2)
    for night in (1, 2, 3):
        with freeze_time(f"2026-12-0{night} 04:20"):
            since = verify(since=tmp_path, save=tmp_path, keep=2)
            write(esms[night - 1])
    assert {run.command for run in CommandRun.objects.all()} == {
        "verify_trail",
        "verify_trail_since",
    }
    assert since == "1 entries since trail-20261202T042000Z.anchor, 2 companies: whole.\n"
    assert len(list(tmp_path.iterdir())) == 2
    cut(esms[0], 3)
    assert faults(against=tmp_path) == [f"position 3, {trail.SHORTER}"]


def test_each_reading_has_its_run_on_record(kept):
    verify(since=kept)
    assert {run.command: run.told for run in CommandRun.objects.all()} == {
        "verify_trail": "9 entries, 3 companies: whole.",
        "verify_trail_since": "3 entries since kept, 3 companies: whole.",
    }


@pytest.mark.parametrize("options", [{"keep": 0}, {"keep": 2}, {"keep": 2, "save": "kept"}])
def test_how_many_are_kept_is_of_a_folder(tmp_path, options):
    if "save" in options:
        options["save"] = tmp_path / options["save"]
    with pytest.raises(CommandError, match="goes with --save FOLDER"):
        verify(**options)


def test_a_later_column_is_covered_too(kept, esms):
    sql("ALTER TABLE notices_event ADD COLUMN later integer DEFAULT 3")
    (event,) = write(esms[1])
    assert verify(since=kept) == "5 entries since kept, 3 companies: whole.\n"
    behind_the_portal("UPDATE notices_event SET later = 4")
    assert faults(since=kept) == [f"position 4, event {event.pk}, changed"]


def test_the_receipts_of_a_day_are_read_too(kept, esms):
    receipt = make.a_receipt(transmitted_by=esms[2])
    end_of_transaction()
    behind_the_portal(f"UPDATE cse_portal_receipt SET outcome = 'autre' WHERE id = '{receipt.pk}'")
    assert faults(since=kept) == [f"position 4, receipt {receipt.pk}, changed"]
    assert Receipt._base_manager.count() == 4
