"""Anchors: texts signed by the portal, to be kept where the database's administrators can't write.

An anchor names the key that signs it, by its number (`CSE_ANCHOR_KEYS`), so that it is read after
years. Those of before name none: `SECRET_KEY` signed them, which is then listed with number 0.
"""

import re

from django.core.signing import BadSignature, Signer

from cse_portal.keys_on_record import Purpose, listed_keys
from cse_portal.numbered_keys import OF_BEFORE, NumberedKey

SALT = "notices.trail.anchor"
NAMES_ITS_KEY = re.compile(r"key ([0-9]{1,5})\n")


class NoSuchKey(Exception):
    """The key of this number, with which an anchor is signed or read, is not listed."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    def __str__(self) -> str:
        if self.number == OF_BEFORE:
            return "CSE_ANCHOR_KEYS lists no key 0, the SECRET_KEY of when it was written"
        return f"CSE_ANCHOR_KEYS lists no key {self.number}"


def signed(text: str) -> str:
    """The text, signed with the present key. Raises NoSuchKey where there is none."""
    keys = listed_keys(Purpose.ANCHORS)
    if not keys:
        raise NoSuchKey(1)
    named = f"key {keys[0].number}\n{text}"
    return f"{_signer(keys[0]).sign(named)}\n"


def key_of(anchor: str) -> NumberedKey:
    """The key by which an anchor is signed. Raises NoSuchKey, BadSignature."""
    return _read(anchor)[0]


def text_of(anchor: str) -> str:
    """The text that was signed. Raises NoSuchKey, and BadSignature when it was changed since."""
    return _read(anchor)[1]


def _read(anchor: str) -> tuple[NumberedKey, str]:
    named = NAMES_ITS_KEY.match(anchor)
    number = int(named[1]) if named else OF_BEFORE
    keys = [key for key in listed_keys(Purpose.ANCHORS) if key.number == number]
    if not keys:
        raise NoSuchKey(number)
    for key in keys:
        try:
            text = _signer(key).unsign(anchor.removesuffix("\n"))
        except BadSignature:
            continue
        return key, text[named.end() :] if named else text
    raise BadSignature


def _signer(key: NumberedKey) -> Signer:
    return Signer(key=key.value, fallback_keys=[], salt=SALT)
