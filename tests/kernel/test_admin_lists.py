"""The admin's lists are narrowed by their own filters alone; no query names a time zone."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.db.models.functions import ExtractHour, TruncDate, TruncMonth
from django.urls import reverse
from django.utils.http import urlencode

from cse_portal import clock
from cse_portal.companies.postgresql.operations import ZoneNamed
from cse_portal.companies.tenancy import across_companies
from notices.models import Event
from tests import factories as make
from tests.conftest import Visitor
from tests.extent import EVERYTHING
from users.models import User

pytestmark = pytest.mark.django_db

MODELS = [pytest.param(model, id=model.__name__) for model in admin.site._registry]
PARTS_OF_TIME = ("date", "time", "year", "month", "day", "week_day", "hour", "date__gte")


@pytest.fixture
def officer(visitor) -> Visitor:
    make.an_event()
    return visitor.sign_in(make.an_officer())


def address_of(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def lookups_of(model: Any) -> Iterator[str]:
    """What an address could ask of each column, and of the columns of the rows that it leads to."""
    for field in model._meta.get_fields():
        yield f"{field.name}__startswith"
        yield f"{field.name}__regex"
        if isinstance(field, models.DateField):
            yield from (f"{field.name}__{part}" for part in PARTS_OF_TIME)
        if field.is_relation and field.related_model:
            yield from (
                f"{field.name}__{one.name}__gte" for one in field.related_model._meta.fields
            )


@pytest.mark.parametrize("model", MODELS)
def test_an_address_narrows_a_list_by_nothing_else(officer, model):
    asked = list(lookups_of(model))
    assert asked
    answers = {one: officer.get(address_of(model), {one: "2026-01-01"}) for one in asked}
    assert {one for one, answer in answers.items() if answer.status_code != 400} == set()


@pytest.mark.parametrize("model", MODELS)
def test_each_filter_that_is_offered_narrows_it(officer, model):
    where = address_of(model)
    page: Any = officer.get(where).context_data["cl"]
    links = [choice["query_string"] for spec in page.filter_specs for choice in spec.choices(page)]
    assert len(links) >= len(page.filter_specs)
    assert {link: officer.get(where + link).status_code for link in links} == dict.fromkeys(
        links, 200
    )


NONSENSE = ("x", "2026-13-45", "0000-01-01", "9" * 40, "-1", "1e999", "\x00", "\ud800", "a,b", "")


@pytest.mark.parametrize("model", MODELS)
def test_a_filter_that_makes_no_sense_is_left_out(officer, model):
    where = address_of(model)
    page: Any = officer.get(where).context_data["cl"]
    names = {name for spec in page.filter_specs for name in spec.expected_parameters()}
    for name in names:
        for value in NONSENSE if EVERYTHING else NONSENSE[::3]:
            query = urlencode({name: value.encode("utf-8", "surrogatepass")})
            assert officer.get(f"{where}?{query}").status_code < 500, query


def test_no_password_is_tried_letter_by_letter(officer):
    with_a_password = make.an_esm()
    for column in ("password__startswith", "password", "company__users__password__startswith"):
        answer = officer.get(address_of(User), {column: with_a_password.password[:4]})
        assert answer.status_code == 400, column


ASK_THE_SERVER = {
    "the day of an instant": lambda: Event.objects.filter(at__date=clock.today()),
    "its hour": lambda: Event.objects.filter(at__hour=12),
    "its day, selected": lambda: Event.objects.annotate(day=TruncDate("at")).values("day"),
    "its hour, selected": lambda: Event.objects.annotate(hour=ExtractHour("at")).values("hour"),
    "the months, as the hierarchy of dates": lambda: Event.objects.datetimes("at", "month"),
    "a month, counted": lambda: Event.objects.values(month=TruncMonth("at")),
}


@pytest.mark.parametrize("asked", ASK_THE_SERVER)
def test_a_query_that_would_name_a_time_zone_is_refused_on_any_server(asked):
    """Its zone files may lack America/Montreal: it would fail there, and nowhere else."""
    with across_companies(because="a test"), pytest.raises(ZoneNamed):
        list(ASK_THE_SERVER[asked]())


def test_the_bounds_of_a_day_serve_instead():
    event = make.an_event()
    start = clock.start_of(clock.today())
    with across_companies(because="a test"):
        assert list(Event.objects.filter(at__gte=start)) == [event]
        assert list(Event.objects.filter(at__year=clock.today().year)) == [event]
