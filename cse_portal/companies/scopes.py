"""Which company's rows the code that runs now is about: asked by the models and by the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from typing import Final, NamedTuple, Protocol


class HasKey(Protocol):
    """A company, or what stands for one in a compiled query."""

    @property
    def pk(self) -> object: ...


class EveryCompany(Enum):
    """In place of a company: the rows of all."""

    EVERY_COMPANY = "every company"


EVERY_COMPANY: Final = EveryCompany.EVERY_COMPANY
_scope: ContextVar[HasKey | EveryCompany | None] = ContextVar("company_scope", default=None)
_serving: ContextVar[bool] = ContextVar("serving_a_request", default=False)


def current_scope() -> HasKey | EveryCompany | None:
    """The company, `EVERY_COMPANY`, or None outside any scope."""
    return _scope.get()


@contextmanager
def company_scope(company: HasKey) -> Iterator[None]:
    """Inside the block, rows that `company` has no part in do not exist."""
    token = _scope.set(company)
    try:
        yield
    finally:
        _scope.reset(token)


class across_companies:  # noqa: N801 - read as a statement: `with across_companies(because=…):`
    """Lift the scope for the block; `because` tells the reader why that is right here."""

    def __init__(self, *, because: str) -> None:
        if not because:
            raise ValueError("Reading across companies needs a reason.")

    def __enter__(self) -> None:
        self._token = _scope.set(EVERY_COMPANY)

    def __exit__(self, *_error: object) -> None:
        _scope.reset(self._token)


@contextmanager
def serving_a_request() -> Iterator[None]:
    """Inside the block, what names no company sees no company's rows, in the database as well."""
    token = _serving.set(True)
    try:
        yield
    finally:
        _serving.reset(token)


class DatabaseRole(NamedTuple):
    """What PostgreSQL lets the statements that follow see: the second wall (`walls.py`)."""

    name: str
    company: str = ""


#: whoever the process is connected as: the owner of the tables, or a role that sees nothing
AS_CONNECTED = DatabaseRole("none")


def current_role() -> DatabaseRole:
    """What the current scope means in the database."""
    scope = _scope.get()
    if scope is EVERY_COMPANY:
        return DatabaseRole("cse_across")
    if scope is not None:
        return DatabaseRole("cse_web", str(scope.pk))
    return DatabaseRole("cse_web") if _serving.get() else AS_CONNECTED
