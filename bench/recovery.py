"""After a restart or a failover of the database, when is the first page right?

    .venv/bin/python -m bench.recovery

It starts two PostgreSQL servers of its own and gunicorn on 127.0.0.1, with the sandbox's settings,
and stops them. Four people read their home page all the time, one page after the other, while the
database is restarted, replaced by its standby, and set read-only beside one. Told for each:

- first page: seconds from the moment when a server takes writes to the first right page of anybody;
- everybody: the same, until each of the four has one;
- refused in: the longest time in which a page was refused (503) meanwhile;
- other: answers that were neither right nor refused.

It fails (exit code 1) where the first page takes more than 5 seconds, or another answer came. Not a
test: it measures time, and takes a minute.
"""

import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from cse_portal.embedded.server import EmbeddedServer

PROJECT = Path(__file__).parents[1]
PORT = 8197
PEOPLE = 4
AWAY = 8.0  # seconds without a database: longer than a restart that requests wait for
GOAL = 5.0  # seconds
PATIENCE = 60.0  # seconds, for a page that does not come


@dataclass
class Reader(threading.Thread):
    """Somebody who reads their home page until told to stop."""

    session: str
    answers: list[tuple[float, float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.is_over = threading.Event()

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        while not self.is_over.is_set():
            started = time.monotonic()
            status = self.reads()
            ended = time.monotonic()
            self.answers.append((started, ended, status))
            self.is_over.wait(0.05)

    def reads(self) -> int:
        asked = http.client.HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE)
        with closing(asked):
            headers = {"Host": "localhost", "Cookie": f"sessionid={self.session}"}
            try:
                asked.request("GET", "/fr/accueil/", headers=headers)
                return asked.getresponse().status
            except OSError:
                return 0


@contextmanager
def readers(session: str) -> Iterator[list[Reader]]:
    people = [Reader(session) for _one in range(PEOPLE)]
    for one in people:
        one.start()
    try:
        yield people
    finally:
        for one in people:
            one.is_over.set()
        for one in people:
            one.join(PATIENCE)


def measured(name: str, session: str, trouble: Callable[[], float]) -> bool:
    """Print a line about a trouble, which returns when a server took writes again."""
    with readers(session) as people:
        time.sleep(2)
        began = time.monotonic()
        back = trouble()
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not all(first_after(one, back) for one in people):
            time.sleep(0.1)
    firsts = [first_after(one, back) or float("inf") for one in people]
    answers = [answer for one in people for answer in one.answers if answer[1] > began]
    refused = [ended - started for started, ended, status in answers if status == 503]
    other = {status for *_times, status in answers} - {200, 503}
    print(  # noqa: T201
        f"{name:12} first page {min(firsts):5.2f} s, everybody {max(firsts):5.2f} s,"
        f" {len(refused)} refused in {max(refused, default=0):.2f} s, other {other or 'none'}",
        flush=True,
    )
    return min(firsts) <= GOAL and not other


def first_after(one: Reader, back: float) -> float | None:
    """Seconds from then to the end of the first right page."""
    ends = (ended for _started, ended, status in one.answers if ended > back and status == 200)
    first = next(ends, None)
    return None if first is None else first - back


def url_of(*servers: EmbeddedServer) -> str:
    hosts = ",".join(urlsplit(one.url).netloc.partition("@")[2] for one in servers)
    return f"postgres://cse@{hosts}/cse"


def asked(server: EmbeddedServer, statement: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as administrator:
        administrator.execute(statement)


def restarted(server: EmbeddedServer, away: float) -> float:
    server.stop()
    time.sleep(away)
    server.start()
    return time.monotonic()


def promoted(standby: EmbeddedServer, before: Callable[[], None]) -> float:
    before()
    time.sleep(AWAY)
    asked(standby, "SELECT pg_promote()")
    return time.monotonic()


def read_only(primary: EmbeddedServer) -> None:
    """Its connections stay open."""
    asked(primary, "ALTER SYSTEM SET default_transaction_read_only = on")
    asked(primary, "SELECT pg_reload_conf()")


def standby_of(primary: EmbeddedServer, home: Path) -> EmbeddedServer:
    """A server with the same rows, which waits to be promoted. The primary is stopped meanwhile."""
    standby = EmbeddedServer(home)
    standby.start()  # makes its folders
    standby.stop()
    primary.stop()
    data, copy = primary.home / "data", home / "data"
    shutil.rmtree(copy)
    shutil.copytree(data, copy)
    (copy / "standby.signal").touch()
    owner = data.stat()
    for one in (copy, *copy.rglob("*")):
        os.chown(one, owner.st_uid, owner.st_gid)
    primary.start()
    standby.start()
    return standby


def prepared(server: EmbeddedServer) -> str:
    """The demo's companies, and the session of an ESM of theirs."""
    os.environ.update(
        {
            "DATABASE_URL": server.url,
            "CSE_SANDBOX": "true",
            "DJANGO_SETTINGS_MODULE": "cse_portal.settings",
        }
    )
    for command in (
        ["migrate"],
        ["load_demo"],
        ["compile_catalogs"],
        ["collectstatic", "--noinput"],
    ):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=PROJECT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    from bench.people import session_of  # reads the settings
    from cse_portal.companies.tenancy import across_companies
    from users.models import User

    with across_companies(because="a benchmark signs somebody in"):
        return session_of(User.objects.get(user_code="TREM1001"))


@contextmanager
def served(*servers: EmbeddedServer) -> Iterator[None]:
    """gunicorn with two processes, beside these servers."""
    environment = os.environ | {
        "DATABASE_URL": url_of(*servers),
        "CSE_BIND": f"127.0.0.1:{PORT}",
        "CSE_WORKERS": "2",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "cse_portal.wsgi"]
    log = (PROJECT / "var" / "recovery-gunicorn.log").open("wb")
    gunicorn = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log)
    try:
        until = time.monotonic() + PATIENCE
        while Reader("").reads() == 0 and time.monotonic() < until:
            time.sleep(0.1)
        yield
    finally:
        gunicorn.terminate()
        gunicorn.wait(40)
        log.close()


def main() -> int:
    good = []
    with tempfile.TemporaryDirectory(prefix="cse-recovery-") as folder:
        Path(folder).chmod(0o755)
        with EmbeddedServer(Path(folder) / "primary") as primary:
            session = prepared(primary)
            with served(primary):
                for away in (0.0, AWAY, 2 * AWAY):
                    name = f"away {away:.0f} s"
                    good.append(
                        measured(name, session, lambda away=away: restarted(primary, away))  # type: ignore[misc]
                    )
            for name, before in {
                "failover": primary.stop,
                "read-only": lambda: read_only(primary),
            }.items():
                standby = standby_of(primary, Path(folder) / name)
                with standby, served(primary, standby):
                    good.append(
                        measured(
                            name,
                            session,
                            lambda before=before, standby=standby: promoted(standby, before),  # type: ignore[misc]
                        )
                    )
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
