#!/usr/bin/env python
"""The portal's commands. `manage.py help` lists them."""

import os
import signal
import sys
from types import FrameType

# `demo` starts the database itself: it may have to wipe it first.
WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compile_catalogs",
    "compilemessages",
    "demo",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "update_catalogs",
    "version",
}


def needs_database(arguments: list[str]) -> bool:
    """Whether a command, told by its arguments, reads or writes the database."""
    if not arguments or arguments[0].startswith("-") or {"-h", "--help"} & set(arguments):
        return False
    return arguments[0] not in WITHOUT_DATABASE


def end_in_order(number: int, frame: FrameType | None) -> None:
    """Let `with` blocks end when the system asks us to stop: the database is closed, not cut."""
    sys.exit(128 + number)


def main() -> None:
    """Run a command; the embedded database is there meanwhile, unless DATABASE_URL names one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cse_portal.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run `make demo` once, then .venv/bin/python.")
    from cse_portal.embedded.server import EmbeddedServer, EmbeddedServerError, is_embedded

    try:
        if is_embedded() and needs_database(sys.argv[1:]):
            signal.signal(signal.SIGTERM, end_in_order)
            with EmbeddedServer.of_project():
                execute_from_command_line(sys.argv)
        else:
            execute_from_command_line(sys.argv)
    except EmbeddedServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
