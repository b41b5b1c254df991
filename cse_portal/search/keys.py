"""How names are compared in a search, and the indexes of what is compared.

`search_key` (`migrations/0011_search.py`) ignores case and accents, and takes apostrophes, hyphens
and any other punctuation but « @ » for a space; one is at both ends: ` ng ` is a word. A query is
answered by the index of an expression only where it repeats that expression: both find it here.
"""

from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F
from django.db.models.functions import Collate, Lower


class SearchKey(models.Func):
    """The key of columns, one after the other, by which a search finds any part of them."""

    function = "SEARCH_KEY"
    arg_joiner = " || ' ' || "
    output_field = models.TextField()


class LocalPart(models.Func):
    """What stands before the « @ » of an e-mail address: its domain is a thousand others' too."""

    template = "SPLIT_PART(%(expressions)s, '@', 1)"
    output_field = models.TextField()


def in_order(column: str) -> Collate:
    """The key of a column, in the order of an index that also finds beginnings.

    In byte order: with any other, an index orders, but finds no beginning.
    """
    return Collate(SearchKey(F(column)), "C")


def email_key(column: str) -> Collate:
    """An e-mail address whatever its case, in the order of an index that also finds beginnings."""
    return Collate(Lower(F(column)), "C")


#: the parts by which a person, a company is found
OF_A_PERSON = SearchKey(F("first_name"), F("family_name"), LocalPart(F("email")))
OF_A_COMPANY = SearchKey(F("name"))


def parts_index(key: SearchKey, **options: Any) -> GinIndex:
    """The index by which a search finds any three letters in a row of a key."""
    return GinIndex(OpClass(key, "gin_trgm_ops"), **options)
