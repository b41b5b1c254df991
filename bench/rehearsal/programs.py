"""The programs that the rehearsal runs, as which account, with the files of `deploy/`."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds for a program to start or to end
CHOSEN: set[int] = set()
PACKAGES = "apt-get install postgresql pgbouncer nginx-light pgbackrest openssl"


class RehearsalError(RuntimeError):
    """It cannot be played here, or a step did not do what the page says; the message says which."""


def find_program(name: str) -> str:
    """A program's path. Raises RehearsalError where Debian's package is missing."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise RehearsalError(f"{name} is missing here: {PACKAGES}")
    return found


def newest_postgresql() -> Path:
    """The folder of Debian's PostgreSQL's programs. Raises RehearsalError where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=version)
    if not found:
        raise RehearsalError(f"PostgreSQL is missing here: {PACKAGES}")
    return found[-1].parent


def version(program: Path) -> int:
    return int(program.parents[1].name)


def account() -> dict[str, Any]:
    """Options of `subprocess`: PostgreSQL and PgBouncer refuse to run as root."""
    options: dict[str, Any] = {"cwd": "/", "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}}
    if os.geteuid() == 0:
        who = owner()
        options |= {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    return options


def owner() -> pwd.struct_passwd:
    """Debian's account `postgres`; `nobody` where PostgreSQL is not Debian's."""
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def give(path: Path) -> Path:
    """Make it the account's own."""
    if os.geteuid() == 0:
        os.chown(path, owner().pw_uid, owner().pw_gid)
    return path


def run(*command: object, check: bool = True, **options: Any) -> str:
    """What a program says. Raises RehearsalError where it fails."""
    words = [str(word) for word in command]
    settings = {"timeout": 2 * PATIENCE, "capture_output": True, "text": True} | options
    done = subprocess.run(words, check=False, **settings)
    if check and done.returncode:
        raise RehearsalError(f"{' '.join(words)}:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    return str(done.stdout)


def stop(process: "subprocess.Popen[bytes]", how: signal.Signals = signal.SIGTERM) -> None:
    """Ask a process to end, and kill it if it does not."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(PATIENCE)


def from_deploy(name: str, changes: Mapping[str, str]) -> str:
    """A file of `deploy/` with what differs here: by regular expression, each of which is met."""
    text = (PROJECT / "deploy" / name).read_text()
    for pattern, instead in changes.items():
        text, count = re.subn(pattern, instead, text, flags=re.MULTILINE)
        if not count:
            raise RehearsalError(f"deploy/{name} no longer has {pattern}")
    return text


def free_port() -> int:
    """One that nobody has, and that was not returned before: many are chosen before one is used."""
    while True:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = int(found.getsockname()[1])
        if port not in CHOSEN:
            CHOSEN.add(port)
            return port


def wait_until(what: str, is_so: Callable[[], object], patience: float = PATIENCE) -> float:
    """Seconds until it is so. Raises RehearsalError when that takes longer than the patience."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > patience:
            raise RehearsalError(f"after {patience:.0f} s still not: {what}")
        time.sleep(0.05)
    return time.monotonic() - began


def listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
