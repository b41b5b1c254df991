"""The operator and the verifier of the IQEA (procedure, section 3; RDOCECA, section 6.6)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from freezegun import freeze_time

from cse_portal import clock
from cse_portal.models import Receipt
from proxies.models import TickedService
from tests import factories as make
from tests.proxies.conftest import FULL, change, give, refused, row_set, ticked

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(agent_esm):
    return agent_esm.company


def test_the_operators_right_is_given_in_an_internal_or_an_external_proxy(
    esm, agent, melccfp, operator
):
    for party in (None, agent):
        assert give(esm, agent=party, rights={melccfp: ticked(operator)}).is_in_force


def test_the_verifiers_right_is_given_in_an_external_proxy_only(esm, agent, melccfp, verifier):
    assert give(esm, agent=agent, rights={melccfp: ticked(verifier)}).is_in_force
    with refused("external_only"):
        give(esm, rights={melccfp: ticked(verifier)})


def test_an_internal_proxy_is_not_changed_to_hold_the_verifiers_right(esm, melccfp, verifier):
    proxy = give(esm, rights={melccfp: FULL})
    with refused("external_only"):
        change(proxy, by=esm, rights={melccfp: ticked(verifier)})


def test_the_verifiers_is_the_only_iqea_right_of_its_proxy(
    esm, agent, melccfp, operator, verifier, phosphorus
):
    with refused("both_roles"):
        give(esm, agent=agent, rights={melccfp: ticked(operator, verifier)})
    proxy = give(esm, agent=agent, rights={melccfp: ticked(verifier, phosphorus)})
    with refused("both_roles"):
        change(proxy, by=esm, rights={melccfp: ticked(operator, verifier)})


def test_the_verifiers_is_the_only_iqea_right_of_its_proxy_whatever_the_ministry(
    esm, agent, melccfp, operator
):
    other = make.an_active_registration(company=esm.company).ministry
    verifier = make.a_verifier_service(ministry=other)
    with refused("both_roles"):
        give(esm, agent=agent, rights={melccfp: ticked(operator), other: ticked(verifier)})
    proxy = give(esm, agent=agent, rights={melccfp: ticked(operator)})
    with refused("both_roles"):
        change(proxy, by=esm, rights={melccfp: ticked(operator), other: ticked(verifier)})


def test_a_proxy_may_be_changed_from_one_role_to_the_other(esm, agent, melccfp, operator, verifier):
    proxy = give(esm, agent=agent, rights={melccfp: ticked(operator)})
    assert change(proxy, by=esm, rights={melccfp: ticked(verifier)}).is_in_force


@pytest.fixture(params=["operator then verifier", "verifier then operator"])
def roles(request, operator, verifier):
    """The role that the agent holds, and the one that it may not hold too."""
    both = (operator, verifier)
    return both if request.param.startswith("operator") else both[::-1]


@pytest.fixture
def held(esm, agent, melccfp, roles):
    """The proxy by which the agent holds the first role."""
    return give(esm, agent=agent, rights={melccfp: ticked(roles[0])})


def test_the_same_agent_is_not_given_both_roles_of_one_mandator(esm, agent, melccfp, roles, held):
    with refused("incompatible"):
        give(esm, agent=agent, rights={melccfp: ticked(roles[1])})


def test_the_same_agent_does_not_get_the_other_role_by_a_change(
    esm, agent, melccfp, phosphorus, roles, held
):
    second = give(esm, agent=agent, rights={melccfp: ticked(phosphorus)})
    with refused("incompatible"):
        change(second, by=esm, rights={melccfp: ticked(phosphorus, roles[1])})


def test_another_agent_is_given_the_other_role(esm, melccfp, roles, held):
    other = make.a_company()
    assert give(esm, agent=other, rights={melccfp: ticked(roles[1])}).is_in_force


def test_the_same_agent_is_given_the_other_role_of_another_mandator(agent, melccfp, roles, held):
    registration = make.an_active_registration(ministry=melccfp)
    other_esm = make.an_esm(company=registration.company)
    assert give(other_esm, agent=agent, rights={melccfp: ticked(roles[1])}).is_in_force


def test_the_mandators_own_people_may_hold_a_role_beside_an_agent(esm, agent, melccfp, operator):
    give(esm, agent=agent, rights={melccfp: ticked(operator)})
    assert give(esm, rights={melccfp: ticked(operator)}).is_in_force


# --- after the first role has ended ---------------------------------------------------------------


def revoked(proxy, esm, melccfp):
    row_set(proxy, revoked_at=clock.now())


def renounced(proxy, esm, melccfp):
    row_set(proxy, renounced_at=clock.now())


def expired(proxy, esm, melccfp):
    yesterday = clock.today() - timedelta(days=1)
    row_set(proxy, term_starts_on=yesterday, ends_on=yesterday)


def unticked(proxy, esm, melccfp):
    change(proxy, by=esm, rights={melccfp: FULL})


@pytest.fixture(params=[revoked, renounced, expired, unticked], ids=lambda end: end.__name__)
def ended(request, held, esm, melccfp):
    """The same, once the agent no longer holds the first role."""
    request.param(held, esm, melccfp)
    return held


@pytest.fixture
def check(visitor, esm, agent, melccfp, roles, ended):
    """The verification page of a proxy that gives the agent the other role, and its answers."""

    def check():
        typed = {
            "kind": "external",
            "agent_number": agent.identification_number,
            "ends_on": (clock.today() + timedelta(days=60)).isoformat(),
            "description": "IQEA",
            "ministry": "melccfp",
        }
        visitor.sign_in(esm)
        rights = visitor.fill(reverse("create-proxy-start"), **typed, detour="rights")
        page = visitor.fill(rights, scope="restricted", services=[roles[1].code])
        return visitor.fill(page, **typed)

    return check


def warnings_on(visitor, check):
    told = visitor.get(check).context_data["summary"].consequences
    return [one for one in told if "RDOCECA" in one]


def test_once_the_first_role_has_ended_the_agent_is_given_the_other(
    esm, agent, melccfp, roles, ended
):
    assert give(esm, agent=agent, rights={melccfp: ticked(roles[1])}).is_in_force


def test_within_three_years_a_warning_stands_on_the_verification_page_and_in_the_receipt(
    visitor, agent, check
):
    address = check()
    (warning,) = warnings_on(visitor, address)
    assert agent.name in warning
    visitor.transmit(address)
    assert warning in Receipt._base_manager.get().consequences


def test_the_warning_stands_there_until_the_third_anniversary_and_no_longer(visitor, check):
    anniversary = clock.years_after(clock.today(), 3)
    with freeze_time(f"{anniversary - timedelta(days=1)} 17:00"):
        assert len(warnings_on(visitor, check())) == 1
    with freeze_time(f"{anniversary + timedelta(days=2)} 17:00"):
        assert warnings_on(visitor, check()) == []


def test_an_agent_that_never_had_the_other_role_is_warned_of_nothing(visitor, check, ended):
    row_set(ended, agent=make.a_company())
    assert warnings_on(visitor, check()) == []


def test_the_role_held_for_another_mandator_is_no_reason_to_warn(
    visitor, agent, roles, check, ended
):
    TickedService._base_manager.filter(access_right__proxy=ended).delete()
    make.an_access_right(proxy=make.a_proxy(agent=agent), services=[roles[0]])
    assert warnings_on(visitor, check()) == []
