"""Numbered keys, for what is read again after years: a printed code, a kept file.

Each is listed with its number (`2:…,1:…`), the one that is written with first. A key is never
replaced under its number: what bears number 1 is read with key 1, whatever has come since. Number 0
is `SECRET_KEY` as it was when codes and files were still made with it; there may be several.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

#: of the keys of before, each a `SECRET_KEY` of its time
OF_BEFORE = 0
HIGHEST = 32_767  # a smallint of PostgreSQL
SHORTEST = 50  # signs, as of SECRET_KEY


@dataclass(frozen=True)
class NumberedKey:
    """A key and its number."""

    number: int
    value: str = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """What names the key and does not tell it: 16 hexadecimal digits."""
        return hashlib.sha256(f"numbered key:{self.value}".encode()).hexdigest()[:16]

    def __str__(self) -> str:
        return f"{self.number} ({self.fingerprint})"


def numbered_keys(name: str, listed: str, *, apart_from: Collection[str]) -> list[NumberedKey]:
    """The keys that a variable lists, separated by commas.

    `apart_from` are the keys that none but those of before may be. Raises ImproperlyConfigured,
    which tells no key.
    """
    keys = [_numbered_key(name, one) for one in listed.split(",") if one.strip()]
    if listed and not keys:
        raise ImproperlyConfigured(f"{name}: it lists no key.")
    numbers = [key.number for key in keys if key.number != OF_BEFORE]
    if keys and keys[0].number == OF_BEFORE:
        raise ImproperlyConfigured(f"{name}: a key of number 1 or more comes first.")
    if len(set(numbers)) < len(numbers):
        raise ImproperlyConfigured(f"{name}: two keys have the same number.")
    if any(key.value in apart_from for key in keys if key.number != OF_BEFORE):
        raise ImproperlyConfigured(
            f"{name}: a key is SECRET_KEY's; it needs one of its own, or the number 0 if "
            "what it made is of before."
        )
    return keys


def _numbered_key(name: str, listed: str) -> NumberedKey:
    number, colon, value = listed.strip().partition(":")
    is_number = number.isascii() and number.isdecimal() and int(number) <= HIGHEST
    if not colon or not is_number:
        raise ImproperlyConfigured(
            f"{name}: each key is given as its number (0 to {HIGHEST}), a colon and the key."
        )
    if len(value) < SHORTEST and int(number) != OF_BEFORE:
        raise ImproperlyConfigured(f"{name}: key {number} is shorter than {SHORTEST} characters.")
    return NumberedKey(int(number), value)


def number_of_new_codes() -> int:
    """The number of the key that makes the authenticity codes of new receipts."""
    keys: list[NumberedKey] = settings.CSE_RECEIPT_KEYS
    return keys[0].number
