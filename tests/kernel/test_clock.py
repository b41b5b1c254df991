"""Days are those of Québec, years those of PostgreSQL, working days those of the public service."""

from datetime import date

import pytest
from django.db import connection
from freezegun import freeze_time
from holidays import country_holidays

from cse_portal import clock


@pytest.mark.django_db
@pytest.mark.parametrize("years", [-3, 1, 3])
def test_years_after_agrees_with_postgresql_on_every_day_of_eight_years(years):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT day::date, (day + make_interval(years => %s))::date "
            "FROM generate_series('2024-01-01'::date, '2031-12-31'::date, '1 day') AS day",
            [years],
        )
        days = cursor.fetchall()
    assert len(days) == 8 * 365 + 2
    assert [(day, clock.years_after(day, years)) for day, _ in days] == days


def test_years_after_29_february_falls_back_to_the_28th():
    assert clock.years_after(date(2028, 2, 29), 3) == date(2031, 2, 28)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-11-23 04:59:59", date(2026, 11, 22)),  # 23:59:59, winter time
        ("2026-11-23 05:00:00", date(2026, 11, 23)),
        ("2026-07-01 03:59:59", date(2026, 6, 30)),  # 23:59:59, summer time
        ("2026-07-01 04:00:00", date(2026, 7, 1)),
    ],
)
def test_the_day_changes_at_midnight_in_quebec(instant, day):
    with freeze_time(instant):
        assert clock.today() == day


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        (date(2026, 6, 23), 2, date(2026, 6, 26)),  # 24 June: Fête nationale
        (date(2026, 12, 23), 2, date(2026, 12, 29)),  # 24, 25, 26 December, Sunday
        (date(2026, 12, 30), 1, date(2027, 1, 4)),  # 31 December, 1 and 2 January, Sunday
        (date(2026, 4, 2), 1, date(2026, 4, 7)),  # Good Friday, Easter Monday
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # a Friday
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # a Saturday
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
    ],
)
def test_working_days_are_those_of_quebecs_public_service(day, count, due):
    assert clock.working_days_after(day, count) == due


def test_remembrance_day_is_a_working_day_in_quebec():
    assert clock.is_working_day(date(2026, 11, 11))


def test_the_legal_holidays_are_those_of_the_librarys_front_door():
    said_by_the_library = country_holidays("CA", subdiv="QC", years=range(2024, 2045))
    assert len(said_by_the_library) > 150
    for day in said_by_the_library:
        assert not clock.is_working_day(day)
    for ordinal in range(date(2024, 1, 1).toordinal(), date(2045, 1, 1).toordinal()):
        day = date.fromordinal(ordinal)
        assert (day in clock._legal_holidays()) == (day in said_by_the_library)
