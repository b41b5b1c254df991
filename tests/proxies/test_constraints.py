"""Each constraint of proxies's models, broken on purpose twice."""

from datetime import date

import pytest

from cse_portal import clock
from tests import factories as make
from tests.breaks import Break, is_refused_by_postgresql, is_told_by_a_form, names_of

pytestmark = pytest.mark.django_db


def an_external_proxy(**fields):
    return make.a_proxy(agent=make.a_company(), **fields)


def a_renounced_proxy():
    return an_external_proxy(renounced_at=clock.now())


def an_ended_right():
    standing = make.an_access_right()
    return make.an_access_right(
        proxy=standing.proxy, ministry=standing.ministry, ended_at=clock.now()
    )


def a_second_ticked_service():
    first = make.a_ticked_service()
    return make.a_ticked_service(access_right=first.access_right)


def an_ended_assignment():
    standing = make.an_assignment()
    second = make.a_proxy(mandator=standing.mandator)
    return make.an_assignment(proxy=second, user=standing.user, ended_at=clock.now())


BREAKS = {
    "proxy_lasts_under_three_years": Break(
        lambda: make.a_proxy(term_starts_on=date(2026, 11, 23)), {"ends_on": date(2029, 11, 23)}
    ),
    "proxy_agent_is_another_company": Break(
        an_external_proxy, lambda proxy: {"agent": proxy.mandator}
    ),
    "proxy_has_a_description": Break(make.a_proxy, {"description": ""}),
    "proxy_ends_once": Break(a_renounced_proxy, {"revoked_at": clock.now()}),
    "proxy_is_renounced_by_an_agent": Break(make.a_proxy, {"renounced_at": clock.now()}),
    "access_right_once_per_ministry": Break(an_ended_right, {"ended_at": None}),
    "ticked_service_once_per_right": Break(
        a_second_ticked_service,
        lambda second: {"service": second.access_right.services.first()},
    ),
    "assignment_one_per_user_and_mandator": Break(an_ended_assignment, {"ended_at": None}),
}


def test_a_proxy_does_not_end_before_it_starts():
    broken = Break(
        lambda: make.a_proxy(term_starts_on=date(2026, 11, 23)), {"ends_on": date(2026, 11, 22)}
    )
    is_told_by_a_form("proxy_lasts_under_three_years", broken)
    is_refused_by_postgresql("proxy_lasts_under_three_years", broken)


each_break = pytest.mark.parametrize("name", BREAKS)


def test_no_constraint_is_left_untried():
    assert names_of("proxies") == BREAKS.keys()


@each_break
def test_a_form_says_so(name):
    is_told_by_a_form(name, BREAKS[name])


@each_break
def test_postgresql_refuses(name):
    is_refused_by_postgresql(name, BREAKS[name])
