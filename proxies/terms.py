"""The term of a proxy, three years minus a day, in Python and in SQL (procedure, section 3)."""

from datetime import date, timedelta

from django.db import models

from cse_portal.clock import years_after

MAXIMUM_YEARS = 3


def last_allowed_day(start: date) -> date:
    """The last possible end date: the day before the third anniversary of the period's start."""
    return years_after(start, MAXIMUM_YEARS) - timedelta(days=1)


class YearsAfter(models.Func):
    """`clock.years_after` in SQL, for the constraint."""

    template = "(%(expressions)s + make_interval(years => %(years)s))::date"
    output_field = models.DateField()

    def __init__(self, day: str, *, years: int) -> None:
        super().__init__(day, years=years)
