"""The command that serves the simulation on this machine."""

import argparse
import contextlib
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections

from cse_portal.embedded.child_process import start_child, stop_child
from cse_portal.embedded.server import PROJECT, EmbeddedServer, EmbeddedServerError
from cse_portal.embedded.which_server import is_embedded

HOST = "127.0.0.1"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 60.0  # seconds for the first page


class Command(BaseCommand):
    """Prepare the database and the demo companies, then serve the portal until Ctrl-C."""

    help = "Serve the portal with the demo companies. What was done stays, unless --reset."
    # checks run once the database is started: see `prepare`
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The port, and whether to start with an empty database."""
        parser.add_argument("--port", type=port_number, default=8000)
        parser.add_argument("--reset", action="store_true", help="forget what the demo holds")
        parser.add_argument(
            "--yes", action="store_true", help="really empty the server of DATABASE_URL"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the demo until Ctrl-C or SIGTERM."""
        port: int = options["port"]
        refuse_taken_port(port)
        for number in STOP_SIGNALS:
            signal.signal(number, stop_once)
        try:
            with database(reset=options["reset"], confirmed=options["yes"]):
                self.prepare()
                self.serve(port)
        except KeyboardInterrupt:
            self.stdout.write("\nThe demo is stopped. What was done is kept for the next start.")
        except EmbeddedServerError as error:
            raise CommandError(str(error)) from None

    def prepare(self) -> None:
        """Bring the database, the catalogs, the demo companies and the static files up to date."""
        call_command("compile_catalogs")
        self.check()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("load_demo")
        call_command("collectstatic", verbosity=0, interactive=False)
        close_connections()

    def serve(self, port: int) -> None:
        """Start the web server and the worker, print the welcome text, and wait for the end."""
        # the address of the links in e-mails
        os.environ.setdefault("PORTAL_URL", f"http://{HOST}:{port}")
        server = start_child(
            server_command(port), stop_signal=signal.SIGTERM, cwd=PROJECT, stdout=sys.stderr
        )
        sender = start_child(
            [sys.executable, "manage.py", "send_letters"], stop_signal=signal.SIGTERM, cwd=PROJECT
        )
        try:
            wait_for_a_page(server, port)
            self.stdout.write(welcome(f"http://{HOST}:{port}/"))
            self.stdout.flush()
            raise CommandError(f"The web server ended by itself (code {server.wait()}).")
        finally:
            stop_child(server, signal.SIGTERM, signal.SIGQUIT)
            stop_child(sender, signal.SIGTERM)  # after the web server, to send the last letters


def port_number(typed: str) -> int:
    """Parse a port number."""
    if not typed.isdecimal() or not 0 < int(typed) < 65536:
        raise argparse.ArgumentTypeError(f"{typed} is not a port: give a number from 1 to 65535")
    return int(typed)


def refuse_taken_port(port: int) -> None:
    """Raise CommandError when the port cannot be used, before anything is started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = "is already in use" if error.errno == errno.EADDRINUSE else "is not allowed"
            raise CommandError(
                f"Port {port} {reason}. Choose another one: make demo PORT={other_port(port)}"
            ) from None


def other_port(port: int) -> int:
    """Another port to suggest, which needs no privilege."""
    return port + 1 if 1024 <= port < 65535 else 8001


def stop_once(number: int, frame: FrameType | None) -> None:
    """Start the shutdown; a second Ctrl-C is ignored so as not to interrupt it."""
    for stop_signal in STOP_SIGNALS:
        signal.signal(stop_signal, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextlib.contextmanager
def database(*, reset: bool, confirmed: bool) -> Iterator[None]:
    """Run the demo's database during the block, emptied first with `reset`."""
    if is_embedded():
        server = EmbeddedServer.of_project()
        if reset:
            server.reset()
        with server:
            try:
                yield
            finally:
                close_connections()
    else:
        if reset:
            empty_schema(confirmed=confirmed)
        yield


def empty_schema(*, confirmed: bool) -> None:
    """Drop every table of the server that DATABASE_URL names."""
    name = connection.settings_dict["NAME"]
    if not confirmed:
        raise CommandError(
            f'DATABASE_URL names the database "{name}": everything in it would be lost. '
            "If that is what you want: make demo-reset ARGS=--yes"
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = connection.ops.quote_name(cursor.fetchone()[0])
        cursor.execute(f"DROP SCHEMA {schema} CASCADE")
        cursor.execute(f"CREATE SCHEMA {schema}")


def close_connections() -> None:
    """Close all connections: the web server opens its own, and PostgreSQL can then stop."""
    for opened in connections.all(initialized_only=True):
        opened.close()
        if hasattr(opened, "close_pool"):
            opened.close_pool()


def server_command(port: int) -> list[str]:
    """The command of the web server: gunicorn as in production, on the loopback address."""
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--log-level", "warning"]
    command += ["--worker-class", "cse_portal.web.worker.WholeRequestWorker"]
    command += ["--workers", "2", "--threads", "4", "--forwarder-headers", ""]
    return [*command, "--bind", f"{HOST}:{port}", "cse_portal.wsgi:application"]


def wait_for_a_page(server: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the portal serves a page. Raises CommandError after a minute."""
    deadline = time.monotonic() + PATIENCE
    while not answers(port):
        if server.poll() is not None:
            raise CommandError(f"The web server did not start (code {server.returncode}).")
        if time.monotonic() > deadline:
            raise CommandError(f"The web server gave no page within {PATIENCE:.0f} s.")
        time.sleep(0.1)


def answers(port: int) -> bool:
    """Whether the server returns a response, whatever its status."""
    visit = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        visit.request("GET", "/")
        visit.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        visit.close()
    return True


def welcome(address: str) -> str:
    """The text with the demo people and the addresses (imported late: it needs the models)."""
    from sandbox.demo_companies import welcome as demo_welcome

    return demo_welcome(address)
