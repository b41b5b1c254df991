"""The demo companies on a fixed day, and their people before the pages, in each language."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Model
from django.urls import reverse
from django.utils import translation
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from pytest_django import DjangoDbBlocker

from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Company
from proxies.models import Proxy
from registrations.models import Ministry, Registration, Service
from sandbox import demo_companies
from tests import factories as make
from tests.extent import walked_languages
from tests.journeys.person import Person
from tests.shared_rows import shared_rows
from users.models import User

#: a Monday morning in Québec; proxies given on it end on 22 November 2029 at the latest
MONDAY_MORNING = "2026-11-23T14:05:00Z"


@pytest.fixture(autouse=True)
def time() -> Iterator[FrozenDateTimeFactory]:
    """Stands still, unless a test moves it."""
    with freeze_time(MONDAY_MORNING, ignore=["_pytest."]) as frozen:  # pytest times its own work
        assert isinstance(frozen, FrozenDateTimeFactory)
        yield frozen


@pytest.fixture(params=walked_languages())
def language(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="package")
def demo_is_loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The demo's companies, loaded once for all journeys: each test rolls back to them."""
    with shared_rows(freeze_time(MONDAY_MORNING)(demo_companies.load), django_db_blocker):
        yield


@pytest.fixture(autouse=True)
def demo(demo_is_loaded: None, db: None) -> None:
    """Every journey starts from the demo's companies."""


def person(language: str, user_code: str) -> Person:
    """A person of the demo, already signed in, at home."""
    with across_companies(because="tests arrange every company"):
        user = User.objects.select_related("company").get(user_code=user_code)
    one = Person(language, user)
    with translation.override(language):
        one.opens(reverse("home"))
    return one


def company(number: str) -> Company:
    return Company.objects.get(identification_number=number)


def user_named(code: str) -> User:
    return User.objects.get_by_natural_key(code)


def service(code: str) -> Service:
    return Service.objects.get(code=code)


@pytest.fixture
def aciery() -> Company:
    """The emitter whose four steps are still to do."""
    return company("1000000001")


@pytest.fixture
def melccfp() -> Ministry:
    return Ministry.objects.get(code="melccfp")


@pytest.fixture
def registered(aciery: Company, melccfp: Ministry) -> Registration:
    """Step 1 done: the emitter's registration with the MELCCFP is active."""
    return make.an_active_registration(company=aciery, ministry=melccfp)


@pytest.fixture
def internal_proxy(registered: Registration) -> Proxy:
    """Step 3 done: an internal proxy with the operator's right."""
    return a_proxy_for_iqea(registered.company, description="IQEA – exploitant")


def a_proxy_for_iqea(mandator: Company, **fields: Any) -> Proxy:
    with across_companies(because="tests arrange every company"):
        esm = User.objects.esms().get(company=mandator)
    proxy = make.a_proxy(mandator=mandator, given_by=esm, **fields)
    make.an_access_right(proxy=proxy, services=[service("iqea-operator")])
    return proxy


def changes(row: Model, **fields: Any) -> None:
    """Arrange what a row says, whoever's it is."""
    with across_companies(because="tests arrange every company"):
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()


@pytest.fixture
def marie(language: str) -> Person:
    """The ESM of the emitter whose four steps are still to do, at home."""
    return person(language, "TREM1001")


@pytest.fixture
def luc(language: str) -> Person:
    """The ESM of the consulting firm, at home."""
    return person(language, "GAGN2001")
