"""The portal's only source of time: instants, days, years and working days.

Days are those of Québec (America/Montreal), whatever the server's own zone. PostgreSQL's `now()`
is never used for the portal's business, so that a test or a training session can move the clock.
Nor is PostgreSQL asked on which day an instant falls, for its zone files may not name that zone:
the bounds of a day are computed here (`start_of`), and `cse_portal.companies.postgresql.operations`
refuses a query that would name a zone.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from dateutil.easter import easter
from django.conf import settings
from django.utils import timezone

SATURDAY, SUNDAY = 5, 6
#: by how much the clocks of two machines in service may differ: each is within a minute of the
#: database's (`/readyz`)
MOST_APART = timedelta(minutes=2)


def now() -> datetime:
    """The present instant, with its time zone."""
    return timezone.now()


def now_but_not_before(earlier: datetime | None) -> datetime:
    """The present instant, or that of the row's last change if another machine's clock was ahead.

    The rows of a list are kept in order by PostgreSQL (`notices/migrations/0017`).
    """
    instant = now()
    return earlier if earlier and instant < earlier <= instant + MOST_APART else instant


def today() -> date:
    """The present day in Québec."""
    return in_quebec(now()).date()


def in_quebec(instant: datetime) -> datetime:
    """The same instant in Québec's time zone."""
    return instant.astimezone(timezone.get_default_timezone())


def start_of(day: date) -> datetime:
    """The instant at which a day begins in Québec."""
    return datetime.combine(day, time.min, timezone.get_default_timezone())


def years_after(day: date, years: int) -> date:
    """The same calendar day `years` later; 29 February falls back to the 28th, as in PostgreSQL."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def working_days_after(day: date, count: int) -> date:
    """The day on which `count` working days of Québec's public service have passed after `day`.

    A ministry that answers "within two working days" (procedure, section 1) answers by that day.
    """
    while count > 0:
        day += timedelta(days=1)
        if is_working_day(day):
            count -= 1
    return day


def is_working_day(day: date) -> bool:
    """Whether Québec's public service works on that day."""
    return not (
        day.weekday() >= SATURDAY
        or day in _legal_holidays(day.year)
        or day.strftime("%m-%d") in settings.PUBLIC_SERVICE_DAYS_OFF
        or day == easter(day.year) + timedelta(days=1)
    )


@lru_cache(maxsize=100)
def _legal_holidays(year: int) -> frozenset[date]:
    """Québec's eight (labour standards, section 60; National Holiday Act).

    New Year's Day, Good Friday, National Patriots' Day, the Fête nationale, Canada Day, Labour Day,
    Thanksgiving and Christmas Day.
    """
    new_year, national, canada, christmas = (
        date(year, month, day) for month, day in ((1, 1), (6, 24), (7, 1), (12, 25))
    )
    return frozenset(
        {
            _monday_from(new_year, moved_from=SATURDAY),
            easter(year) - timedelta(days=2),
            _monday_until(date(year, 5, 24)),
            _monday_from(national, moved_from=SUNDAY),
            _monday_from(canada, moved_from=SUNDAY),
            _monday_until(date(year, 9, 7)),
            _monday_until(date(year, 10, 14)),
            _monday_from(christmas, moved_from=SATURDAY),
        }
    )


def _monday_until(day: date) -> date:
    """The last Monday on or before that day."""
    return day - timedelta(days=day.weekday())


def _monday_from(day: date, *, moved_from: int) -> date:
    """The day itself, or the Monday after it when it falls on that day of the week or later."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= moved_from else day
