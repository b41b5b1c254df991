"""All machines, made as docs/operations/many-machines.md says, and taken away at the end."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.mail_sink import MailSink
from bench.place import environment
from bench.rehearsal.database import DatabaseMachine, address
from bench.rehearsal.machines import (
    Environment,
    Program,
    Proxy,
    WebMachine,
    a_web_machine,
    manage,
    send_letters,
    told,
)
from bench.rehearsal.pooler import Pooler
from bench.rehearsal.programs import free_port, newest_postgresql

NAMES = ("db-a", "db-b", "db-c")


@dataclass
class Place:
    """Who plays: one primary and its standbys, what stands before them, and the mail server."""

    folder: Path
    databases: list[DatabaseMachine]
    web: list[WebMachine]
    letters: Program
    proxy: Proxy
    mail: MailSink
    #: of the commands of an operator: as the owner of the tables, and as the portal
    as_owner: Environment
    as_portal: Environment


@contextmanager
def a_folder() -> Iterator[Path]:
    """A folder that the account of PostgreSQL may enter, and that is deleted."""
    folder = Path(tempfile.mkdtemp(prefix="cse-rehearsal-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        if not os.environ.get("CSE_KEEP_REHEARSAL"):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def three_databases(folder: Path) -> Iterator[list[DatabaseMachine]]:
    """A primary, its synchronous standby and one more, which all name each other."""
    programs = newest_postgresql()
    machines = [DatabaseMachine(name, folder / name, programs) for name in NAMES]
    for one in machines:
        one.machines = machines
    primary, *standbys = machines
    try:
        primary.initialize()
        for standby in standbys:
            standby.copy_of(primary)
        primary.requires_a_standby()
        primary.waits_for_standbys(db_b="sync", db_c="potential")
        yield machines
    finally:
        for one in machines:
            one.stop_if_it_runs()


@contextmanager
def many_machines(*, direct: bool) -> Iterator[Place]:
    """All of it, with an empty database; `direct` without PgBouncer."""
    with ExitStack() as stack:

        def ends(stop: Callable[[], object]) -> None:
            stack.callback(stop)

        folder = stack.enter_context(a_folder())
        mail = stack.enter_context(MailSink(free_port()))
        mail_url = f"smtp://127.0.0.1:{mail.server_address[1]}"
        databases = stack.enter_context(three_databases(folder))
        told(f"{', '.join(NAMES)}: a primary, a synchronous standby, one more")
        poolers = [] if direct else [Pooler(one) for one in databases]
        for pooler in poolers:
            ends(pooler.stop)
            pooler.start(databases[0])
        at = [one.port for one in poolers] or None

        def of(role: str, ports: list[int] | None = None) -> Environment:
            url = address(databases, role, ports=ports)
            return environment(url, 0, 1) | {"EMAIL_URL": mail_url, "LC_ALL": "C.UTF-8"}

        as_owner, as_portal, of_web = of("cse_owner"), of("cse_login"), of("cse_login", at)
        if not direct:
            of_web["DIRECT_DATABASE_URL"] = as_portal["DATABASE_URL"]
        manage(as_owner, "migrate", "--verbosity=0")
        manage(as_owner, "compile_catalogs")
        manage(as_owner, "collectstatic", "--noinput", "--verbosity=0")
        web = []
        for name in ("web-1", "web-2"):
            web.append(a_web_machine(name, folder, of_web))
            ends(web[-1].stop)
        letters = send_letters(folder, of_web)
        ends(letters.stop)
        proxy = Proxy(folder, web)
        ends(proxy.stop)
        proxy.start()
        way = "to PostgreSQL itself" if direct else "through PgBouncer, by transaction"
        told(f"web-1, web-2 {way}; nginx before them; a worker for letters")
        yield Place(folder, databases, web, letters, proxy, mail, as_owner, as_portal)
