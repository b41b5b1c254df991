"""Rows that several tests share: made once, and each test rolls back to them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, transaction
from django.utils import translation
from pytest_django import DjangoDbBlocker

Made = TypeVar("Made")


@contextmanager
def shared_rows(make: Callable[[], Made], blocker: DjangoDbBlocker) -> Iterator[Made]:
    """Make them in a transaction around those of the tests, which leaves nothing behind.

    Their constraints and their trail are checked once, here: what PostgreSQL puts off until the end
    of a transaction, each test would do again for all of them, since it rolls back to before it.
    """
    around = transaction.atomic()
    with blocker.unblock(), translation.override("fr"):
        around.__enter__()
        made = make()
        connection.check_constraints()
    yield made
    with blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)
