"""PgBouncer by `deploy/pgbouncer.ini`, before one PostgreSQL server."""

import subprocess
from dataclasses import dataclass, field

from bench.rehearsal.database import DatabaseMachine
from bench.rehearsal.programs import (
    account,
    find_program,
    free_port,
    from_deploy,
    give,
    listens,
    stop,
    wait_until,
)

#: what PostgreSQL stores of a password, as PgBouncer's file has it
SECRETS = """
    SELECT format('"%s" "%s"', rolname, rolpassword) FROM pg_authid
    WHERE rolname LIKE 'cse_login%' AND rolpassword <> ''
"""


@dataclass
class Pooler:
    """On the machine of that database."""

    machine: DatabaseMachine
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def settings(self) -> str:
        """`deploy/pgbouncer.ini`, for this machine."""
        folder = self.machine.folder
        text = from_deploy(
            "pgbouncer.ini",
            {
                r"^cse = .*": f"cse = host=127.0.0.1 port={self.machine.port}",
                r"^listen_port = .*": f"listen_port = {self.port}",
                r"^auth_file = .*": f"auth_file = {folder}/userlist.txt",
            },
        )
        return f"{text}\nunix_socket_dir =\nlogfile = {folder}/pgbouncer.log\n"

    def start(self, secrets_of: DatabaseMachine) -> None:
        """The secrets are the same on all machines, which copy the primary's."""
        lines = "\n".join(line for (line,) in secrets_of.sql(SECRETS))
        give(self.machine.written("userlist.txt", f"{lines}\n"))
        settings = give(self.machine.written("pgbouncer.ini", self.settings()))
        self.process = subprocess.Popen(
            [find_program("pgbouncer"), "-q", str(settings)], stderr=subprocess.DEVNULL, **account()
        )
        wait_until(f"the pooler of {self.machine.name} listens", lambda: listens(self.port))

    def stop(self) -> None:
        if self.process:
            stop(self.process)
