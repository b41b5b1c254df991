"""The stage of the proxies' rules: an emitter registered with a ministry that offers the IQEA."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from freezegun import freeze_time

from cse_portal import clock
from cse_portal.companies.tenancy import company_scope
from proxies import actions
from proxies.models import AccessRight, Proxy
from proxies.rules import Rights, rights_of
from proxies.terms import last_allowed_day
from registrations.models import Ministry, Registration, Service
from tests import factories as make
from users.models import User

#: of the fixture `external`
END = date(2027, 3, 31)
FULL = Rights(AccessRight.Scope.FULL)


def ticked(*services: Service) -> Rights:
    """« Avec restriction »."""
    return Rights(AccessRight.Scope.RESTRICTED, frozenset(services))


@contextmanager
def refused(code: str = "") -> Iterator[None]:
    """A rule refuses what is done in the block, under that code where it has one."""
    with pytest.raises(ValidationError) as refusal:
        yield
    if code:
        assert [error.code for error in refusal.value.error_list] == [code]


def give(by: User, **asked: Any) -> Proxy:
    """Create a proxy as that ESM; by default an internal one, for thirty days."""
    usual: dict[str, Any] = {"ends_on": clock.today() + timedelta(days=30), "description": "IQEA"}
    with company_scope(by.company):
        return actions.create(by=by, **usual | asked)


def change(proxy: Proxy, *, by: User, **asked: Any) -> Proxy:
    """Change what is said, and leave the rest of the proxy as it is."""
    with company_scope(by.company):
        now = Proxy.objects.get(pk=proxy.pk)
        usual: dict[str, Any] = {
            "ends_on": now.ends_on,
            "description": now.description,
            "rights": rights_of(now),
        }
        return actions.change(now, by=by, **usual | asked)


def assign(proxy: Proxy, *users: User, by: User) -> list:
    with company_scope(by.company):
        return actions.assign(proxy, to=users, by=by)


def row_set(row: Any, **fields: Any) -> None:
    """Change a row under everybody's feet."""
    type(row)._base_manager.filter(pk=row.pk).update(**fields)


@pytest.fixture
def melccfp(db: None) -> Ministry:
    return make.a_ministry(code="melccfp", acronym="MELCCFP")


@pytest.fixture
def operator(melccfp: Ministry) -> Service:
    return make.an_operator_service(ministry=melccfp, code="iqea-operator")


@pytest.fixture
def verifier(melccfp: Ministry) -> Service:
    return make.a_verifier_service(ministry=melccfp, code="iqea-verifier")


@pytest.fixture
def phosphorus(melccfp: Ministry) -> Service:
    return make.a_service(ministry=melccfp, code="bilan-phosphore")


@pytest.fixture
def registration(melccfp: Ministry) -> Registration:
    """The emitter's, « Actif »."""
    return make.an_active_registration(ministry=melccfp)


@pytest.fixture
def esm(registration: Registration) -> User:
    """The emitter's."""
    return make.an_esm(company=registration.company)


@pytest.fixture
def julie(esm: User) -> User:
    """A user of the emitter."""
    return make.a_user(company=esm.company)


@pytest.fixture
def agent_esm(db: None) -> User:
    """The ESM of another company, the agent."""
    return make.an_esm()


# --- two people at the same instant ---------------------------------------------------------------

TRIES = 3  # whichever thread is first, the outcome must hold: a pair is let go several times


@pytest.fixture(params=range(TRIES))
def turn(request: pytest.FixtureRequest) -> int:
    """Which time it is that the pair is let go."""
    return request.param


@pytest.fixture
def service(phosphorus: Service) -> Service:
    """Something to open."""
    return phosphorus


@pytest.fixture
def colleague(esm: User) -> User:
    """Another ESM of the emitter."""
    return make.an_esm(company=esm.company)


@pytest.fixture
def proxy(esm: User, melccfp: Ministry, service: Service) -> Proxy:
    return give(esm, rights={melccfp: FULL})


@pytest.fixture
def other(esm: User, melccfp: Ministry, service: Service) -> Proxy:
    return give(esm, rights={melccfp: FULL}, description="Autre")


@pytest.fixture
def received(esm: User, agent_esm: User, melccfp: Ministry, service: Service) -> Proxy:
    return give(esm, agent=agent_esm.company, rights={melccfp: FULL})


@pytest.fixture
def partner(agent_esm: User) -> User:
    """Another ESM of the agent."""
    return make.an_esm(company=agent_esm.company)


@pytest.fixture
def marc(agent_esm: User) -> User:
    """A user of the agent."""
    return make.a_user(company=agent_esm.company)


@pytest.fixture
def later(proxy: Proxy) -> date:
    return last_allowed_day(proxy.term_starts_on)


EXPIRED = {"term_starts_on": date(2020, 1, 1), "ends_on": date(2020, 12, 31)}


@pytest.fixture
def external() -> Proxy:
    """Given to an agent, held by one of its users."""
    with freeze_time("2026-01-05 15:00"):
        esm, agent_esm = make.an_esm(), make.an_esm()
        proxy = make.a_proxy(given_by=esm, agent=agent_esm.company, ends_on=END)
        holder = make.a_user(company=agent_esm.company)
        make.an_assignment(proxy=proxy, user=holder, assigned_by=agent_esm)
    return proxy
