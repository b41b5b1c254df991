"""What would otherwise differ from one run to the next: the day, and whatever is drawn by lot."""

from base64 import b32encode
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from itertools import count
from random import Random
from typing import Any

import pytest

from cse_portal.models import Receipt
from tests import factories
from tests.keys import numbers_in_turn

#: a Monday morning in Québec; proxies given on it end on 22 November 2029 at the latest
THE_DAY = datetime.fromisoformat("2026-11-23T14:05:00+00:00")


class Lots:
    """Draws like the module `secrets`, and always the same."""

    def __init__(self) -> None:
        self._random = Random("CSE Portal")

    def randbelow(self, below: int) -> int:
        return self._random.randrange(below)

    def choice(self, among: str) -> str:
        return self._random.choice(among)

    def token_hex(self, length: int) -> str:
        return self._random.randbytes(length).hex()


def numbers() -> Iterator[str]:
    """What stands at the end of a receipt's number."""
    for n in count(1):
        yield b32encode(sha256(b"%d" % n).digest()[:5]).decode()


def keep_still(patch: pytest.MonkeyPatch) -> None:
    """Hold the clock, and draw codes, passwords and numbers in the same order each time.

    The clock is held where `cse_portal.clock` reads it: the browser's and the server's own goes on.
    """
    lots, drawn = Lots(), numbers()

    def draw_number(*, year: int) -> str:
        return f"CSE-{year}-{next(drawn)}"

    def now() -> Any:
        return THE_DAY

    patch.setattr("django.utils.timezone.now", now)
    patch.setattr("users.actions.secrets", lots)
    patch.setattr("users.models.secrets", lots)
    patch.setattr("cse_portal.keys.randbelow", numbers_in_turn())  # the order of one instant
    patch.setattr(Receipt, "draw_number", staticmethod(draw_number))
    patch.setattr(factories, "serial", count(1))
