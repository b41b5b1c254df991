"""The company scope of the running code, for the managers and the database connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from typing import Final, NamedTuple, Protocol


class HasKey(Protocol):
    """A company, or a placeholder for its key in a compiled query."""

    @property
    def pk(self) -> object: ...


class EveryCompany(Enum):
    """The scope of the rows of all companies."""

    EVERY_COMPANY = "every company"


EVERY_COMPANY: Final = EveryCompany.EVERY_COMPANY
_scope: ContextVar[HasKey | EveryCompany | None] = ContextVar("company_scope", default=None)
_serving: ContextVar[bool] = ContextVar("serving_a_request", default=False)


def current_scope() -> HasKey | EveryCompany | None:
    """The company, `EVERY_COMPANY`, or None outside any scope."""
    return _scope.get()


@contextmanager
def company_scope(company: HasKey) -> Iterator[None]:
    """Inside the block, queries see only rows that belong to `company`."""
    token = _scope.set(company)
    try:
        yield
    finally:
        _scope.reset(token)


class across_companies:  # noqa: N801 - read as a statement: `with across_companies(because=…):`
    """Inside the block, queries see the rows of all companies; `because` gives the reason."""

    def __init__(self, *, because: str) -> None:
        if not because:
            raise ValueError("Reading across companies needs a reason.")

    def __enter__(self) -> None:
        self._token = _scope.set(EVERY_COMPANY)

    def __exit__(self, *_error: object) -> None:
        _scope.reset(self._token)


@contextmanager
def serving_a_request() -> Iterator[None]:
    """Inside the block, a statement outside of any scope sees no company's rows in PostgreSQL."""
    token = _serving.set(True)
    try:
        yield
    finally:
        _serving.reset(token)


class DatabaseRole(NamedTuple):
    """The PostgreSQL role, and the company, whose rows the next statements may see (`walls.py`)."""

    name: str
    company: str = ""

    def as_sql(self, set_it: str) -> list[str]:
        """The commands that take it: `SET` on a connection, `SET LOCAL` in a transaction."""
        company = int(self.company) if self.company else ""
        return [f"{set_it} ROLE {self.name}", f"{set_it} cse.company = '{company}'"]


#: the role that the process connected as: the tables' owner, or a role without rights
AS_CONNECTED = DatabaseRole("none")


def current_role() -> DatabaseRole:
    """The PostgreSQL role for the current scope."""
    scope = _scope.get()
    if scope is EVERY_COMPANY:
        return DatabaseRole("cse_across")
    if scope is not None:
        return DatabaseRole("cse_web", str(scope.pk))
    return DatabaseRole("cse_web") if _serving.get() else AS_CONNECTED
