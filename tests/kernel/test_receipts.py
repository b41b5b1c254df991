"""Receipts are append-only, whatever is tried above the database or in SQL."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Draft, Receipt
from tests import factories as make

pytestmark = pytest.mark.django_db

STATEMENTS = [
    "UPDATE cse_portal_receipt SET outcome = 'autre' WHERE id = %s",
    "UPDATE cse_portal_receipt SET groups = '[]' WHERE id = %s",
    "UPDATE cse_portal_receipt SET transmitted_at = transmitted_at WHERE id = %s",
    "DELETE FROM cse_portal_receipt WHERE id = %s",
    """INSERT INTO cse_portal_receipt SELECT * FROM cse_portal_receipt WHERE id = %s
       ON CONFLICT (id) DO UPDATE SET outcome = 'autre'""",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_receipt_is_never_changed_nor_deleted_in_sql(statement):
    receipt = make.a_receipt()
    refused = pytest.raises(DatabaseError, match="a receipt is never changed nor deleted")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [receipt.pk])
    assert Receipt._base_manager.get() == receipt
    assert Receipt._base_manager.get().outcome == receipt.outcome


def test_a_receipt_is_never_changed_nor_deleted_by_its_model():
    receipt = make.a_receipt()
    receipt.outcome = "autre"
    for change in (receipt.save, receipt.delete):
        with (
            across_companies(because="this test"),
            pytest.raises(DatabaseError, match="never changed"),
            transaction.atomic(),
        ):
            change()


def test_the_number_of_a_receipt_tells_its_year_and_nothing_of_how_many():
    numbers = {make.a_receipt().number for _ in range(20)}
    assert len(numbers) == 20
    assert all(number.startswith("CSE-2026-") and len(number) == 17 for number in numbers)


def of(draft: Draft) -> Receipt:
    with across_companies(because="this test"):
        return Receipt.of_draft(
            draft, subject="", language="fr", outcome="Fait.", groups=[], consequences=[]
        )


def test_two_numbers_alike_in_a_year_stop_nobody(monkeypatch):
    drawn = iter([b"alike", b"alike", b"alike", b"other"])
    lots = SimpleNamespace(token_bytes=lambda _length: next(drawn))
    monkeypatch.setattr("cse_portal.models.secrets", lots)
    first, second = of(make.a_draft()), of(make.a_draft())
    assert second.number != first.number
    assert second.number.startswith(first.number[:9])


def test_a_draft_that_has_its_receipt_gets_no_other():
    draft = make.a_draft()
    first = of(draft)
    with pytest.raises(IntegrityError, match="no number is left"):
        of(draft)
    assert Receipt._base_manager.get().number == first.number


def test_what_else_is_refused_of_a_receipt_is_an_error_as_ever():
    draft = make.a_draft()
    nothing: Any = None
    with across_companies(because="this test"), pytest.raises(IntegrityError, match="outcome"):
        Receipt.of_draft(
            draft, subject="", language="fr", outcome=nothing, groups=[], consequences=[]
        )
