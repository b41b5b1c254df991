"""What a proxy may bundle: rights of active registrations, services ticked or not."""

import pytest
from django.urls import reverse

from proxies.models import AccessRight
from tests import factories as make
from tests.factories import DEACTIVATED
from tests.proxies.conftest import FULL, change, give, refused, row_set, ticked

pytestmark = pytest.mark.django_db


def standing(proxy):
    rights = AccessRight._base_manager.filter(proxy=proxy, ended_at=None).order_by("granted_at")
    return [(one.ministry, one.scope, set(one.services.all())) for one in rights]


def test_a_proxy_grants_rights_of_one_ministry_at_least(esm):
    with refused():
        give(esm, rights={})


@pytest.mark.parametrize(
    "registered",
    [make.a_registration, make.a_refused_registration, None],
    ids=["in process", "refused", "not at all"],
)
def test_rights_are_granted_only_where_the_registration_is_active(esm, melccfp, registered):
    ministry = make.a_ministry()
    if registered:
        registered(company=esm.company, ministry=ministry)
    with refused():
        give(esm, rights={melccfp: FULL, ministry: FULL})
    proxy = give(esm, rights={melccfp: FULL})
    with refused():
        change(proxy, by=esm, rights={melccfp: FULL, ministry: FULL})


def test_a_deactivated_registration_grants_nothing_more(esm, melccfp, registration):
    row_set(registration, **DEACTIVATED)
    with refused():
        give(esm, rights={melccfp: FULL})


def test_the_active_registration_of_another_company_grants_nothing(esm):
    theirs = make.an_active_registration()
    with refused():
        give(esm, rights={theirs.ministry: FULL})


def test_only_ministries_with_an_active_registration_are_offered(visitor, esm):
    pending = make.a_registration(company=esm.company)
    page = visitor.sign_in(esm).read(reverse("create-proxy-start"))
    assert 'value="melccfp"' in page
    assert pending.ministry.code not in page


def test_what_a_proxy_has_already_stays_when_its_registration_lapses(
    esm, melccfp, phosphorus, registration
):
    proxy = give(esm, rights={melccfp: ticked(phosphorus)})
    row_set(registration, **DEACTIVATED)
    change(proxy, by=esm, description="Autre")
    assert standing(proxy) == [(melccfp, "restricted", {phosphorus})]
    with refused():
        change(proxy, by=esm, rights={melccfp: FULL})


def test_what_a_proxy_has_already_is_not_judged_again(esm, agent_esm, melccfp, phosphorus):
    proxy = give(esm, agent=agent_esm.company, rights={melccfp: ticked(phosphorus)})
    row_set(phosphorus, is_offered=False)
    row_set(melccfp, takes_external_proxies=False)
    assert change(proxy, by=esm, description="Autre").description == "Autre"
    assert standing(proxy) == [(melccfp, "restricted", {phosphorus})]


def test_with_restriction_nothing_ticked_is_refused(esm, melccfp):
    with refused("nothing_ticked"):
        give(esm, rights={melccfp: ticked()})


def test_with_restriction_the_service_of_another_ministry_is_refused(esm, melccfp):
    with refused("foreign"):
        give(esm, rights={melccfp: ticked(make.a_service())})


def test_with_restriction_a_service_no_longer_offered_is_refused(esm, melccfp):
    gone = make.a_service(ministry=melccfp, is_offered=False)
    with refused("foreign"):
        give(esm, rights={melccfp: ticked(gone)})


def test_without_restriction_never_includes_a_service_that_must_be_ticked(
    esm, melccfp, operator, phosphorus
):
    proxy = give(esm, rights={melccfp: FULL})
    right = AccessRight._base_manager.get(proxy=proxy)
    assert right.covers(phosphorus)
    assert not right.covers(operator)


def test_a_ticked_service_is_covered_and_no_other(esm, melccfp, operator, phosphorus):
    proxy = give(esm, rights={melccfp: ticked(operator)})
    right = AccessRight._base_manager.get(proxy=proxy)
    assert right.covers(operator)
    assert not right.covers(phosphorus)


def test_without_restriction_an_external_only_service_is_for_external_proxies(melccfp):
    special = make.a_service(ministry=melccfp, is_external_only=True)
    internal = make.an_access_right(ministry=melccfp)
    external = make.an_access_right(ministry=melccfp, proxy=make.a_proxy(agent=make.a_company()))
    assert not internal.covers(special)
    assert external.covers(special)


def test_a_change_ends_the_old_rights_and_writes_new_ones(esm, melccfp, operator, phosphorus):
    proxy = give(esm, rights={melccfp: ticked(operator)})
    change(proxy, by=esm, rights={melccfp: ticked(operator, phosphorus)})
    assert standing(proxy) == [(melccfp, "restricted", {operator, phosphorus})]
    ended = AccessRight._base_manager.get(proxy=proxy, ended_at__isnull=False)
    assert set(ended.services.all()) == {operator}


def test_rights_that_stay_the_same_are_left_alone(esm, melccfp):
    other = make.an_active_registration(company=esm.company).ministry
    proxy = give(esm, rights={melccfp: FULL, other: FULL})
    before = AccessRight._base_manager.get(proxy=proxy, ministry=melccfp)
    change(proxy, by=esm, rights={melccfp: FULL})
    assert AccessRight._base_manager.get(proxy=proxy, ministry=melccfp).pk == before.pk
    assert standing(proxy) == [(melccfp, "full", set())]


def test_nobody_changes_the_proxy_of_another_company(esm, agent_esm, melccfp):
    proxy = give(esm, agent=agent_esm.company, rights={melccfp: FULL})
    with pytest.raises(type(proxy).DoesNotExist):
        change(proxy, by=agent_esm, description="Autre")


# --- M/O that take no external proxies ------------------------------------------------------------


@pytest.fixture
def cnesst(esm):
    ministry = make.a_ministry(code="cnesst", takes_external_proxies=False)
    return make.an_active_registration(company=esm.company, ministry=ministry).ministry


def test_a_ministry_that_takes_no_external_proxies_refuses_them(esm, agent_esm, melccfp, cnesst):
    with refused("no_external"):
        give(esm, agent=agent_esm.company, rights={cnesst: FULL})
    proxy = give(esm, agent=agent_esm.company, rights={melccfp: FULL})
    with refused("no_external"):
        change(proxy, by=esm, rights={melccfp: FULL, cnesst: FULL})


def test_a_ministry_that_takes_no_external_proxies_takes_internal_ones(esm, cnesst):
    assert give(esm, rights={cnesst: FULL}).is_in_force


def test_the_page_says_whom_to_call_where_no_external_proxy_is_taken(visitor, esm, cnesst):
    page = visitor.sign_in(esm).read(reverse("create-proxy-start"))
    assert cnesst.telephone in page
