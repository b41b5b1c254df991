"""A simulation stays on its own machine: it has published passwords and shows everybody its mail.

What is asked here is where it would be served, and whose database it would write to; what the demo
left in the database of a service is asked by `cse_portal.web.service_gate`.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

#: what libpq reads where an address names no machine
_LIBPQ = ("PGHOST", "PGHOSTADDR", "PGSERVICE")


def keep_on_own_machine(
    *, databases: Mapping[str, Mapping[str, Any]], hosts: Iterable[str], portal: str, bind: str
) -> None:
    """Raise ImproperlyConfigured for a sandbox that others could reach, or on another's database.

    `databases` are their settings, by the variables that name them. A server's is one that is
    neither on a loopback address nor on a Unix socket. A public
    host is a name other than localhost, or an address outside of private networks.
    """
    found = [
        *(
            f"{variable} names a server, {name}"
            for variable, database in databases.items()
            for name in servers_of(database)
        ),
        *(f"ALLOWED_HOSTS has a public host, {name}" for name in hosts if is_public(name)),
    ]
    if is_public(urlsplit(portal).hostname or ""):
        found.append(f"PORTAL_URL is a public address, {portal}")
    if bind and not bind.startswith(("unix:", "/")) and is_public(bind.rpartition(":")[0]):
        found.append(f"CSE_BIND listens to everybody, {bind}")
    if not found:
        return
    lines = "\n".join(f"  {one}" for one in found)
    raise ImproperlyConfigured(
        f"CSE_SANDBOX=true beside what others reach:\n{lines}\n"
        "The simulation has published passwords and a mailbox that everybody reads. For a service, "
        "unset CSE_SANDBOX, and use a database that never was a simulation's; for a simulation, "
        "unset the variables above: it is served on this machine, with a PostgreSQL of its own or "
        "one of this machine (docs/operations.md)."
    )


def servers_of(database: Mapping[str, Any]) -> Iterator[str]:
    """Other machines that the settings of a database name, in any of the ways that libpq knows."""
    options = database.get("OPTIONS", {})
    named = [database.get("HOST"), *(options.get(name) for name in ("host", "hostaddr"))]
    if not any(named):
        named = [os.environ.get(name) for name in _LIBPQ]
    if options.get("service"):
        yield f"the service {options['service']}"
    for several in named:
        for name in str(several or "").split(","):
            is_socket = name.startswith(("/", "@"))
            if name and not is_socket and not is_this_machine(name):
                yield name


def is_this_machine(name: str) -> bool:
    """Whether a host's name or address is the machine's own: localhost, or a loopback address."""
    bare = name.strip("[]").rstrip(".").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return False


def is_public(host: str) -> bool:
    """Whether strangers may reach a host of that name: all but this machine and private networks.

    `*`, and the address 0.0.0.0 to listen on, are everybody's.
    """
    if is_this_machine(host):
        return False
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return True
    return address.is_unspecified or not address.is_private
