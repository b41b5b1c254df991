"""Whoever acts by a registration is told when its rights close, and when they open again."""

import pytest

from cse_portal.companies.tenancy import across_companies, company_scope
from notices.models import Message
from registrations import actions
from tests import factories as make
from tests.proxies.conftest import row_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def esm():
    return make.an_esm()


@pytest.fixture
def registration(esm):
    return make.an_active_registration(company=esm.company)


def a_holder(registration, esm, **proxy):
    """Somebody who holds a proxy with rights by that registration."""
    given = make.a_proxy(given_by=esm, **proxy)
    make.an_access_right(proxy=given, ministry=registration.ministry)
    return make.an_assignment(proxy=given).user


def deactivates(registration, esm):
    with company_scope(esm.company):
        return actions.deactivate(registration, by=esm)


def told():
    """Each message: to whom, of what kind."""
    return [(one.user_id, one.kind) for one in Message._base_manager.order_by("user", "written_at")]


def test_agents_and_holders_are_told_once_each_and_the_one_who_acts_is_not(registration, esm):
    own = a_holder(registration, esm)
    agent_esm = make.an_esm()
    for _proxy in range(2):
        a_holder(registration, esm, agent=agent_esm.company)
    with across_companies(because="the ESM holds one too"):
        given = esm.company.proxies_given.get(agent=None)
    make.an_assignment(proxy=given, user=esm)
    deactivates(registration, esm)
    assert (own.pk, "rights.closed_held") in told()
    assert told().count((agent_esm.pk, "rights.closed")) == 1
    assert not [kind for person, kind in told() if person == esm.pk]


def test_an_agents_manager_who_holds_it_himself_is_told_once(registration, esm):
    given = make.a_proxy(given_by=esm, agent=make.a_company())
    make.an_access_right(proxy=given, ministry=registration.ministry)
    manager = make.an_esm(company=given.agent)
    make.an_assignment(proxy=given, user=manager, assigned_by=manager)
    deactivates(registration, esm)
    assert told() == [(manager.pk, "rights.closed")]


def test_nobody_is_told_who_opened_nothing_there(registration, esm):
    suspended = a_holder(registration, esm)
    row_set(suspended, is_active=False)
    row_set(make.a_proxy(given_by=esm), revoked_at="2026-01-01T12:00Z")
    elsewhere = make.a_proxy(given_by=esm)
    make.an_access_right(proxy=elsewhere)
    make.an_assignment(proxy=elsewhere)
    deactivates(registration, esm)
    assert told() == []


def test_they_are_told_when_the_ministry_reactivates_it(registration, esm):
    own = a_holder(registration, esm)
    deactivates(registration, esm)
    with company_scope(esm.company):
        actions.request_reactivation(registration, by=esm)
    with across_companies(because="the ministry answers"):
        actions.accept(registration, by=None)
    kinds = [kind for person, kind in told() if person == own.pk]
    assert kinds == ["rights.closed_held", "rights.open"]
    assert (esm.pk, "registration.accepted") in told()
    assert (esm.pk, "rights.open") not in told()


def test_a_first_registration_tells_its_managers_alone(esm):
    registration = make.a_registration(company=esm.company)
    with across_companies(because="the ministry answers"):
        actions.accept(registration, by=None)
    assert {kind for _person, kind in told()} == {"registration.accepted"}
