"""Keys in the order in which rows are made, for what must be the same each time."""

from collections.abc import Callable
from itertools import count


def numbers_in_turn() -> Callable[[int], int]:
    """Draws like `secrets.randbelow`, each number above the one before."""
    numbers = count()
    return lambda _below: next(numbers)
