"""How long a proxy lasts: three years minus a day, in Québec's days; and how it is extended."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError
from django.urls import reverse
from freezegun import freeze_time

from cse_portal import clock
from proxies.models import Proxy
from proxies.terms import last_allowed_day
from tests import factories as make
from tests.proxies.conftest import FULL, assign, change, give, refused, row_set

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)

LAST_DAYS = [
    (date(2026, 11, 23), date(2029, 11, 22)),
    (date(2026, 1, 1), date(2028, 12, 31)),
    (date(2025, 3, 1), date(2028, 2, 29)),
    (date(2025, 2, 28), date(2028, 2, 27)),
    (date(2028, 2, 29), date(2031, 2, 27)),  # its anniversary is 28 February
    (date(2028, 3, 1), date(2031, 2, 28)),
]


@pytest.mark.parametrize(("start", "last"), LAST_DAYS)
def test_a_proxy_lasts_at_most_three_years_minus_a_day(esm, melccfp, start, last):
    with freeze_time(f"{start} 12:00"):
        assert give(esm, ends_on=last, rights={melccfp: FULL}).ends_on == last
        with refused("too_long"):
            give(esm, ends_on=last + DAY, rights={melccfp: FULL})


@pytest.mark.parametrize(("start", "last"), LAST_DAYS)
def test_postgresql_counts_the_term_as_the_portal_does(start, last):
    make.a_proxy(term_starts_on=start, ends_on=last)
    with pytest.raises(IntegrityError, match="proxy_lasts_under_three_years"):
        make.a_proxy(term_starts_on=start, ends_on=last + DAY)


def test_a_proxy_does_not_end_in_the_past(esm, melccfp):
    with refused("past"):
        give(esm, ends_on=clock.today() - DAY, rights={melccfp: FULL})


def test_a_proxy_may_end_today(esm, melccfp):
    assert give(esm, ends_on=clock.today(), rights={melccfp: FULL}).is_in_force


@freeze_time("2026-11-24 04:30")  # 23:30 in Québec, on the 23rd
def test_the_term_starts_on_the_day_it_is_in_quebec(esm, melccfp):
    proxy = give(esm, ends_on=date(2029, 11, 22), rights={melccfp: FULL})
    assert proxy.term_starts_on == date(2026, 11, 23)
    with refused("too_long"):
        give(esm, ends_on=date(2029, 11, 23), rights={melccfp: FULL})


@pytest.mark.parametrize(
    ("instant", "state"),
    [
        ("2026-12-01 04:59:59", Proxy.State.IN_FORCE),  # 23:59:59 in Québec, on 30 November
        ("2026-12-01 05:00:00", Proxy.State.EXPIRED),
    ],
)
def test_the_end_date_includes_that_day_until_midnight_in_quebec(instant, state):
    proxy = make.a_proxy(term_starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30))
    with freeze_time(instant):
        assert proxy.state == state
        in_force = Proxy._base_manager.filter(ends_on__gte=clock.today())
        assert in_force.exists() == (state == Proxy.State.IN_FORCE)


# --- extending ------------------------------------------------------------------------------------


@pytest.fixture
def proxy(esm, melccfp):
    """Given on 23 November 2026, until 31 March 2027."""
    with freeze_time("2026-11-23 12:00"):
        return give(esm, ends_on=date(2027, 3, 31), rights={melccfp: FULL})


@freeze_time("2027-03-01 12:00")
def test_an_extension_counts_three_years_from_the_day_of_the_change(esm, proxy):
    with refused("too_long"):
        change(proxy, by=esm, ends_on=date(2030, 3, 1))
    extended = change(proxy, by=esm, ends_on=date(2030, 2, 28))
    assert extended.ends_on == last_allowed_day(date(2027, 3, 1)) == date(2030, 2, 28)
    assert extended.term_starts_on == date(2027, 3, 1)


def test_a_proxy_is_extended_until_the_last_minute_of_its_last_day(esm, proxy):
    with freeze_time("2027-04-01 03:59:59"):  # 23:59:59 in Québec, on 31 March
        assert change(proxy, by=esm, ends_on=date(2027, 12, 31)).ends_on == date(2027, 12, 31)


@freeze_time("2027-04-01 04:00")  # midnight in Québec
def test_an_expired_proxy_is_neither_extended_nor_changed_nor_assigned(esm, julie, proxy):
    for asked in ({"ends_on": date(2027, 12, 31)}, {"description": "Autre"}):
        with refused():
            change(proxy, by=esm, **asked)
    with refused():
        assign(proxy, julie, by=esm)


@pytest.mark.parametrize("end", ["revoked_at", "renounced_at"])
def test_a_proxy_that_was_ended_is_neither_changed_nor_assigned(esm, julie, melccfp, end):
    agent_esm = make.an_esm()
    proxy = give(esm, agent=agent_esm.company, rights={melccfp: FULL})
    row_set(proxy, **{end: clock.now()})
    with refused():
        change(proxy, by=esm, description="Autre")
    with refused():
        assign(proxy, make.a_user(company=agent_esm.company), by=agent_esm)


@freeze_time("2027-03-01 12:00")
def test_shortening_a_proxy_does_not_start_a_new_term(esm, proxy):
    shortened = change(proxy, by=esm, ends_on=date(2027, 3, 10))
    assert shortened.term_starts_on == date(2026, 11, 23)
    with refused("past"):
        change(proxy, by=esm, ends_on=date(2027, 2, 28))


@freeze_time("2027-03-01 12:00")
def test_a_change_that_keeps_the_end_date_does_not_start_a_new_term(esm, proxy):
    changed = change(proxy, by=esm, description="Autre")
    assert (changed.description, changed.term_starts_on) == ("Autre", date(2026, 11, 23))


def test_the_last_possible_day_stands_in_the_hint_of_the_page(visitor, esm):
    with freeze_time("2026-11-23 12:00"):
        page = visitor.sign_in(esm).read(reverse("create-proxy-start"))
    assert "2029-11-22" in page
