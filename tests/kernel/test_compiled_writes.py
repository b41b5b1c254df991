"""Rows written by statements compiled once: as Django writes them, within the company's scope."""

import uuid
from typing import Any, TypeVar

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.db.models import Model

from cse_portal import clock
from cse_portal.companies.tenancy import (
    CompanyScopeMissing,
    across_companies,
    company_scope,
)
from cse_portal.models import Company, Draft
from cse_portal.speed.queries import Given
from cse_portal.speed.writes import (
    FEW,
    CompiledDelete,
    CompiledUpdate,
    insert,
    insert_all,
    insert_unless_taken,
)
from notices.kinds import MessageKind
from notices.models import Event, Message
from proxies.models import Proxy
from tests import factories as make

Row = TypeVar("Row", bound=Model)
pytestmark = pytest.mark.django_db


def another(row: Row, **changes: Any) -> Row:
    """A new row like this one, not written yet."""
    fields = {
        one.attname: getattr(row, one.attname)
        for one in row._meta.local_concrete_fields
        if not one.generated and not one.primary_key
    }
    return type(row)(**fields | changes)


@pytest.mark.parametrize(
    ("make_row", "changes"),
    [
        (make.a_proxy, dict),
        (make.an_event, lambda: {"occurrence": uuid.uuid4(), "facts": {"nom": "L’aînée", "n": 3}}),
        (make.a_message, lambda: {"facts": {}, "emailed_at": None}),
        (make.a_registration, lambda: {"ministry_id": make.a_ministry().pk, "answers": [{"a": 1}]}),
        (make.a_draft, lambda: {"id": uuid.uuid4(), "answers": {"terms": {"kind": ["internal"]}}}),
    ],
    ids=lambda one: one.__name__,
)
def test_a_row_is_written_as_django_writes_it(make_row, changes):
    row = another(make_row(), **changes())
    with across_companies(because="a test"):
        insert(row)
        found = type(row)._base_manager.get(pk=row.pk)
    assert not row._state.adding
    told = [one.attname for one in row._meta.concrete_fields]
    assert [getattr(found, name) for name in told] == [getattr(row, name) for name in told]


def test_what_postgresql_makes_up_is_known_afterwards():
    given = make.a_proxy(agent=make.a_company())
    row = another(given)
    with company_scope(given.mandator):
        insert(row)
        assert row.pk > given.pk
        assert row.holder == given.agent_id
        assert Proxy.objects.get(pk=row.pk) == row


def test_a_row_that_a_constraint_refuses_is_refused_as_by_django():
    event = make.an_event()
    with company_scope(event.company):
        with pytest.raises(IntegrityError, match="event_once_for_a_company"), transaction.atomic():
            insert(another(event))
        assert Event.objects.count() == 1


def test_a_row_whose_key_is_taken_is_not_written_and_nothing_fails():
    event = make.an_event()
    again, other = another(event), another(event, occurrence=uuid.uuid4())
    with company_scope(event.company):
        assert not insert_unless_taken(again)
        assert again._state.adding
        assert insert_unless_taken(other)
        assert not other._state.adding
        assert list(Event.objects.order_by("pk")) == [event, other]


def test_a_row_of_another_company_is_refused_by_the_second_wall():
    mine, other = make.a_company(), make.an_event()
    row = another(other, occurrence=uuid.uuid4())
    refused = pytest.raises(ProgrammingError, match="row-level security")
    with company_scope(mine), refused, transaction.atomic():
        insert(row)


@pytest.mark.parametrize("count", [0, 1, FEW, FEW + 1])
def test_several_rows_are_written_and_their_keys_known(count):
    user = make.a_user()
    rows = [
        Message(company=user.company, user=user, kind=MessageKind.ASSIGNED, facts={"nth": nth})
        for nth in range(count)
    ]
    with company_scope(user.company):
        assert insert_all(rows) is rows
        found = Message.objects.order_by("pk")
        assert [one.pk for one in found] == [one.pk for one in rows]
        assert [one.facts["nth"] for one in found] == list(range(count))


def test_rows_of_the_scope_under_way_are_changed_and_counted():
    mine, other = make.a_message(), make.a_message()
    sent = CompiledUpdate(
        lambda: Message.objects.filter(emailed_at=None), emailed_at=Given("at"), once="une fois"
    )
    at = clock.now()
    with company_scope(mine.company):
        assert sent.make(at=at) == 1
        assert sent.make(at=at) == 0
    with across_companies(because="a test"):
        assert Message.objects.get(pk=mine.pk).emailed_at == at
        assert Message.objects.get(pk=mine.pk).once == "une fois"
        assert Message.objects.get(pk=other.pk).emailed_at is None
        assert sent.make(at=at) == 1


def test_rows_of_the_scope_under_way_go_and_are_counted():
    mine, other = make.a_draft(), make.a_draft()
    gone = CompiledDelete(lambda: Draft.objects.filter(flow=Given("flow")))
    with company_scope(mine.company):
        assert gone.make(flow="another-flow") == 0
        assert gone.make(flow=mine.flow) == 1
    with across_companies(because="a test"):
        assert Draft.objects.get() == other


def test_they_are_fatal_outside_of_any_scope():
    draft = make.a_draft()
    changed = CompiledUpdate(Draft.objects.all, flow="x")
    gone = CompiledDelete(Draft.objects.all)
    with company_scope(draft.company):
        changed.make()
    for write in (changed, gone):
        with pytest.raises(CompanyScopeMissing):
            write.make()


def test_a_table_that_belongs_to_no_company_needs_no_scope():
    company = make.a_company()
    renamed = CompiledUpdate(lambda: Company.objects.filter(pk=Given("key")), name=Given("name"))
    assert renamed.make(key=company.pk, name="Autre nom") == 1
    assert Company.objects.get(pk=company.pk).name == "Autre nom"


@pytest.mark.django_db(transaction=True)
def test_what_comes_first_in_a_transaction_is_undone_with_it():
    company = make.a_company(name="Avant")
    renamed = CompiledUpdate(lambda: Company.objects.filter(pk=Given("key")), name="Après")
    with transaction.atomic():
        assert renamed.make(key=company.pk) == 1
        transaction.set_rollback(True)
    assert Company.objects.get(pk=company.pk).name == "Avant"
    with transaction.atomic():
        renamed.make(key=company.pk)
    assert Company.objects.get(pk=company.pk).name == "Après"
