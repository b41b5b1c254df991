"""The code of an acknowledgment: its own, unaltered, under the portal's keys, however typed."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import connection
from django.utils.crypto import constant_time_compare

from cse_portal.flows import authenticity
from cse_portal.flows.authenticity import LENGTH, SIGNS, code_of, is_code_of, number_typed
from cse_portal.models import Receipt
from cse_portal.numbered_keys import OF_BEFORE, NumberedKey
from tests import factories as make

pytestmark = pytest.mark.django_db

SHOWN = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2}")


@pytest.fixture
def receipt():
    return make.a_receipt()


def kept(receipt):
    return Receipt._base_manager.get(pk=receipt.pk)


def behind_the_portal(change):
    """As whoever has the database's password, without triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"UPDATE cse_portal_receipt SET {change}")
        cursor.execute("SET session_replication_role = origin")


def test_a_code_is_read_as_it_is_shown_and_guessed_once_in_two_to_the_fifty(receipt):
    assert SHOWN.fullmatch(code_of(receipt))
    assert len(set(SIGNS)) ** LENGTH == 2**50
    assert not set(SIGNS) & set("ILOU")
    assert len({code_of(make.a_receipt()) for _one in range(30)}) == 30


def test_a_code_is_the_same_once_the_receipt_is_read_again(receipt, settings):
    code = code_of(receipt)
    assert code_of(kept(receipt)) == code
    settings.TIME_ZONE = "Asia/Tokyo"
    assert code_of(kept(receipt)) == code


@pytest.mark.parametrize(
    "typed",
    [
        str,
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: f"  {code}\u00a0",
        lambda code: code.replace("-", "–"),
        lambda code: code.replace("0", "o").replace("1", "l"),
        lambda code: code.replace("1", "I"),
        ".".join,
    ],
)
def test_a_code_is_known_however_it_is_typed(typed):
    for _one in range(20):
        receipt = make.a_receipt()
        assert is_code_of(receipt, typed(code_of(receipt)))


def test_a_code_with_another_sign_is_wrong_wherever_the_sign_stands(receipt):
    code = code_of(receipt)
    for place in (n for n, sign in enumerate(code) if sign != "-"):
        other = SIGNS[(SIGNS.index(code[place]) + 1) % 32]
        assert not is_code_of(receipt, code[:place] + other + code[place + 1 :])
    for wrong in ("", "-", code[:-1], code + "A", code_of(make.a_receipt()), "é" * 10, "½" * 10):
        assert not is_code_of(receipt, wrong)


def test_nothing_is_the_code_of_no_receipt(receipt):
    assert not is_code_of(None, code_of(receipt))
    assert not is_code_of(None, "")


@pytest.mark.parametrize(
    "change",
    [
        "outcome = 'Autre.'",
        "number = 'CSE-2026-AAAAAAAA'",
        "groups = '[]'",
        "consequences = '[]'",
        "transmitted_at = transmitted_at + interval '1 ms'",
        "subject = '12'",
        "company_name = 'Autre inc.'",
        "identification_number = '1000000009'",
        "person_name = 'Autre Personne'",
        "user_code = 'AUTR1234'",
    ],
)
def test_a_receipt_changed_in_the_database_has_lost_its_code(receipt, change):
    code = code_of(receipt)
    behind_the_portal(change)
    assert not is_code_of(kept(receipt), code)


#: what the version before printed for the receipt of this test
ON_PAPER = "A9GM-SSNY-M0"


def test_a_paper_printed_before_receipts_kept_names_is_still_authentic(settings):
    """Its code does not cover them: it is shown as the paper bears it, under its day's key."""
    settings.CSE_RECEIPT_KEYS = [NumberedKey(3, "n" * 50), NumberedKey(OF_BEFORE, "k" * 50)]
    company = make.a_company(pk=9_001)
    esm = make.an_esm(pk=9_002, company=company)
    make.a_receipt(
        id=UUID(int=9_003),
        number="CSE-2026-7K3QX2AB",
        transmitted_by=esm,
        transmitted_at=datetime(2026, 11, 20, 15, tzinfo=UTC),
    )
    behind_the_portal("code_covers_names = false, code_key = DEFAULT")
    receipt = Receipt._base_manager.get()
    assert code_of(receipt) == ON_PAPER
    assert is_code_of(receipt, ON_PAPER)
    behind_the_portal("outcome = 'Autre.'")
    assert not is_code_of(Receipt._base_manager.get(), ON_PAPER)


@pytest.mark.parametrize("covers_names", ["true", "false"])
def test_what_the_version_before_prints_while_both_serve_is_authentic(receipt, covers_names):
    """Under the `SECRET_KEY` that it has, whether or not it knows of the names of receipts."""
    behind_the_portal(f"code_covers_names = {covers_names}, code_key = DEFAULT")
    printed = code_of(kept(receipt))
    behind_the_portal("code_covers_names = true, code_key = 1")
    assert code_of(kept(receipt)) != printed
    assert is_code_of(kept(receipt), printed)


# --- under a key that is kept for it --------------------------------------------------------------


ONE, TWO = NumberedKey(1, "1" * 50), NumberedKey(2, "2" * 50)
BEFORE, LONG_BEFORE = NumberedKey(OF_BEFORE, "b" * 50), NumberedKey(OF_BEFORE, "a" * 50)


def test_a_code_is_the_papers_whatever_keys_have_come_since(settings):
    settings.CSE_RECEIPT_KEYS = [ONE]
    old = make.a_receipt()
    paper = code_of(old)
    for keys in ([ONE, TWO], [TWO, ONE]):
        settings.CSE_RECEIPT_KEYS = keys
        assert code_of(kept(old)) == paper
        assert is_code_of(kept(old), paper)
    new = make.a_receipt()
    assert (kept(old).code_key, kept(new).code_key) == (1, 2)
    settings.CSE_RECEIPT_KEYS = [ONE, TWO]  # a machine that only knows the new key
    assert is_code_of(kept(new), code_of(kept(new)))


def test_a_code_has_nothing_to_do_with_the_secret_key(receipt, settings):
    code = code_of(receipt)
    settings.SECRET_KEY = "x" * 50
    assert code_of(receipt) == code
    assert is_code_of(receipt, code)


def test_a_key_makes_no_code_for_the_receipts_of_another(settings):
    settings.CSE_RECEIPT_KEYS = [TWO, ONE]
    receipt = make.a_receipt()
    receipt.code_key = 1
    forged = code_of(receipt)
    receipt.code_key = 2
    assert not is_code_of(receipt, forged)


def test_each_secret_key_of_before_is_good_and_the_first_is_shown(receipt, settings):
    behind_the_portal("code_key = DEFAULT")
    settings.CSE_RECEIPT_KEYS = [ONE, LONG_BEFORE]
    printed_long_ago = code_of(kept(receipt))
    settings.CSE_RECEIPT_KEYS = [ONE, BEFORE, LONG_BEFORE]
    assert code_of(kept(receipt)) != printed_long_ago
    assert is_code_of(kept(receipt), printed_long_ago)
    assert is_code_of(kept(receipt), code_of(kept(receipt)))


def test_without_its_key_a_receipt_shows_no_code_and_none_is_its_own(receipt, settings, visitor):
    code = code_of(receipt)
    settings.CSE_RECEIPT_KEYS = [TWO]
    assert code_of(receipt) == ""
    assert not is_code_of(receipt, code)
    assert not is_code_of(receipt, "")


def test_the_work_is_the_same_with_and_without_a_receipt_whatever_its_key(settings, monkeypatch):
    settings.CSE_RECEIPT_KEYS = [TWO, ONE, BEFORE]
    receipt, compared = make.a_receipt(), []

    def counted(one, other):
        compared.append(one)
        return constant_time_compare(one, other)

    monkeypatch.setattr(authenticity, "constant_time_compare", counted)
    counts = set()
    for looked_at in (None, receipt):
        for code in ("", "AAAA-AAAA-AA", code_of(receipt)):
            compared.clear()
            is_code_of(looked_at, code)
            counts.add(len(compared))
    assert counts == {6}


@pytest.mark.parametrize(
    "typed",
    [
        "CSE-2026-7K3QX2AB",
        " cse 2026 7k3q x2ab ",
        "CSE20267K3QX2AB",
        "2026-7K3QX2AB",
        "CSE–2026–7K3QX2AB",
    ],
)
def test_a_number_is_known_however_it_is_typed(typed):
    assert number_typed(typed) == "CSE-2026-7K3QX2AB"


def test_a_number_has_no_zero_and_no_one_and_they_are_read_as_letters():
    assert number_typed("CSE-2026-0K3QX21B") == "CSE-2026-OK3QX2IB"


@pytest.mark.parametrize(
    "typed", ["", "CSE", "2026", "CSE-2026-7K3QX2A", "٢٠٢٦-7K3QX2AB", "é" * 12]
)
def test_what_is_no_number_is_none(typed):
    assert number_typed(typed) == ""


def test_the_number_of_any_receipt_is_known(receipt):
    assert number_typed(receipt.number) == receipt.number
