"""Database machines: PostgreSQL by `deploy/postgresql.conf`, one of them the primary."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench.rehearsal.programs import (
    PROJECT,
    RehearsalError,
    account,
    free_port,
    from_deploy,
    give,
    listens,
    run,
    wait_until,
)

PASSWORD = "Une-phrase-de-repetition"  # noqa: S105 - of servers that live for some minutes
ROLES = ("cse_owner", "cse_login", "cse_replica")
#: what one machine that plays all of them has room for
SMALL = "shared_buffers = 128MB\nmax_connections = 150\nmax_wal_size = 1GB\n"


@dataclass(eq=False)
class DatabaseMachine:
    """One PostgreSQL server on 127.0.0.1, in a folder of its own.

    `machines` are all of them, itself included: each names the others in its settings.
    """

    name: str
    folder: Path
    programs: Path
    #: without pgBackRest's repository, nothing is archived
    archive: dict[str, str] = field(default_factory=dict)
    #: false for a test, which no power cut meets
    is_durable: bool = True
    port: int = field(default_factory=free_port)
    machines: "list[DatabaseMachine]" = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        give(self.folder)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    # --- its files ---

    def initialize(self) -> None:
        """A new server, with the portal's roles and database; the only machine so far."""
        password = give(self.written("password", PASSWORD))
        local = ["-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256"]
        quick = [] if self.is_durable else ["--no-sync"]
        own = ["-E", "UTF8", "--pwfile", password, *quick]
        self.program("initdb", "-D", self.data, *local, *own)
        self.configure()
        self.start()
        self.requires_no_standby()
        for script in ("roles.sql", "replica.sql"):
            self.psql((PROJECT / "deploy" / script).read_text())
        for role in ROLES:
            self.sql(f"ALTER ROLE {role} PASSWORD '{PASSWORD}'")

    def copy_of(self, primary: "DatabaseMachine") -> None:
        """A standby, by a base backup."""
        quick = ["-c", "fast"] if self.is_durable else ["-c", "fast", "--no-sync"]
        self.program("pg_basebackup", "-D", self.data, *quick, "-d", primary.replication)
        self.become_standby()

    def rewind_to(self, primary: "DatabaseMachine") -> None:
        """A former primary becomes a standby: what only it had is undone.

        Without a checkpoint since its promotion, the new one is taken for no new one at all.
        """
        primary.sql("CHECKPOINT")
        self.program(
            *("pg_rewind", "--target-pgdata", self.data),
            *("--source-server", primary.replication),
        )
        self.become_standby()

    def become_standby(self) -> None:
        """Start it as one, with its own name: the copy has all files of the other."""
        self.configure()
        self.written("data/standby.signal", "")
        give(self.data / "standby.signal")
        self.start()
        self.requires_a_standby()

    def configure(self) -> None:
        """`deploy/postgresql.conf`, for these machines."""
        hosts = ",".join("127.0.0.1" for _one in self.machines)
        ports = ",".join(str(one.port) for one in self.machines)
        text = from_deploy(
            "postgresql.conf",
            {
                r"^cluster_name = '[^']*'": f"cluster_name = '{self.name}'",
                r"^listen_addresses = '\*'": "listen_addresses = '127.0.0.1'",
                r"host=db-a\.example,db-b\.example,db-c\.example port=5432": (
                    f"host={hosts} port={ports} password={PASSWORD}"
                ),
                r" sslmode=verify-full sslrootcert=\S+": "",
                r"^ssl.*\n": "",
                **(self.archive or {r"^(archive_mode = )on": r"\1off", r"^(restore_comm.*)": ""}),
            },
        )
        own = f"port = {self.port}\nunix_socket_directories = '{self.folder}'\n{SMALL}"
        own += "" if self.is_durable else "fsync = off\n"
        give(self.written("cse.conf", text + own))
        settings = self.data / "postgresql.conf"
        included = f"include '{self.folder / 'cse.conf'}'\n"
        kept = [line for line in settings.read_text().splitlines(True) if "cse.conf'" not in line]
        settings.write_text("".join(kept) + included)

    def written(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    # --- its life ---

    def start(self) -> None:
        self.control("start", "-l", self.folder / "log")

    def stop(self, how: str = "fast") -> None:
        self.control("stop", "-m", how)

    def stop_if_it_runs(self) -> None:
        """At the end of all: nobody comes back."""
        if self.runs:
            self.stop("immediate")

    def control(self, what: str, *more: object) -> None:
        # the server keeps the output open: nobody may wait for its end
        quiet = {"capture_output": False, "stdout": subprocess.DEVNULL}
        self.program("pg_ctl", what, "-D", self.data, "-w", "-t", "60", *more, **quiet)

    @property
    def runs(self) -> bool:
        return (self.data / "postmaster.pid").exists() and listens(self.port)

    def promote(self) -> None:
        """The one command of a promotion."""
        self.sql("SELECT pg_promote(true, 60)")

    def requires_no_standby(self) -> None:
        """Writes wait for no other machine: while there is none."""
        self.sql("ALTER SYSTEM SET synchronous_standby_names = ''")
        self.sql("SELECT pg_reload_conf()")

    def requires_a_standby(self) -> None:
        """What `deploy/postgresql.conf` says holds again: on a copy of a machine too."""
        self.sql("ALTER SYSTEM RESET synchronous_standby_names")
        self.sql("SELECT pg_reload_conf()")

    def standbys(self) -> dict[str, str]:
        """Who follows this primary, by name: `sync`, `potential` or `async`."""
        rows = self.sql(
            "SELECT application_name, sync_state FROM pg_stat_replication WHERE state = 'streaming'"
        )
        return dict(rows)

    def waits_for_standbys(self, **states: str) -> float:
        """Seconds until they follow it, each as told (`db_b="sync"`)."""
        wanted = {name.replace("_", "-"): state for name, state in states.items()}
        return wait_until(f"{wanted} follow {self.name}", lambda: self.standbys() == wanted)

    # --- what is asked of it ---

    def program(self, name: str, *words: object, **options: Any) -> str:
        return run(self.programs / name, *words, **account(), **options)

    def sql(self, statement: str, *, database: str = "postgres") -> list[Any]:
        """Rows, as the administrator."""
        with psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", dbname=database, autocommit=True
        ) as connection:
            cursor = connection.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def psql(self, script: str) -> None:
        where = ["-h", self.folder, "-p", self.port, "-U", "postgres"]
        self.program("psql", *where, "-v", "ON_ERROR_STOP=1", input=script)

    @property
    def replication(self) -> str:
        """How a standby reaches it."""
        whom = f"user=cse_replica password={PASSWORD} dbname=postgres"
        return f"host=127.0.0.1 port={self.port} {whom}"


def address(machines: list[DatabaseMachine], role: str, *, ports: list[int] | None = None) -> str:
    """`DATABASE_URL`: all machines, of which the one that takes writes is used."""
    at = ports or [one.port for one in machines]
    hosts = ",".join(f"127.0.0.1:{port}" for port in at)
    return f"postgres://{role}:{PASSWORD}@{hosts}/cse?target_session_attrs=read-write"


def primary_of(machines: list[DatabaseMachine]) -> DatabaseMachine:
    """The one that takes writes. Raises RehearsalError unless there is exactly one."""
    found = [
        one for one in machines if one.runs and not one.sql("SELECT pg_is_in_recovery()")[0][0]
    ]
    if len(found) != 1:
        raise RehearsalError(f"primaries: {', '.join(one.name for one in found) or 'none'}")
    return found[0]
