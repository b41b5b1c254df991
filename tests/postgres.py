"""A pytest plugin: a throw-away PostgreSQL for the tests, unless DATABASE_URL names a server."""

import os

import pytest

from cse_portal.embedded.server import EmbeddedServer
from cse_portal.embedded.which_server import is_embedded


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start it before pytest-django reads the settings; xdist's workers inherit its address."""
    if not is_embedded():
        return
    server = EmbeddedServer.throw_away()
    # Registered first: also called when pytest stops before it runs a single test.
    early_config.add_cleanup(server.stop)
    server.start()
    os.environ["DATABASE_URL"] = server.url
    early_config.add_cleanup(forget_address)


def forget_address() -> None:
    """Leave no address of a server that is gone."""
    os.environ.pop("DATABASE_URL", None)
