"""Django 5.2."""

from collections.abc import Iterator

from cse_portal.speed.adapters import connections, psycopg_3
from cse_portal.speed.adapters.nodes import Nodes
from cse_portal.speed.adapters.querysets import Querysets


class Adapter(Querysets, Nodes):
    """All that the annex asks of Django 5.2 beyond its documentation."""

    def missing(self) -> Iterator[str]:
        """The names that are not there, or are called otherwise."""
        for needs in (
            self.needs_of_querysets(),
            self.needs_of_nodes(),
            connections.needs(),
            psycopg_3.needs(),
        ):
            for need in needs:
                yield from need.missing()
