"""Many addresses in one test, each with its fault; the database is read once, before and after."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tests.sweeps.tables import rows

At = Callable[..., AbstractContextManager[None]]


@contextmanager
def told_together() -> Iterator[At]:
    """What is wrong at each place is told at the end, with the place, and stops none of the others.

    with told_together() as at:
        for name, case in cases():
            with at(name, case):
                assert …
    """
    found = []

    @contextmanager
    def at(*place: object) -> Iterator[None]:
        try:
            yield
        except Exception as fault:
            found.append(f"{', '.join(map(str, place))}: {fault!r}")

    yield at
    assert not found, "\n".join(found)


@contextmanager
def nothing_written() -> Iterator[None]:
    """Whatever was asked inside, each row of each table stands as it stood."""
    before = rows()
    yield
    after = rows()
    assert after == before, f"gone: {before - after}; come: {after - before}"
