"""What no model may do, whoever writes it."""

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from cse_portal.checks import company_rows_are_scoped
from cse_portal.companies.tenancy import CompanyManager, CompanyOwned
from cse_portal.keys import RandomKey
from cse_portal.models import Company

OURS = (
    "cse_portal",
    "notices",
    "users",
    "registrations",
    "proxies",
    "eservices",
    "home",
    "sandbox",
)
OUR_MODELS = [model for app in OURS for model in apps.get_app_config(app).get_models()]


def test_the_models_of_the_portal_are_found():
    assert {"Proxy", "User", "Receipt", "SimulatedEmail"} <= {one.__name__ for one in OUR_MODELS}


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model.__name__)
def test_time_comes_from_the_clock_and_never_from_a_field_or_the_database(model):
    for field in model._meta.local_fields:
        assert not getattr(field, "auto_now", False), field
        assert not getattr(field, "auto_now_add", False), field
        if not isinstance(field, RandomKey):
            assert field.db_default in {models.NOT_PROVIDED, "", 0}, field


#: models whose keys are given out in turn, each with what keeps them from telling anything
KEYS_IN_TURN = {
    "Company": "a company goes by its identification number; its key is in the admin and the log",
    "Ministry": "public, and goes by its code",
    "Question": "public, and goes by its code",
    "Service": "public, and goes by its code",
    "TickedService": "a part of its right, which nothing names",
    "Event": "the order of a history; in the admin alone, which lists all of them",
    "Newcomer": "the order in which they came; nothing shows it, and it is deleted",
    "TrailEntry": "the order of the trail; nothing shows it but its place in its company's chain",
    "KeyOnRecord": "found by what it is for and its number, for operators alone",
    "CommandRun": "its command's name, for operators alone",
    "EmailChange": "one of a person, found by the person",
    "Tries": "found by what is counted",
    "Restore": "a few in a portal's life, in the admin alone, which lists all of them",
    "SimulatedEmail": "a simulation's mailbox lists every letter; none in production",
}


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model.__name__)
def test_a_key_is_drawn_unless_it_stays_where_it_tells_nothing(model):
    key = model._meta.pk
    drawn = isinstance(key, RandomKey | models.UUIDField | models.OneToOneField)
    assert drawn != (model.__name__ in KEYS_IN_TURN)


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model.__name__)
def test_a_model_that_points_at_a_company_is_company_owned(model):
    if any(field.related_model is Company for field in model._meta.fields):
        assert issubclass(model, CompanyOwned)
        assert isinstance(model._default_manager, CompanyManager)
        assert all(model._meta.get_field(name.split("__")[0]) for name in model.company_columns)


def test_the_portal_itself_passes_its_check():
    assert company_rows_are_scoped(None) == []


@isolate_apps("cse_portal")
def made_up(*bases, **attributes):
    """A model that points at a company, as a newcomer might write it."""
    attributes["company"] = models.ForeignKey(Company, models.CASCADE, related_name="+")
    meta = type("Meta", (), {"app_label": "cse_portal"})
    module = {"__module__": __name__, "Meta": meta}
    return type("MadeUp", bases, attributes | module)


@pytest.mark.parametrize(
    ("bases", "attributes", "errors"),
    [
        ((models.Model,), {}, 1),
        ((CompanyOwned,), {"objects": models.Manager()}, 1),
        ((CompanyOwned,), {"everyone": models.Manager(), "objects": CompanyManager()}, 1),
        ((CompanyOwned,), {}, 0),
    ],
    ids=["not scoped", "scoped but overridden", "scoped second", "scoped"],
)
def test_the_check_tells_of_a_model_that_would_open_a_companys_rows(
    monkeypatch, bases, attributes, errors
):
    model = made_up(*bases, **attributes)
    monkeypatch.setattr(apps, "get_models", lambda: [model])
    told = company_rows_are_scoped(None)
    assert [error.id for error in told] == ["cse_portal.E001"] * errors
    assert all("MadeUp" in error.msg for error in told)
