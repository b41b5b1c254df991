"""The benchmark: `python -m bench`, or `make bench`. Its method is in docs/performance.md.

    make bench ARGS='--sizes 1000 --rounds 3 --pages list'

It starts its own PostgreSQL, stored with its seeds under `var/bench`, and gunicorn; all of it
listens on 127.0.0.1 or a Unix socket. Figures are ratios to a bare Django page measured in the same
minute.
"""

import argparse
import json
import math
import statistics
import time
from pathlib import Path
from typing import Any

from bench import beside, commanding, growth, journeys, plans, report, verdicts
from bench.databases import Sized, sized
from bench.mail_sink import MailSink
from bench.officers import OFFICER, OFFICERS_PAGES
from bench.pages import PAGES, Page
from bench.place import Database, Site, manage, python
from bench.progress import print_line
from bench.rounds import Compared
from bench.starts import cold_start
from bench.visitor import Visitor
from cse_portal.embedded.server import PROJECT

FLOOR_PORT, PORTAL_PORT = 8131, 8132
FLOOR, PORTAL = "bench.floor.wsgi", "cse_portal.wsgi"
SIGN_IN = "/fr/connexion/"
DECISION_ROUNDS = 5


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the portal.")
    parser.add_argument("--sizes", default="1000,100000,1000000", help="numbers of companies")
    parser.add_argument(
        "--rounds", type=int, default=25, help="at the last size; half as many at the others"
    )
    parser.add_argument("--requests", type=int, default=20, help="of a page in one round")
    parser.add_argument("--pages", default="", help="only those whose name has one of these parts")
    parser.add_argument("--fresh", action="store_true", help="drop the stored databases first")
    parser.add_argument("--no-journeys", action="store_true")
    parser.add_argument("--only-beside", action="store_true", help="officers and locks alone")
    parser.add_argument(
        "--only-commands", action="store_true", help="the operators' commands at the last size"
    )
    parser.add_argument("--out", type=Path, default=PROJECT / "var" / "bench" / "result.json")
    return parser.parse_args()


def main() -> None:
    options = parse_options()
    sizes = sorted({int(size) for size in options.sizes.split(",")})
    parts = options.pages.split(",")
    pages = [one for one in PAGES + OFFICERS_PAGES if any(part in one.name for part in parts)]
    of_companies = [page for page in pages if page.who != OFFICER]
    (PROJECT / "var").mkdir(exist_ok=True)
    result: dict[str, Any] = {
        "day": time.strftime("%Y-%m-%d"),
        "rounds": options.rounds,
        "requests": options.requests,
        "sizes": [],
    }
    with Database(PROJECT / "var" / "bench") as database, MailSink() as sink:
        all_sizes = []
        for size in sizes:
            here = sized(database, size, fresh=options.fresh)
            all_sizes.append(here)
            manage(here.url, "collectstatic", "--noinput")
            if options.only_beside or options.only_commands:
                continue
            result["sizes"].append(
                at_one_size(database, here, pages, options, is_last=size == sizes[-1])
            )
            save(result, options.out)
        if options.only_beside:
            beside.measure(database, here, sink)
            return
        if options.only_commands:
            for goal in verdicts.of_commands({"commands": commanding.measure(database, here)}):
                print_line(f"{goal.what:72} {goal.figure:>10} {goal.limit:>10}  {goal.verdict}")
            return
        ends = all_sizes[0], all_sizes[-1]
        result["growth"] = growth.measure(
            database, ends, of_companies, options.rounds, options.requests
        )
        save(result, options.out)
        if not options.no_journeys:
            result["beside"] = beside.measure(database, here, sink)
            save(result, options.out)
            result["journeys"] = journeys.measure(database, here, sink)
            save(result, options.out)
            result["commands"] = commanding.measure(database, here)
        result["indexes"] = plans.unused_indexes(database, here)
    save(result, options.out)
    for line in report.summary(result):
        print_line(line)
    if not options.pages and not options.no_journeys:
        report.write(result)


def at_one_size(
    database: Database,
    here: Sized,
    pages: list[Page],
    options: argparse.Namespace,
    *,
    is_last: bool,
) -> dict[str, Any]:
    """Every page compared with the floor, the access decision; at the last size also the plans."""
    print_line(f"--- {here.size:,} companies (seeded in {here.seeding_seconds:.0f} s)")
    floor, portal = Site(FLOOR, here.url, FLOOR_PORT), Site(PORTAL, here.url, PORTAL_PORT)
    found: dict[str, Any] = {"size": here.size, "seeding_seconds": here.seeding_seconds}
    if is_last:
        plans.forget_uses(database, here)
        to_floor = Visitor(FLOOR_PORT, {"sessionid": here.floor_sessions[0]})
        found["cold_start"] = cold_start(portal, SIGN_IN, Visitor(PORTAL_PORT))
        found["floor_cold_start"] = cold_start(floor, "/page/", to_floor)
    with floor, portal:
        floor.first_answer("/page/", expects=302)
        portal.first_answer(SIGN_IN)
        compared = Compared(database, here, floor, portal, options.requests)
        found["pages"] = []
        for page in pages:
            rounds = options.rounds if is_last else math.ceil(options.rounds / 2)
            found["pages"].append(figures := compared.page(page, rounds))
            print_line(report.line_of(figures))
        found["decision"] = decision(compared)
        print_line(report.line_of_decision(found["decision"]))
        found["floor_statements"] = compared.floor_statements()
        found["memory"], found["floor_memory"] = portal.memory(), floor.memory()
    found["database_bytes"] = here.bytes(database)
    if is_last:
        found["plans"] = plans.explain(database, here, pages)
    return found


def decision(compared: Compared) -> dict[str, Any]:
    """The access decision, between rounds of the floor."""
    here = compared.sized
    beside = [compared.a_floor_round() for _round in range(DECISION_ROUNDS)]
    output = python("-m", "bench.decision", str(here.size), database_url=here.url)
    beside += [compared.a_floor_round() for _round in range(DECISION_ROUNDS)]
    floor_ms = statistics.median(measured.cpu for measured in beside)
    return json.loads(output) | {"floor_ms": floor_ms}


def save(result: dict[str, Any], out: Path) -> None:
    """Save what was measured so far, in case something fails later."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
