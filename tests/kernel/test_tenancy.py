"""A company's rows do not exist outside its scope, and can't be queried outside any."""

from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404

from cse_portal.companies.postgresql.base import DatabaseWrapper
from cse_portal.companies.tenancy import (
    RIGHTS_TO_READ_COMPANY_ROWS,
    CompanyOwned,
    CompanyScopeMissing,
    across_companies,
    company_scope,
)
from proxies.models import AccessRight, Assignment, Proxy
from registrations.models import Registration
from tests import factories as make
from tests.together import at_once
from users.models import User

pytestmark = pytest.mark.django_db

FACTORIES: dict[str, Callable[[], Any]] = {
    "Draft": make.a_draft,
    "Receipt": make.a_receipt,
    "Event": make.an_event,
    "Message": make.a_message,
    "TrailEntry": make.a_trail_entry,
    "TrailHead": make.a_trail_head,
    "User": make.a_user,
    "Registration": make.a_registration,
    "Proxy": make.a_proxy,
    "AccessRight": make.an_access_right,
    "Assignment": make.an_assignment,
}
OWNED = [model for model in apps.get_models() if issubclass(model, CompanyOwned)]

# what the database itself writes is changed by nobody: `test_second_wall.py`
each_changeable_model = pytest.mark.parametrize(
    "model",
    [
        model
        for model in OWNED
        if getattr(model, "rights_of_roles", None) is not RIGHTS_TO_READ_COMPANY_ROWS
    ],
    ids=lambda model: model.__name__,
)
each_owned_model = pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)


def owner(row):
    return getattr(row, row.company_columns[0])


def test_every_company_owned_model_is_tried_here():
    assert {model.__name__ for model in OWNED} == FACTORIES.keys()


@each_owned_model
def test_outside_any_scope_a_query_is_fatal(model):
    for query in (model.objects.all, model.objects.count, model.objects.first):
        with pytest.raises(CompanyScopeMissing, match=model.__name__):
            query()
    with pytest.raises(CompanyScopeMissing):
        get_object_or_404(model, pk=1)
    with pytest.raises(CompanyScopeMissing):
        model.objects.create()


def test_outside_any_scope_a_reverse_relation_is_fatal():
    company = make.a_company()
    for relation in ("users", "registrations", "proxies_given", "proxies_received", "drafts"):
        with pytest.raises(CompanyScopeMissing):
            getattr(company, relation).all()


def test_the_choices_of_a_model_form_cannot_leak_at_import():
    with pytest.raises(CompanyScopeMissing):
        forms.modelform_factory(Assignment, fields=["user"])


@each_owned_model
def test_inside_a_scope_foreign_rows_do_not_exist(model):
    mine, theirs = (FACTORIES[model.__name__]() for _ in range(2))
    with company_scope(owner(mine)):
        found = set(model.objects.values_list("pk", flat=True))
        assert mine.pk in found
        assert theirs.pk not in found
        assert get_object_or_404(model, pk=mine.pk) == mine
        with pytest.raises(Http404):
            get_object_or_404(model, pk=theirs.pk)


@each_owned_model
def test_the_first_wall_stands_without_the_second(model, monkeypatch):
    monkeypatch.setattr(DatabaseWrapper, "has_second_wall", lambda connection: False)
    mine, theirs = (FACTORIES[model.__name__]() for _ in range(2))
    with company_scope(owner(mine)):
        found = set(model.objects.values_list("pk", flat=True))
    assert mine.pk in found
    assert theirs.pk not in found


@each_changeable_model
def test_inside_a_scope_foreign_rows_are_neither_changed_nor_deleted(model):
    mine, theirs = (FACTORIES[model.__name__]() for _ in range(2))
    column = next(field.name for field in model._meta.concrete_fields if not field.primary_key)
    with company_scope(owner(mine)):
        assert model.objects.filter(pk=theirs.pk).update(**{column: F(column)}) == 0
        assert model.objects.filter(pk=theirs.pk).delete()[0] == 0
    assert model._base_manager.filter(pk=theirs.pk).exists()


def test_inside_a_scope_reverse_relations_hold_own_rows_only():
    mine, theirs = make.a_proxy(), make.a_proxy()
    with company_scope(mine.mandator):
        assert list(mine.mandator.proxies_given.all()) == [mine]
        assert list(theirs.mandator.proxies_given.all()) == []
        assert list(theirs.mandator.users.all()) == []


def test_inside_a_scope_rows_are_locked_like_any_others():
    mine = make.an_access_right()
    with company_scope(mine.mandator):
        assert list(AccessRight.objects.select_for_update(of=("self",))) == [mine]


def test_both_parties_see_an_external_proxy_and_its_rights_and_nobody_else_does():
    agent = make.a_company()
    right = make.an_access_right(proxy=make.a_proxy(agent=agent))
    for party in (right.mandator, agent):
        with company_scope(party):
            assert Proxy.objects.get() == right.proxy
            assert AccessRight.objects.get() == right
    with company_scope(make.a_company()):
        assert not Proxy.objects.exists()
        assert not AccessRight.objects.exists()


def test_an_agent_sees_neither_the_registrations_nor_the_people_of_its_mandator():
    agent = make.a_company()
    right = make.an_access_right(proxy=make.a_proxy(agent=agent))
    with company_scope(agent):
        assert not Registration.objects.exists()
        assert not User.objects.filter(company=right.mandator).exists()


def test_a_mandator_does_not_see_whom_its_agent_chose_even_by_prefetch():
    agent = make.a_company()
    assignment = make.an_assignment(proxy=make.a_proxy(agent=agent))
    for company, seen in ((assignment.mandator, []), (agent, [assignment])):
        with company_scope(company):
            proxy = Proxy.objects.prefetch_related("assignments__user").get()
            assert list(proxy.assignments.all()) == seen


def test_a_row_of_the_scope_is_validated_saved_and_read_again_in_it():
    user = make.a_user()
    with company_scope(user.company):
        user.refresh_from_db()
        user.full_clean()
        user.save()
        assert User.objects.get().company == user.company


def test_a_scope_ends_with_its_block_even_after_an_error():
    def fail():
        with company_scope(make.a_company()):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(CompanyScopeMissing):
        Proxy.objects.all()


def test_a_scope_within_another_gives_way_to_it_again():
    mine, theirs = make.a_proxy(), make.a_proxy()
    with company_scope(mine.mandator):
        with across_companies(because="this test"):
            assert {*Proxy.objects.all()} == {mine, theirs}
        with company_scope(theirs.mandator):
            assert Proxy.objects.get() == theirs
        assert Proxy.objects.get() == mine


def test_another_thread_does_not_inherit_the_scope():
    with company_scope(make.a_company()):
        (found,) = at_once(Proxy.objects.all)
    assert isinstance(found, CompanyScopeMissing)


def test_reading_across_companies_needs_a_reason():
    with pytest.raises(ValueError, match="reason"), across_companies(because=""):
        pytest.fail("the scope was lifted without a reason")
