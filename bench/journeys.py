"""Whole journeys as load: what each step costs, and how many people two workers carry.

First some people walk in step, one request at a time: the processor that each step takes. Then a
crowd works (`bench.crowding`), more and more of it, and at last three times too many.
"""

import random
import statistics
from collections import defaultdict
from typing import Any

from bench.crowding import Crowd
from bench.databases import Sized
from bench.mail_sink import MailSink
from bench.place import Database, Site, python
from bench.progress import print_line
from bench.whole_journey import Manager, Step

PORT, WORKERS = 8133, 2
IN_STEP = 15
MOST_PEOPLE = 1_500


def measure(database: Database, here: Sized, sink: MailSink) -> dict[str, Any]:
    """Both parts, within four minutes."""
    companies = unread_companies(database, here)
    argon2 = float(python("-m", "bench.argon2_cost", database_url=here.url))
    print_line(
        f"--- whole journeys, {WORKERS} workers; one comparison of a password: {argon2:.1f} ms"
    )
    with Site("cse_portal.wsgi", here.url, PORT, WORKERS) as site:
        site.first_answer("/fr/connexion/")
        walked = [Manager(PORT, company, sink) for company in companies[: IN_STEP + 3]]
        in_step(site, database, walked[:3])  # what is loaded by the first visits
        steps = in_step(site, database, walked[3:])
        for step in steps:
            print_line(f"{step['step']:44} {step['ms']:7.2f} ms CPU   p50 {step['p50']:6.1f} ms")
        costs = {step["step"]: step["ms"] for step in steps}
        crowd = Crowd(
            PORT, sink, companies[IN_STEP + 3 :], costs, lambda: site.cpu() + database.cpu()
        )
        rising = crowd.rises()
        past = crowd.past_it(rising["people"])
    return {"argon2_ms": argon2, "steps": steps, "rising": rising, "past": past}


def unread_companies(database: Database, here: Sized) -> list[int]:
    """Companies that no page of the benchmark reads, the least worked with first."""
    known = {company["key"] for company in here.people["companies"]}
    with database.as_administrator(here.name) as administrator:
        rows = administrator.execute(
            "SELECT company_id FROM registrations_registration WHERE company_id <= %s"
            " GROUP BY 1 HAVING count(*) > 2",
            [here.size],
        )
        known |= {row[0] for row in rows}
    free = [
        key for key in random.Random().sample(range(1, here.size + 1), min(here.size, 5_000))  # noqa: S311
        if key not in known
    ]  # fmt: skip
    if len(free) < IN_STEP + 3 + 100:
        raise SystemExit("Journeys need companies that none has worked with: use --fresh.")
    return free[:MOST_PEOPLE]


def in_step(site: Site, database: Database, managers: list[Manager]) -> list[dict[str, Any]]:
    """All take a step before any takes the next: what each step costs."""
    walks = [manager_walk(manager) for manager in managers]
    found: dict[str, list[Step]] = defaultdict(list)
    cost: dict[str, tuple[float, float]] = {}
    while True:
        worker, postgresql = site.cpu(), database.cpu()
        taken = [step for walk in walks if (step := next(walk, None))]
        if not taken:
            break
        for step in taken:
            if not step.is_right:
                raise SystemExit(f"{step.name}: {step.answer.status}, {step.expects} expected")
            found[step.name].append(step)
        cost[taken[0].name] = (site.cpu() - worker, database.cpu() - postgresql)
    return [
        {
            "step": name,
            "ms": sum(cost[name]) / len(steps) * 1000,
            "postgresql_ms": cost[name][1] / len(steps) * 1000,
            "p50": statistics.median(one.answer.took for one in steps) * 1000,
        }
        for name, steps in found.items()
    ]


def manager_walk(manager: Manager) -> Any:
    yield from manager.signs_in()
    yield from manager.works()
