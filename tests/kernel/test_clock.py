"""Days are those of Québec, years those of PostgreSQL, working days those of the public service."""

from datetime import date

import pytest
from django.db import connection
from freezegun import freeze_time

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


#: New Year’s Day, Good Friday, Easter Monday, National Patriots’ Day, the Fête nationale, Canada
#: Day, Labour Day, Thanksgiving, Christmas Day; on a Sunday, moved to Monday; of a Saturday, the
#: first and the last too
LEGAL_HOLIDAYS = {
    2024: "01-01 03-29 04-01 05-20 06-24 07-01 09-02 10-14 12-25",
    2025: "01-01 04-18 04-21 05-19 06-24 07-01 09-01 10-13 12-25",
    2026: "01-01 04-03 04-06 05-18 06-24 07-01 09-07 10-12 12-25",
    2027: "01-01 03-26 03-29 05-24 06-24 07-01 09-06 10-11 12-27",  # Christmas Day: a Saturday
    2028: "01-03 04-14 04-17 05-22 09-04 10-09 12-25",  # 1 January, 24 June, 1 July: Saturdays
    2029: "01-01 03-30 04-02 05-21 06-25 07-02 09-03 10-08 12-25",  # 24 June, 1 July: Sundays
    2033: "01-03 04-15 04-18 05-23 06-24 07-01 09-05 10-10 12-26",  # Christmas Day: a Sunday
    2034: "01-02 04-07 04-10 05-22 09-04 10-09 12-25",  # New Year's Day: a Sunday
}


@pytest.mark.parametrize("year", LEGAL_HOLIDAYS)
def test_the_days_on_which_the_public_service_rests(year, settings):
    settings.PUBLIC_SERVICE_DAYS_OFF = []
    days = (date.fromordinal(date(year, 1, 1).toordinal() + n) for n in range(366))
    resting = [
        f"{day:%m-%d}"
        for day in days
        if day.year == year and day.weekday() < clock.SATURDAY and not clock.is_working_day(day)
    ]
    assert resting == LEGAL_HOLIDAYS[year].split()
