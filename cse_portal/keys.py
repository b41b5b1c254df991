"""The keys of rows that leave the portal, in addresses and forms: drawn, never given out in turn.

Keys in turn tell whoever sees two of them how many files, proxies or messages all other companies
made in between (`docs/decisions/0015-keys-tell-nothing.md`).
"""

from secrets import randbelow
from typing import Any

from django.db import models

DIGITS = 18
#: all drawn keys are as long, and above any that was given out in turn before keys were drawn
FIRST, LAST = 10 ** (DIGITS - 1), 10**DIGITS - 1


def new_key() -> int:
    """A key among nearly 2⁶⁰: two equal ones are refused by the table, and never met."""
    return FIRST + randbelow(LAST - FIRST + 1)


def is_key(typed: str) -> bool:
    """Whether the text can be the primary key of a row, drawn or from before."""
    return typed.isascii() and typed.isdecimal() and len(typed) <= DIGITS


class DrawnByTheDatabase(models.Func):
    """The same draw in SQL (`migrations/0008_random_key.py`)."""

    function = "random_key"
    arity = 0
    output_field = models.BigIntegerField()


class RandomKey(models.BigIntegerField):
    """A primary key that tells nothing but its row.

    The portal draws it as it makes the row; PostgreSQL does for a row that comes without: from the
    version before, or written by hand. An object has it before it is stored: `_state.adding` tells
    the two apart. Rows are in the order of a time, with the key last, where two are of one instant.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | self._always())

    @staticmethod
    def _always() -> dict[str, Any]:
        return {
            "primary_key": True,
            "editable": False,
            "default": new_key,
            "db_default": DrawnByTheDatabase(),
        }

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        given = {key: value for key, value in kwargs.items() if key not in self._always()}
        return name, path, args, given
