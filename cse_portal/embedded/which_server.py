"""Which PostgreSQL the portal uses: the server of `DATABASE_URL`, else one embedded in the project.

Asked by the settings and by `manage.py`, on any system; the embedded server needs a Unix.
"""

import os


def database_url() -> str:
    """The URL of the portal's database: `DATABASE_URL`, else the embedded server's."""
    if not is_embedded():
        return os.environ["DATABASE_URL"]
    from cse_portal.embedded.server import EmbeddedServer

    return EmbeddedServer.of_project().url


def is_embedded() -> bool:
    """Whether the portal uses the embedded database: `DATABASE_URL` is not set."""
    return not os.environ.get("DATABASE_URL")
