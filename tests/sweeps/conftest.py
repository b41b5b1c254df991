"""Worlds made once for each file of sweeps; what a test does to them is undone after it."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.shared_rows import shared_rows
from tests.sweeps.visits import Sweeper
from tests.sweeps.world import World, Worlds
from users.models import User


@pytest.fixture(scope="module")
def worlds(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Worlds]:
    with shared_rows(Worlds.make, django_db_blocker) as made:
        yield made


@pytest.fixture(scope="module")
def theirs(worlds: Worlds) -> World:
    """The company whose rows nobody else may find."""
    return worlds.theirs


@pytest.fixture(scope="module")
def mine(worlds: Worlds) -> World:
    """Another one, with rows of its own."""
    return worlds.mine


@pytest.fixture
def officer(worlds: Worlds) -> User:
    return worlds.officer


@pytest.fixture
def client(db: None) -> Sweeper:
    """Somebody who is not signed in."""
    return Sweeper()
