"""pgBackRest by `deploy/pgbackrest.conf`: whole backups, and every change since."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from bench.rehearsal.database import DatabaseMachine
from bench.rehearsal.programs import account, find_program, from_deploy, give, run


@dataclass
class Backups:
    """The repository of one machine's backups, and of its archive."""

    folder: Path

    def __post_init__(self) -> None:
        for name in ("repository", "locks", "spool", "log"):
            (self.folder / name).mkdir()
            give(self.folder / name)

    @property
    def settings(self) -> Path:
        return self.folder / "pgbackrest.conf"

    @property
    def of_postgresql(self) -> dict[str, str]:
        """What differs in `deploy/postgresql.conf`."""
        return {r"pgbackrest --stanza": f"pgbackrest --config={self.settings} --stanza"}

    def settings_of(self, machine: DatabaseMachine) -> str:
        """`deploy/pgbackrest.conf`, for this machine."""
        return from_deploy(
            "pgbackrest.conf",
            {
                r"^repo1-path=.*": f"repo1-path={self.folder}/repository\n"
                f"lock-path={self.folder}/locks\nspool-path={self.folder}/spool\n"
                f"log-path={self.folder}/log",
                r"^repo1-cipher-pass=$": f"repo1-cipher-pass={secrets.token_urlsafe(48)}",
                r"^pg1-path=.*": f"pg1-path={machine.data}\npg1-port={machine.port}\n"
                f"pg1-socket-path={machine.folder}",
            },
        )

    def configure(self, machine: DatabaseMachine) -> None:
        self.settings.write_text(self.settings_of(machine))
        give(self.settings).chmod(0o600)

    def do(self, *words: str) -> str:
        """A command of pgBackRest, as PostgreSQL's account. Raises RehearsalError."""
        program = find_program("pgbackrest")
        return run(program, f"--config={self.settings}", "--stanza=cse", *words, **account())
