"""The other machines: web, letters, and the proxy before the web, by the files of `deploy/`."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.place import HOST
from bench.rehearsal.programs import (
    PROJECT,
    find_program,
    free_port,
    from_deploy,
    listens,
    run,
    stop,
    wait_until,
)

Environment = dict[str, str]


@dataclass
class Program:
    """A process of the portal, which is started again when it ends, as systemd does."""

    name: str
    command: list[str]
    environment: Environment
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=PROJECT, env=self.environment, stdout=log, stderr=log
            )

    def stop(self) -> None:
        if self.process:
            stop(self.process)


@dataclass
class WebMachine(Program):
    """gunicorn by `deploy/gunicorn.conf.py`."""

    port: int = 0

    def kill_a_worker(self) -> None:
        if self.process is None:
            raise RuntimeError(f"{self.name} does not run")
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        os.kill(int(children.split()[0]), signal.SIGKILL)


def a_web_machine(
    name: str, folder: Path, environment: Environment, *, workers: int = 2
) -> WebMachine:
    port = free_port()
    own = {"CSE_BIND": f"127.0.0.1:{port}", "CSE_WORKERS": str(workers)}
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"]
    machine = WebMachine(
        name, [*command, "cse_portal.wsgi"], environment | own, folder / f"{name}.log", port=port
    )
    machine.start()
    wait_until(f"{name} listens", lambda: listens(port))
    return machine


def send_letters(folder: Path, environment: Environment) -> Program:
    command = [sys.executable, "manage.py", "send_letters"]
    letters = Program("letters", command, environment, folder / "letters.log")
    letters.start()
    return letters


@dataclass
class Proxy:
    """nginx by `deploy/nginx.conf`, with a certificate of its own."""

    folder: Path
    machines: list[WebMachine]
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def key(self) -> Path:
        return self.folder / "key.pem"

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    def settings(self) -> str:
        """`deploy/nginx.conf`, for these machines."""
        servers = "\n".join(
            f"    server 127.0.0.1:{one.port} fail_timeout=5s;" for one in self.machines
        )
        text = from_deploy(
            "nginx.conf",
            {
                r"^    server 127\.0\.0\.1:8000 fail_timeout=5s;": servers,
                r"listen 80( default_server)?;": rf"listen 127.0.0.1:{free_port()}\1;",
                r"listen 443 ": f"listen 127.0.0.1:{self.port} ",
                r"listen \[::\][^;]*;": "",
                r"/etc/ssl/cse-portal/fullchain\.pem": str(self.certificate),
                r"/etc/ssl/cse-portal/key\.pem": str(self.key),
                r"root /opt/cse-portal/var": f"root {PROJECT}/var",
                r"access_log /var/log/nginx": f"access_log {self.folder}",
            },
        )
        around = f"pid {self.folder}/nginx.pid;\nevents {{ worker_connections 2048; }}\n"
        logs = f"access_log {self.folder}/access.log;\nclient_body_temp_path {self.folder}/bodies;"
        return f"daemon off;\n{around}http {{\n{logs}\n{text}\n}}\n"

    def start(self) -> None:
        run(
            *(find_program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes"),
            *("-days", "1", "-subj", f"/CN={HOST}"),
            *("-keyout", self.key, "-out", self.certificate),
        )
        settings = self.folder / "nginx.conf"
        settings.write_text(self.settings())
        self.process = subprocess.Popen(
            [find_program("nginx"), "-c", str(settings), "-e", str(self.folder / "nginx.log")]
        )
        wait_until("nginx listens", lambda: listens(self.port))

    def stop(self) -> None:
        if self.process:
            stop(self.process)


def manage(environment: Environment, *command: str, **options: Any) -> str:
    """A command of the portal."""
    return run(sys.executable, "manage.py", *command, cwd=PROJECT, env=environment, **options)


def python(environment: Environment, *arguments: str) -> str:
    return run(sys.executable, *arguments, cwd=PROJECT, env=environment)


def told(line: str) -> None:
    """A line of the rehearsal's own, with the time of day."""
    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)  # noqa: T201
