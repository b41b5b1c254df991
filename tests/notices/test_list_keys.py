"""An operator learns what still needs a key before taking it out."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cse_portal import keys_on_record
from cse_portal.commands.progress import Untold
from cse_portal.companies.scopes import serving_a_request
from cse_portal.keys_on_record import Purpose, put_on_record, what_is_wrong
from cse_portal.models import KeyOnRecord
from cse_portal.numbered_keys import OF_BEFORE, NumberedKey
from notices import anchors
from tests import factories as make

pytestmark = pytest.mark.django_db

ONE, TWO, THREE = (NumberedKey(n, str(n) * 50) for n in (1, 2, 3))
BEFORE = NumberedKey(OF_BEFORE, "b" * 50)


def told(*arguments, **options):
    out = io.StringIO()
    call_command("list_keys", *arguments, stdout=out, **options)
    return out.getvalue().splitlines()


@pytest.fixture
def rotated(settings):
    """Two receipts of key 1, one of key 2, one of before; key 3 is announced."""
    for keys, receipts in (([ONE, BEFORE], 2), ([TWO, THREE, ONE, BEFORE], 1)):
        settings.CSE_RECEIPT_KEYS = keys
        put_on_record(Purpose.RECEIPTS)
        for _one in range(receipts):
            make.a_receipt()
    make.a_receipt(code_key=OF_BEFORE)
    settings.CSE_ANCHOR_KEYS = [ONE]
    return settings


def test_each_key_is_listed_with_the_receipts_that_it_verifies(rotated):
    assert told() == [
        "CSE_RECEIPT_KEYS",
        f"      2  {TWO.fingerprint}  in use                           1 receipts",
        f"      3  {THREE.fingerprint}  announced                        0 receipts",
        f"      1  {ONE.fingerprint}  listed                           2 receipts",
        f"      0  {BEFORE.fingerprint}  announced                        1 receipts by all keys 0",
        "CSE_ANCHOR_KEYS",
        f"      1  {ONE.fingerprint}  in use",
        "4 receipts: every key that they need is listed.",
    ]


def test_a_missing_key_is_named_with_its_receipts(rotated):
    rotated.CSE_RECEIPT_KEYS = [TWO]
    out = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("list_keys", stdout=out)
    assert f"1  {ONE.fingerprint}  MISSING                          2 receipts" in out.getvalue()
    assert f"does not list key 1 ({ONE.fingerprint})" in str(refused.value)


def test_a_number_that_nothing_knows_is_told(rotated):
    make.a_receipt(code_key=7)
    with pytest.raises(CommandError, match="1 receipts bear key 7, which nothing knows"):
        told()


@pytest.mark.parametrize("at_a_time", [1, 2, 8192])
def test_receipts_are_counted_piece_by_piece(settings, monkeypatch, at_a_time):
    settings.CSE_RECEIPT_KEYS = [ONE, TWO]
    esm = make.an_esm()
    for n in range(25):
        make.a_receipt(transmitted_by=esm, code_key=n % 2 + 1, outcome="Fait. " * 200)
    monkeypatch.setattr(keys_on_record, "PAGES_AT_A_TIME", at_a_time)
    seen: list[int] = []

    class Counting(Untold):
        def begin(self, what, total=None):
            seen.append(total or 0)

        def advance(self, count=1):
            seen.append(count)

    counting = Counting()
    seen.clear()
    assert keys_on_record.receipts_by_number(counting) == {1: 13, 2: 12}
    assert seen[0] == sum(seen[1:]) > 2
    assert len(seen) - 1 == -(-seen[0] // at_a_time)


def test_counting_reads_each_piece_by_its_place_on_the_disk():
    make.a_receipt()
    with CaptureQueriesContext(connection) as asked:
        keys_on_record.receipts_by_number(Untold())
    (counted,) = [query["sql"] for query in asked if "ctid" in query["sql"]]
    with connection.cursor() as cursor:
        # the few rows of a test all lie in one piece, which is then as soon read whole
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        cursor.execute(f"EXPLAIN {counted}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Tid Range Scan" in plan


def test_a_kept_file_is_named_with_its_key(rotated, tmp_path):
    kept, forged, missing = (tmp_path / name for name in ("kept", "forged", "missing"))
    with anchors.writing(kept) as new:
        new.add([b"17 5 ab"])
    assert f"{kept}: key {ONE}" in told(kept)
    forged.write_text(kept.read_text().replace("17 5", "17 4"))
    with pytest.raises(CommandError, match=f"{forged} is not verified"):
        told(kept, forged)
    with pytest.raises(CommandError, match=f"{missing} is not verified"):
        told(missing)


# --- what is no longer expected -------------------------------------------------------------------


def test_a_key_that_was_announced_by_mistake_is_forgotten(rotated):
    rotated.CSE_RECEIPT_KEYS = [TWO, NumberedKey(3, "x" * 50), ONE, BEFORE]
    assert len(what_is_wrong(Purpose.RECEIPTS)) == 1
    assert told(forget=THREE.fingerprint) == [
        f"The database no longer expects the key {THREE.fingerprint}."
    ]
    assert put_on_record(Purpose.RECEIPTS) == []


def test_a_key_that_receipts_bear_is_forgotten_only_when_it_is_lost(rotated):
    with pytest.raises(CommandError, match="2 receipts bear key 1"):
        told(forget=ONE.fingerprint)
    assert KeyOnRecord.objects.filter(fingerprint=ONE.fingerprint).exists()
    rotated.CSE_RECEIPT_KEYS, rotated.CSE_ANCHOR_KEYS = [TWO], []
    told(forget=ONE.fingerprint, lost=True)
    assert what_is_wrong(Purpose.RECEIPTS) == []


def test_a_key_that_no_receipt_bears_may_be_taken_out(rotated):
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE cse_portal_receipt SET code_key = 2 WHERE code_key = 1")
        cursor.execute("SET session_replication_role = origin")
    assert any(line.endswith("0 receipts: it may be taken out") for line in told())
    rotated.CSE_ANCHOR_KEYS = []
    told(forget=ONE.fingerprint)
    rotated.CSE_RECEIPT_KEYS = [TWO, BEFORE]
    assert what_is_wrong(Purpose.RECEIPTS) == []


def test_the_present_key_and_one_that_nobody_has_are_not_forgotten(rotated):
    with pytest.raises(CommandError, match="Key 2 of CSE_RECEIPT_KEYS is in use"):
        told(forget=TWO.fingerprint, lost=True)
    with pytest.raises(CommandError, match="No key has the fingerprint"):
        told(forget="0" * 16)


def test_the_processes_that_serve_forget_none(rotated):
    with serving_a_request(), pytest.raises(CommandError, match="deploy/manage --owner"):
        told(forget=THREE.fingerprint)
