"""Floor, page, floor, page …: each page is compared with the floor measured just before and after.

Machines are noisy, and so are their neighbours: what is kept of each round is a ratio, of all
rounds the median. First one visitor at a time, for what a request costs; then two at once without
a pause, for how many are answered in a second.
"""

import itertools
import random
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bench.databases import Sized
from bench.pages import Page
from bench.place import Database, Site
from bench.statements import Statements
from bench.visitor import Answer, Visitor

AT_ONCE = 2
WARMING = 10
Visit = Callable[[], Answer]


@dataclass
class Round:
    """What some requests cost, in milliseconds each, and how fast they were answered."""

    worker: float
    postgresql: float
    a_second: float
    took: list[float] = field(default_factory=list)
    size: int = 0

    @property
    def cpu(self) -> float:
        return self.worker + self.postgresql


@dataclass
class InTurn:
    """Rounds of something, each between two rounds of what it is compared with."""

    rounds: list[Round]
    beside: list[Round]

    def ratios(self, of: Callable[[Round], float] = lambda one: one.cpu) -> list[float]:
        return [
            of(one) / statistics.mean((of(before), of(after)))
            for one, (before, after) in zip(
                self.rounds, itertools.pairwise(self.beside), strict=True
            )
        ]

    @property
    def median(self) -> float:
        return statistics.median(self.ratios())


def in_turn(beside: Callable[[], Round], asked: Callable[[], Round], rounds: int) -> InTurn:
    """Beside, asked, beside, asked, … beside."""
    found = InTurn([], [beside()])
    for _round in range(rounds):
        found.rounds.append(asked())
        found.beside.append(beside())
    return found


@dataclass
class Compared:
    """Two sites on one database, measured in turn."""

    database: Database
    sized: Sized
    floor: Site
    portal: Site
    requests: int
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311

    def __post_init__(self) -> None:
        self.kept = threading.local()
        self.statements = Statements(self.database, self.sized.name)

    def page(self, page: Page, rounds: int) -> dict[str, Any]:
        """A page's figures; an unexpected answer stops everything and says where."""
        self.a_page_round(page, WARMING)
        found = in_turn(self.a_floor_round, lambda: self.a_page_round(page, self.requests), rounds)
        pages, ratios = found.rounds, found.ratios()
        took = sorted(one for each in pages for one in each.took)
        return {
            "page": page.name,
            "goal": page.goal,
            "ratio": found.median,
            "least": min(ratios),
            "most": max(ratios),
            "speed": statistics.median(found.ratios(lambda one: one.a_second)),
            "worker_ms": statistics.median(one.worker for one in pages),
            "postgresql_ms": statistics.median(one.postgresql for one in pages),
            "floor_ms": statistics.median(one.cpu for one in found.beside),
            "postgresql_share": statistics.median(one.postgresql / one.cpu for one in pages),
            "ms": {str(part): at(took, part) for part in (50, 95, 99)},
            "bytes": pages[-1].size,
            "statements": self.statements_of(page),
        }

    def statements_of(self, page: Page, visits: int = 10) -> float:
        """How many statements PostgreSQL gets for one request."""
        ready = self.visits(page, visits)
        self.statements.forget()
        for visit in ready:
            expected(page.name, page.expects, visit())
        return self.statements.count() / visits

    def floor_statements(self, visits: int = 10) -> float:
        ready = self.floor_visits(visits)
        self.statements.forget()
        for visit in ready:
            expected("the floor", 200, visit())
        return self.statements.count() / visits

    def a_page_round(self, page: Page, requests: int) -> Round:
        return self.measured(
            self.portal, page.name, page.expects, self.visits(page, requests + requests // 2)
        )

    def a_floor_round(self) -> Round:
        return self.measured(
            self.floor, "the floor", 200, self.floor_visits(self.requests + self.requests // 2)
        )

    def visits(self, page: Page, count: int) -> list[Visit]:
        """Visits that are ready to be made, of companies in a shuffled order."""
        if page.larger is not None:
            companies = [self.sized.people["larger"][page.larger]] * count
        else:
            companies = self.shuffled(self.sized.companies(written_to=page.writes), count)
        ready: list[Visit] = []
        preparing = Visitor(self.portal.port)
        for company in companies:
            visitor = Visitor(self.portal.port, connection=preparing.connection)
            if page.who:
                visitor.signed_in(company[page.who]["session"])
            known = page.prepare(visitor, company)
            preparing.connection = visitor.connection
            ready.append(self.on_a_kept_line(visitor, partial(page_visit, page, known)))
        preparing.close()
        return ready

    def floor_visits(self, count: int) -> list[Visit]:
        return [
            self.on_a_kept_line(
                Visitor(self.floor.port, {"sessionid": key}), lambda one: one.get("/page/")
            )
            for key in self.shuffled(self.sized.floor_sessions, count)
        ]

    def shuffled(self, some: Sequence[Any], count: int) -> list[Any]:
        found: list[Any] = []
        while len(found) < count:
            found += self.chance.sample(some, len(some))
        return found[:count]

    def on_a_kept_line(self, visitor: Visitor, visit: Callable[[Visitor], Answer]) -> Visit:
        """Browsers keep their connection; all visitors of a thread share one to each site."""

        def make() -> Answer:
            lines: dict[Any, Any] = self.kept.__dict__
            visitor.connection = lines.get(visitor.port)
            answer = visit(visitor)
            lines[visitor.port] = visitor.connection
            return answer

        return make

    def measured(self, site: Site, name: str, expects: int, ready: list[Visit]) -> Round:
        """Two thirds one at a time, for what each costs; then the others, two at once."""
        alone = ready[: len(ready) * 2 // 3]
        others = ready[len(alone) :]
        expected(name, expects, alone[0]())
        alone = alone[1:]
        worker, postgresql = site.cpu(), self.database.cpu()
        answers = [expected(name, expects, visit()) for visit in alone]
        worker, postgresql = site.cpu() - worker, self.database.cpu() - postgresql
        return Round(
            worker / len(alone) * 1000,
            postgresql / len(alone) * 1000,
            a_second(name, expects, others),
            [one.took * 1000 for one in answers],
            answers[-1].size,
        )


def page_visit(page: Page, known: Any, visitor: Visitor) -> Answer:
    return page.visit(visitor, known)


def a_second(name: str, expects: int, ready: list[Visit]) -> float:
    """How many requests a second are answered, each visitor asking again at once."""
    wrong: list[Answer] = []

    def ask(some: list[Visit]) -> None:
        wrong.extend(one for visit in some if (one := visit()).status != expects)

    threads = [threading.Thread(target=ask, args=[ready[nth::AT_ONCE]]) for nth in range(AT_ONCE)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    for one in wrong[:1]:
        expected(name, expects, one)
    return len(ready) / took


def expected(name: str, expects: int, answer: Answer) -> Answer:
    if answer.status != expects:
        raise SystemExit(f"{name}: {answer.status} was answered, {expects} expected")
    return answer


def at(ordered: list[float], part: int) -> float:
    """The percentile of times in order."""
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)]
