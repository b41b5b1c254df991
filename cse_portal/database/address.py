"""The address of the database, as libpq reads it: one server, or several of which one is used.

`DATABASE_URL` names them in either way that libpq knows, `postgres://…@one:5432,two:5433/cse` or
`postgres:///cse?host=one,two&port=5432,5433`, with IPv6 addresses and percent signs.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

SCHEMES = ("postgres://", "postgresql://")
#: Django's own names of what libpq calls otherwise; the rest are its OPTIONS
NAMES = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
#: what libpq would do otherwise: serve from a standby, and wait two minutes for a machine that is
#: gone, or a quarter of an hour for an answer of it. In seconds; the user timeout in milliseconds
DEFAULTS = {
    "target_session_attrs": "read-write",
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 5_000,
}
#: where the servers of an address stand: lists, of the same length or one value for all
OF_SERVERS = ("host", "hostaddr", "port")


def parse(url: str, *, engine: str) -> dict[str, Any]:
    """Django's settings of the database at an address. Raises ImproperlyConfigured."""
    found = parameters_of(url)
    settings = {name: found.pop(libpq, "") for name, libpq in NAMES.items()}
    return settings | {"ENGINE": engine, "OPTIONS": found}


def parameters_of(url: str, *, variable: str = "DATABASE_URL") -> dict[str, Any]:
    """libpq's parameters of an address, with those that hold where it names none.

    Raises ImproperlyConfigured, which never tells the password.
    """
    try:
        if not url.startswith(SCHEMES):
            raise ValueError
        return DEFAULTS | dict(conninfo_to_dict(url))
    except (ProgrammingError, ValueError):
        raise ImproperlyConfigured(
            f"{variable} is no address of a PostgreSQL server that libpq can read: "
            "postgres://user:password@host:port/database?name=value, where a password has letters "
            "and digits, or % and two hexadecimal digits for any other character."
        ) from None


def servers(parameters: Mapping[str, Any]) -> list[dict[str, str]]:
    """Each server of libpq's parameters, with what names it: host, hostaddr, port."""
    lists = {name: str(parameters[name]).split(",") for name in OF_SERVERS if parameters.get(name)}
    count = max((len(one) for one in lists.values()), default=1)
    return [
        {name: one[at if len(one) > 1 else 0] for name, one in lists.items()} for at in range(count)
    ]


def beginning_with(parameters: Mapping[str, Any], reached: Mapping[str, str]) -> dict[str, Any]:
    """The same parameters, with the server that was reached last as the first to be tried.

    Else a machine that is gone, and stands first, would be waited for at each connection.
    """

    def was_reached(server: Mapping[str, str]) -> bool:
        return all(reached.get(name) == value for name, value in server.items() if value)

    return in_order(parameters, sorted(servers(parameters), key=lambda one: not was_reached(one)))


def starting_at(parameters: Mapping[str, Any], turn: int) -> dict[str, Any]:
    """The same parameters, with another server first at each turn.

    The server that was reached last may be gone, or a standby by now: it is the first no longer.
    """
    named = servers(parameters)
    first = turn % len(named)
    return in_order(parameters, named[first:] + named[:first])


def in_order(parameters: Mapping[str, Any], ordered: list[dict[str, str]]) -> dict[str, Any]:
    """The same parameters, with their servers in that order."""
    named = {name: ",".join(one[name] for one in ordered) for name in ordered[0]}
    return dict(parameters) | named
