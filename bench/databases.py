"""The databases that are compared: one for each number of companies, seeded once and stored.

A stored database gets the migrations that are new; a run of the benchmark leaves a few rows in it
(drafts, files, proxies of some companies), few beside the seeds. `--fresh` starts all over.
"""

import json
from dataclasses import dataclass
from typing import Any

from bench.pages import ASSIGNMENTS, DRAFTS, ROWS
from bench.place import Database, manage, python, timed
from bench.progress import print_line
from bench.seeding import Seeds, fill

SIGNED_IN = 250  # companies: two fifths of them are only read, each kind that is written to has one
ON_THE_FLOOR = 100


@dataclass
class Sized:
    """A database of so many companies, ready: who is signed in on the portal, and on the floor."""

    size: int
    name: str
    #: how the web processes reach it
    url: str
    seeding_seconds: float
    people: dict[str, Any]
    floor_sessions: list[str]

    def companies(self, leaves: str = "") -> list[dict[str, Any]]:
        """Those of the pages that leave nothing, drafts alone, assignments, or other rows.

        Whoever is written to grows from run to run: what is shown, and read, stays as it was
        seeded. An assignment has companies whose people no other page adds to.
        """
        all_of_them: list[dict[str, Any]] = self.people["companies"]
        fifth = len(all_of_them) // 5
        parts = {
            DRAFTS: slice(fifth),
            ROWS: slice(fifth, 2 * fifth),
            ASSIGNMENTS: slice(2 * fifth, 3 * fifth),
            "": slice(3 * fifth, None),
        }
        if not (found := all_of_them[parts[leaves]]):
            raise ValueError(f"{self.size} companies are too few to be measured")
        return found

    def bytes(self, database: Database) -> int:
        """On disk, indexes included."""
        with database.as_administrator() as administrator:
            found = administrator.execute("SELECT pg_database_size(%s)", [self.name]).fetchone()
        return int(found[0]) if found else 0


def sized(database: Database, size: int, *, fresh: bool) -> Sized:
    """The database of that many companies, made and seeded if it is not there yet."""
    name = f"size_{size}"
    with database.as_administrator() as administrator:
        if fresh:
            administrator.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        comment = administrator.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        ).fetchone()
        seconds = float(comment[0]) if comment else make(database, size, name)
    owner, login = database.url(name, "cse_owner"), database.url(name, "cse_login")
    manage(owner, "migrate")
    floor_sessions = json.loads(
        python("-m", "bench.floor.people", str(ON_THE_FLOOR), database_url=owner)
    )
    signed_in = min(SIGNED_IN, size // 4)
    people = json.loads(python("-m", "bench.people", str(size), str(signed_in), database_url=login))
    with database.as_administrator(name) as administrator:
        administrator.execute("VACUUM (ANALYZE)")
        administrator.execute("CHECKPOINT")
    return Sized(size, name, login, seconds, people, floor_sessions)


def make(database: Database, size: int, name: str) -> float:
    """Seed a new database; it takes its name once it is whole. Seconds that the seeds took."""
    unfinished = f"unfinished_{size}"
    with database.as_administrator() as administrator:
        administrator.execute(f"DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")
        administrator.execute(f"CREATE DATABASE {unfinished} OWNER cse_owner")
        owner = database.url(unfinished, "cse_owner")
        manage(owner, "migrate")
        known = json.loads(python("-m", "bench.reference", database_url=owner))
        print_line(f"{size:,} companies: seeding …")
        with timed() as took, database.as_administrator(unfinished) as connection:
            fill(connection, Seeds(size, known["password"], known["ministries"], known["service"]))
        print_line(f"{size:,} companies: seeded in {took[0]:.0f} s")
        administrator.execute(f"ALTER DATABASE {unfinished} RENAME TO {name}")
        administrator.execute(f"COMMENT ON DATABASE {name} IS '{took[0]:.1f}'")
    return took[0]
