"""Receipts are append-only, whatever is tried above the database or in SQL."""

import importlib
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Company, Draft, Receipt
from tests import factories as make
from users.models import User

pytestmark = pytest.mark.django_db

FILL_IN = importlib.import_module("cse_portal.migrations.0005_receipts_keep_names").FILL_IN

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


def test_a_receipt_keeps_the_names_of_its_day_whatever_is_corrected_since():
    company = make.a_company(name="Aciérie Boréale inc.", identification_number="1000000001")
    names = {"first_name": "Marie", "family_name": "Tremblay", "user_code": "TREM1001"}
    esm = make.an_esm(company=company, **names)
    made = make.a_receipt(transmitted_by=esm)
    Company.objects.filter(pk=company.pk).update(name="Aciers inc.")
    User._base_manager.filter(pk=esm.pk).update(family_name="Roy")
    for receipt in (made, Receipt._base_manager.get()):
        assert (receipt.company_name, receipt.identification_number) == (
            "Aciérie Boréale inc.",
            "1000000001",
        )
        assert (receipt.person_name, receipt.user_code) == ("Marie Tremblay", "TREM1001")
        assert receipt.code_covers_names


def test_the_names_are_postgresqls_to_write_whoever_inserts_the_row():
    """The version before knows none of these columns; nobody gives a receipt other names."""
    esm = make.an_esm(first_name="Marie", family_name="Tremblay")
    columns = "id, number, company_id, transmitted_by_id, transmitted_at, flow, subject, language"
    statement = f"""INSERT INTO cse_portal_receipt ({columns}, outcome, groups, consequences)
        VALUES (%s, %s, %s, %s, now(), 'x', '', 'fr', 'Fait.', '[]', '[]')"""
    with connection.cursor() as cursor:
        cursor.execute(statement, [uuid4(), "CSE-2026-AAAAAAAA", esm.company_id, esm.pk])
    of_before = Receipt._base_manager.get()
    assert of_before.company_name == esm.company.name
    assert of_before.person_name == "Marie Tremblay"
    assert not of_before.code_covers_names
    other = make.a_receipt(transmitted_by=esm, person_name="Une autre", company_name="Autre inc.")
    assert (other.person_name, other.company_name) == ("Marie Tremblay", esm.company.name)


def test_the_receipts_of_before_take_the_names_of_the_day_of_the_migration():
    receipt = make.a_receipt()
    names = ("company_name", "identification_number", "person_name", "user_code")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE cse_portal_receipt SET company_name = '', identification_number = '',"
            " person_name = '', user_code = ''"
        )
        cursor.execute("SET session_replication_role = origin")
        cursor.execute(FILL_IN)
    filled = Receipt._base_manager.get()
    assert [getattr(filled, name) for name in names] == [getattr(receipt, name) for name in names]
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Receipt._base_manager.update(outcome="autre")


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
