"""The portal's only source of time: instants, days, years and working days.

Days are those of Québec (America/Montreal), whatever the server's own zone. PostgreSQL's `now()`
is never used for the portal's business, so that a test or a training session can move the clock.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import holidays
from dateutil.easter import easter
from django.conf import settings
from django.utils import timezone
from holidays.holiday_base import HolidayBase

SATURDAY = 5


def now() -> datetime:
    """This instant, aware."""
    return timezone.now()


def today() -> date:
    """The day it is in Québec."""
    return in_quebec(now()).date()


def in_quebec(instant: datetime) -> datetime:
    """The same instant, as clocks show it in Québec."""
    return instant.astimezone(timezone.get_default_timezone())


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
        or day in _legal_holidays()
        or day.strftime("%m-%d") in settings.PUBLIC_SERVICE_DAYS_OFF
        or day == easter(day.year) + timedelta(days=1)
    )


@lru_cache(maxsize=1)
def _legal_holidays() -> HolidayBase:
    """Québec's, of the library's module of Canada alone.

    Asked by the library's front door, it reads its modules of 250 countries: eight megabytes, in
    each process.
    """
    place = Path(holidays.__file__).with_name("countries") / "canada.py"
    spec: Any = spec_from_file_location("holidays_of_canada", place)
    canada: Any = module_from_spec(spec)
    spec.loader.exec_module(canada)
    found: HolidayBase = canada.Canada(subdiv="QC", language="fr")
    return found
