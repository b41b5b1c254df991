"""Keyed hashes: what only the portal can compute of a value, while its key is replaced too.

They are written under `SECRET_KEY`, and known under each of `SECRET_KEY_FALLBACKS` as well. A key
is announced there, on every machine, before the first of them writes with it: what one machine
writes, another one reads at any moment of a rotation (docs/operations.md, Secrets).
"""

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac


def keyed_hash(purpose: str, value: str) -> str:
    """Of the value, for that purpose alone: 64 hexadecimal digits, under the present key."""
    return _under(settings.SECRET_KEY, purpose, value)


def known_hashes(purpose: str, value: str) -> list[str]:
    """Those that a machine may have written: under the present key, then under each other one."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [_under(key, purpose, value) for key in keys]


def is_keyed_hash(given: str, purpose: str, value: str) -> bool:
    """Whether it is the value's, under any key that is known; in constant time."""
    compared = [constant_time_compare(given, known) for known in known_hashes(purpose, value)]
    return any(compared)


def _under(key: str | bytes, purpose: str, value: str) -> str:
    return salted_hmac(purpose, value, secret=key, algorithm="sha256").hexdigest()
