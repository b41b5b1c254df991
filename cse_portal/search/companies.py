"""Companies found by their numbers or by their name."""

from collections.abc import Iterator

from cse_portal.models import Company
from cse_portal.search.finding import (
    ByParts,
    Found,
    InTheOrderOfIndexes,
    Rows,
    Step,
    beginning_with,
    find,
)
from cse_portal.search.keys import OF_A_COMPANY, in_order
from cse_portal.search.typed import Typed

DIGITS = 10
FEWEST_DIGITS = 4
NUMBERS = ("identification_number", "neq")


def companies(rows: Rows, typed: Typed) -> Iterator[Step]:
    """By a number, whole or its beginning; by the name, its beginning first, then any part."""
    numbers: list[Rows] = []
    if FEWEST_DIGITS <= len(typed.digits) <= DIGITS:
        numbers = [beginning_with(rows, column, typed.digits, DIGITS) for column in NUMBERS]
    key = in_order("name")
    named = rows.alias(name_key=key).filter(name_key__startswith=f" {typed.key}")
    yield InTheOrderOfIndexes(*numbers, named.order_by(key, "pk"))
    if len(typed.digits) < DIGITS:
        yield ByParts(rows, OF_A_COMPANY, typed)


def find_companies(typed: Typed) -> Found:
    """The keys of the companies that the text names."""
    return find(companies(Company.objects.all(), typed), enough=1)
