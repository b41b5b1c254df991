"""People found by their user code, their e-mail address or their name."""

import re
from collections.abc import Iterator

from django.contrib.auth import get_user_model

from cse_portal.patterns import USER_CODE
from cse_portal.search.finding import (
    ByParts,
    Found,
    InTheOrderOfIndexes,
    Rows,
    Step,
    beginning_with,
    find,
)
from cse_portal.search.keys import OF_A_PERSON, email_key, in_order
from cse_portal.search.typed import Typed

LONGEST_CODE = 12
#: words of which each may end the family name, or the first name
SPLIT = 3


def people(rows: Rows, typed: Typed) -> Iterator[Step]:
    """By the code or the address; by the beginning of a name, or of both; then by any part.

    « Tremblay, Marie », « Marie Tremblay », « Tremblay Marie », « Trem Mar ».
    """
    if typed.is_email:
        email = email_key("email")
        begun = rows.alias(email_key=email).filter(email_key__startswith=typed.text.lower())
        yield InTheOrderOfIndexes(begun.order_by(email, "pk"))
        return
    family, first = in_order("family_name"), in_order("first_name")
    rows_named = rows.alias(family_key=family, first_key=first)
    by_family = rows_named.order_by(family, first, "pk")
    by_first = rows_named.order_by(first, family, "pk")
    each: list[Rows] = []
    if not (typed.family_key and typed.first_key):
        each = [
            *of_code(rows, typed),
            by_family.filter(family_key__startswith=f" {typed.key}"),
            by_first.filter(first_key__startswith=f" {typed.key}"),
        ]
    for f, g in both_names(typed):
        each.append(by_family.filter(family_key=f" {f} ", first_key__startswith=f" {g}"))
        each.append(by_first.filter(first_key=f" {g} ", family_key__startswith=f" {f}"))
        each.append(by_family.filter(family_key__startswith=f" {f}", first_key__startswith=f" {g}"))
    yield InTheOrderOfIndexes(*each)
    if not typed.digits:  # of which no name is made
        yield ByParts(rows, OF_A_PERSON, typed)


def of_code(rows: Rows, typed: Typed) -> Iterator[Rows]:
    """A word without a digit is rather a name: it is a code only as a whole."""
    if re.fullmatch(USER_CODE, typed.code):
        if re.search("[0-9]", typed.code):
            yield beginning_with(rows, "user_code", typed.code, LONGEST_CODE)
        else:
            yield rows.filter(user_code=typed.code).order_by("user_code")


def both_names(typed: Typed) -> Iterator[tuple[str, str]]:
    """The keys of a family name and of a first name, as a comma or the order of words has them."""
    if typed.family_key and typed.first_key:
        yield typed.family_key, typed.first_key
    elif len(typed.words) <= SPLIT:
        for place in range(1, len(typed.words)):
            left, right = " ".join(typed.words[:place]), " ".join(typed.words[place:])
            yield left, right
            yield right, left


def find_people(typed: Typed) -> Found:
    """The keys of the people that the text names, of every company and of none."""
    return find(people(get_user_model()._default_manager.all(), typed), enough=1)
