"""Where the benchmark takes place: a PostgreSQL of its own, and gunicorn as in production.

The database's roles are those of `deploy/roles.sql`; the web processes connect as one that owns
nothing. PostgreSQL keeps its durability. All of it listens on 127.0.0.1 or on a Unix socket.
"""

import contextlib
import http.client
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from cse_portal.embedded.server import PROJECT, EmbeddedServer

HOST = "portail.example"
MAIL_PORT = 8126
#: what differs from PostgreSQL's own defaults, as a server of 8 GB would have it
TUNED = {
    "shared_buffers": "2GB",
    "effective_cache_size": "6GB",
    "random_page_cost": "1.1",
    "max_connections": "200",
    "max_wal_size": "8GB",
    "shared_preload_libraries": "pg_stat_statements",
    "track_activity_query_size": "4096",
}


class Database:
    """A PostgreSQL server with the portal's roles, stored between runs under `var/bench`."""

    def __init__(self, home: Path) -> None:
        self.server = EmbeddedServer(home)

    def __enter__(self) -> "Database":
        self.server.start()
        try:
            with self.as_administrator() as connection:
                if not connection.execute("SELECT to_regrole('cse_login')").fetchone()[0]:  # type: ignore[index]
                    self.prepare(connection)
        except BaseException:
            self.server.stop()
            raise
        return self

    def prepare(self, connection: psycopg.Connection) -> None:
        """Roles and settings; PostgreSQL starts again with them."""
        script = (PROJECT / "deploy" / "roles.sql").read_text()
        lines = [line for line in script.splitlines() if not line.startswith("--")]
        for statement in "\n".join(lines).split(";"):
            if "DATABASE" not in statement and statement.strip():
                connection.execute(statement)
        for name, value in TUNED.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        connection.close()
        self.server.stop()
        self.server.start()

    def __exit__(self, *_: object) -> None:
        self.server.stop()

    def url(self, database: str, role: str) -> str:
        """The address of a database as `DATABASE_URL` wants it."""
        before, _at, host = self.server.url.rpartition("@")
        scheme = before.partition("://")[0]
        return f"{scheme}://{role}@{host.rpartition('/')[0]}/{database}"

    def as_administrator(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.url(database, "cse"), autocommit=True)

    def cpu(self) -> float:
        """Seconds of processor used by the server's processes, including those that ended."""
        pid = int((self.server.home / "data" / "postmaster.pid").read_text().split()[0])
        return cpu_of(pid)


def cpu_of(pid: int) -> float:
    """Seconds of processor of a process, its children, and its threads and children that ended.

    The kernel's own clock of the process has nanoseconds and counts threads that ended, such as
    those of Argon2. Children that ended are counted in ticks.
    """
    spent = 0.0
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, OSError):
        spent += time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid(3)
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                spent += cpu_of(int(child))
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent += (int(after_name[13]) + int(after_name[14])) / os.sysconf("SC_CLK_TCK")
    return spent


def busy() -> float:
    """Seconds of processor that the whole machine has used, whoever asked for it."""
    first = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _idle, _waiting, hard, soft, stolen = (int(ticks) for ticks in first[:8])
    return (user + nice + system + hard + soft + stolen) / os.sysconf("SC_CLK_TCK")


def environment(database_url: str, port: int, workers: int) -> dict[str, str]:
    """Production's environment, except two limits: all requests come from one address, and people
    who signed in at the start are used again at the end, idle in between.
    """
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PROJECT),
        "DJANGO_SETTINGS_MODULE": "cse_portal.settings",
        "SECRET_KEY": os.environ.setdefault("BENCH_SECRET_KEY", secrets.token_urlsafe(64)),
        # always the same: a database is measured again and again; its seeds' receipts have key 0
        "CSE_RECEIPT_KEYS": f"1:{'receipts' * 8},0:{'before' * 10}",
        "DATABASE_URL": database_url,
        "ALLOWED_HOSTS": f"{HOST},127.0.0.1",
        "PORTAL_URL": f"https://{HOST}",
        "EMAIL_URL": f"smtp://127.0.0.1:{MAIL_PORT}",
        "CSE_PROXIES": "1",
        "CSE_TRIES_PER_ADDRESS": "1000000",
        "CSE_IDLE_MINUTES": "480",
        "CSE_BIND": f"127.0.0.1:{port}",
        "CSE_WORKERS": str(workers),
    }


@dataclass
class Site:
    """A web application under gunicorn, as `deploy/gunicorn.conf.py` has it."""

    application: str
    database_url: str
    port: int
    workers: int = 1
    process: "subprocess.Popen[bytes] | None" = None

    def __enter__(self) -> "Site":
        with Path(PROJECT / "var" / "bench-gunicorn.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "gunicorn",
                    "-c",
                    "deploy/gunicorn.conf.py",
                    "--max-requests",
                    "0",  # a worker renewed meanwhile would take its processor time along
                    self.application,
                ],
                cwd=PROJECT,
                env=environment(self.database_url, self.port, self.workers),
                stdout=log,
                stderr=log,
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(40)

    def first_answer(self, path: str, patience: float = 30.0, expects: int = 200) -> None:
        """Wait until the application answers."""
        until = time.monotonic() + patience
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
                connection.request(
                    "GET", path, headers={"Host": HOST, "X-Forwarded-Proto": "https"}
                )
                answer = connection.getresponse()
                answer.read()
                connection.close()
                if answer.status != expects:
                    raise RuntimeError(f"{path}: {answer.status}")
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.005)
            else:
                return

    def workers_now(self) -> list[int]:
        """The processes that serve."""
        if self.process is None:
            return []
        pid = self.process.pid
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]

    def cpu(self) -> float:
        return sum(cpu_of(pid) for pid in self.workers_now())

    def memory(self) -> float:
        """Megabytes that the largest worker holds (resident set)."""
        return max(resident(pid) for pid in self.workers_now())


def resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def manage(database_url: str, *command: str) -> str:
    """A command of the portal, in production's settings."""
    return python("manage.py", *command, database_url=database_url)


def python(*arguments: str, database_url: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=environment(database_url, 0, 1),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr[-2000:]}")
    return done.stdout


@contextlib.contextmanager
def timed() -> Iterator[list[float]]:
    """Seconds that the block took."""
    took: list[float] = []
    started = time.monotonic()
    yield took
    took.append(time.monotonic() - started)
