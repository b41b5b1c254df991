"""Rights and e-services are read for several proxies and ministries at once, and no others'."""

import pytest
from django.db import connection
from django.db.models import BigIntegerField
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cse_portal.companies.tenancy import company_scope
from proxies.models import Proxy
from proxies.rules import read_rights, rights_of
from registrations.models import Ministry
from registrations.services import read_services
from tests import factories as make
from tests.proxies.conftest import FULL, change, give, ticked

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(esm, melccfp, operator, service):
    """Without restriction, with two services ticked, and changed since it was given."""
    changed = give(esm, rights={melccfp: ticked(service)})
    change(changed, by=esm, rights={melccfp: ticked(operator)})
    both = give(esm, rights={melccfp: ticked(service, operator)})
    return [give(esm, rights={melccfp: FULL}), both, changed]


def test_the_rights_of_several_proxies_are_read_by_two_statements(
    esm, melccfp, operator, service, three
):
    with company_scope(esm.company):
        proxies = [Proxy.objects.get(pk=one.pk) for one in three]
        with CaptureQueriesContext(connection) as asked:
            read_rights(proxies)
            found = [rights_of(one) for one in proxies]
    assert found == [
        {melccfp: FULL},
        {melccfp: ticked(service, operator)},
        {melccfp: ticked(operator)},
    ]
    assert len(asked) == 2


def test_each_object_of_one_proxy_has_its_rights(esm, melccfp, three):
    with company_scope(esm.company):
        twice = [Proxy.objects.get(pk=three[0].pk) for _each in range(2)]
        read_rights(twice)
        assert [rights_of(one) for one in twice] == [{melccfp: FULL}] * 2


def test_of_another_company_no_right_is_read(esm, melccfp, three):
    stranger = make.an_esm()
    with company_scope(stranger.company):
        read_rights(three)
    assert [one.standing_rights for one in three] == [[], [], []]


def test_the_services_of_several_ministries_are_read_by_one_statement(db):
    offered = [make.a_service() for _each in range(3)]
    withdrawn = make.a_service(ministry=offered[0].ministry, position=0, is_offered=False)
    ministries = [Ministry.objects.get(pk=one.ministry_id) for one in offered]
    with CaptureQueriesContext(connection) as asked:
        read_services(ministries[:2])
        read_services(ministries)
        read_services(ministries)
        found = [one.every_service for one in ministries]
    assert found == [[withdrawn, offered[0]], [offered[1]], [offered[2]]]
    assert len(asked) == 2


@pytest.mark.parametrize("flow", ["assign-proxy", "change-proxy", "renounce-proxy"])
def test_a_key_that_no_row_can_have_is_not_searched_for(visitor, esm, flow):
    visitor.sign_in(esm)
    address = reverse(f"{flow}-start", kwargs={"subject": BigIntegerField.MAX_BIGINT + 1})
    with CaptureQueriesContext(connection) as asked:
        assert visitor.get(address).status_code == 404
    assert not [one["sql"] for one in asked if "proxies_proxy" in one["sql"]]
