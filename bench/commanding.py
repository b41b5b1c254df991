"""What the operators' commands cost at the last size: how long, and the process's most memory.

`send_notices` with 22,000 proxies due and told, and nothing new; `verify_trail`, whole, and since
an anchor of before one company of a hundred wrote something. The median of some runs: another
process of the machine may slow one down.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from bench.chaining import chain, is_made_up
from bench.databases import Sized
from bench.place import Database, environment
from bench.progress import print_line
from bench.seeding import ENDS, FACTS
from cse_portal.embedded.server import PROJECT

DUE_AND_TOLD = 22_000  # proxies
RUNS = 5
ANCHOR_KEYS = f"1:{'anchors' * 8},0:{'before' * 10}"
DUE = """
    UPDATE proxies_proxy SET ends_on = current_date + 45 WHERE id <= %s AND ends_on = %s
"""
TOLD = "UPDATE proxies_proxy SET last_reminder = 60 WHERE id <= %s AND ends_on = current_date + 45"
AS_BEFORE = "UPDATE proxies_proxy SET ends_on = %s WHERE id <= %s AND ends_on = current_date + 45"
A_DAY = """
    INSERT INTO notices_event (occurrence, kind, at, by_party, about, facts, company_id)
    SELECT gen_random_uuid(), 'file.created', now(), '', '', %s, id FROM cse_portal_company
    WHERE id %% 100 = 0
"""


class Cost(NamedTuple):
    """Of one run: seconds, seconds of processor of the process, and its most memory, in MB."""

    seconds: float
    processor: float
    megabytes: float


def measure(database: Database, here: Sized) -> dict[str, Any]:
    """The costs of each command."""
    print_line(f"--- commands, {here.size:,} companies")
    with database.as_administrator(here.name) as administrator:
        if is_made_up(administrator):
            print_line("the trail is computed, once …")
            chain(administrator)
            administrator.execute("VACUUM (ANALYZE) notices_trailentry, notices_trailhead")
        found = {"send_notices": of_notices(administrator, here)}
        found |= of_trail(administrator, here)
    for name, figures in found.items():
        print_line(f"{name:24} {json.dumps(figures)}")
    return found


def of_notices(administrator: psycopg.Connection, here: Sized) -> dict[str, float]:
    """Nothing new is due; the proxies end as they did afterwards."""
    try:
        administrator.execute(DUE, [DUE_AND_TOLD, ENDS])
        administrator.execute(TOLD, [DUE_AND_TOLD])
        administrator.execute("VACUUM (ANALYZE) proxies_proxy")
        run(here, "send_notices")  # newcomers that other pages left
        return median([run(here, "send_notices") for _run in range(RUNS)])
    finally:
        administrator.execute(AS_BEFORE, [ENDS, DUE_AND_TOLD])


def of_trail(administrator: psycopg.Connection, here: Sized) -> dict[str, dict[str, float]]:
    """The whole trail once, and what a day wrote."""
    counted = administrator.execute("SELECT count(*) FROM notices_trailentry").fetchone()
    entries = counted[0] if counted else 0
    with tempfile.TemporaryDirectory() as folder:
        anchor = Path(folder) / "anchor"
        whole = run(here, "verify_trail", "--save", str(anchor))
        administrator.execute(A_DAY, [FACTS])
        since = [run(here, "verify_trail", "--since", str(anchor)) for _run in range(RUNS)]
        megabytes = anchor.stat().st_size / 1e6
    per_million = 1e6 / entries
    return {
        "verify_trail": {
            "entries": entries,
            "seconds_per_million": whole.seconds * per_million,
            "processor_per_million": whole.processor * per_million,
            "megabytes": whole.megabytes,
        },
        "verify_trail --since": median(since) | {"anchor_megabytes": megabytes},
    }


def run(here: Sized, *command: str) -> Cost:
    """Run a command as the timers do. Raises RuntimeError if it fails."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=PROJECT,
            env=environment(here.url, 0, 1) | {"CSE_ANCHOR_KEYS": ANCHOR_KEYS},
            stdout=said,
            stderr=said,
        )
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)}: {said.read().decode()[-2000:]}")
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)


def median(runs: list[Cost]) -> dict[str, float]:
    return {
        "seconds": statistics.median(one.seconds for one in runs),
        "processor": statistics.median(one.processor for one in runs),
        "megabytes": max(one.megabytes for one in runs),
    }
