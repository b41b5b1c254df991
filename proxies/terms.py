"""The term of a proxy, three years minus a day, in Python and in SQL (procedure, section 3)."""

from datetime import date, timedelta
from typing import Any

from django.db import models

from cse_portal.clock import years_after

MAXIMUM_YEARS = 3


def last_allowed_day(start: date) -> date:
    """The last possible end date: the day before the third anniversary of the period's start."""
    return years_after(start, MAXIMUM_YEARS) - timedelta(days=1)


class YearsAfter(models.Func):
    """SQL twin of `clock.years_after`, so that a constraint can hold the rule."""

    template = "(%(expressions)s + make_interval(years => %(years)s))::date"
    output_field = models.DateField()

    def __init__(self, day: Any, *, years: int) -> None:
        super().__init__(day, years=years)
