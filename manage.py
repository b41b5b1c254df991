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
    """Whether the command that these arguments name reads or writes the database."""
    if not arguments or arguments[0].startswith("-") or {"-h", "--help"} & set(arguments):
        return False
    return arguments[0] not in WITHOUT_DATABASE


def exit_cleanly(number: int, frame: FrameType | None) -> None:
    """Exit through the `with` blocks on SIGTERM, so that the database is shut down properly."""
    sys.exit(128 + number)


def main() -> None:
    """Run a command, with the embedded database running unless DATABASE_URL names another."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cse_portal.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run `make demo` once, then .venv/bin/python.")
    from cse_portal.embedded.which_server import is_embedded

    if not is_embedded():
        execute_from_command_line(sys.argv)
        return
    from cse_portal.embedded.server import EmbeddedServer, EmbeddedServerError

    try:
        if needs_database(sys.argv[1:]):
            signal.signal(signal.SIGTERM, exit_cleanly)
            with EmbeddedServer.of_project():
                execute_from_command_line(sys.argv)
        else:
            execute_from_command_line(sys.argv)
    except EmbeddedServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
