"""How long PostgreSQL may work and wait for what the portal asks it.

Without a limit, one forgotten lock or one endless search holds a thread, then all of them: people
of other companies would pay for it. The connection (`companies/postgresql`) sets the timeouts of
the code that runs before it sends a statement.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Timeouts(NamedTuple):
    """In milliseconds; 0 for no limit. Of one statement, one lock, and a transaction left idle."""

    statement: int
    lock: int
    idle_in_transaction: int

    def as_sql(self, set_it: str) -> list[str]:
        """The commands that set them: `SET` on a connection, `SET LOCAL` in a transaction."""
        return [
            f"{set_it} statement_timeout = {self.statement}",
            f"{set_it} lock_timeout = {self.lock}",
            f"{set_it} idle_in_transaction_session_timeout = {self.idle_in_transaction}",
        ]


#: a command of an operator: it may work for long, but holds no lock while it waits for another
COMMANDS = Timeouts(statement=0, lock=10_000, idle_in_transaction=600_000)
#: a page: a person would not wait longer, and the proxy before the portal gives up after 35 s
PEOPLE = Timeouts(statement=10_000, lock=3_000, idle_in_transaction=30_000)
#: a page of the admin, whose searches read the rows of every company
OFFICERS = Timeouts(statement=5_000, lock=3_000, idle_in_transaction=30_000)

_current: ContextVar[Timeouts] = ContextVar("timeouts", default=COMMANDS)


def current_timeouts() -> Timeouts:
    """The timeouts of the code that runs."""
    return _current.get()


@contextmanager
def with_timeouts(timeouts: Timeouts) -> Iterator[None]:
    """Inside the block, statements have these timeouts."""
    token = _current.set(timeouts)
    try:
        yield
    finally:
        _current.reset(token)
