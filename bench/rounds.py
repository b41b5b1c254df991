"""Floor, page, floor, page …: each page is compared with the floor measured just before and after.

Machines are noisy, and so are their neighbours: a machine may be half as fast a second later. So
rounds are short, a tenth of a second, and many. The result of each is a ratio to the floor's round
next to it; that of all rounds is the median, with the interval in which a median of so many rounds
lies nineteen times of twenty. First one visitor at a time, for what a request costs; then two at
once without a pause, for how many are answered in a second.
"""

import itertools
import math
import random
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from bench.databases import Sized
from bench.pages import Page
from bench.place import Database, Site
from bench.statements import Statements
from bench.visitor import Answer, Visitor

AT_ONCE = 2
SPEED_ROUNDS, SPEED_REQUESTS = 5, 30
WARMING = 49  # and the first: each company of a kind once, of a thousand companies
CONFIDENCE = 0.95
Visit = Callable[[], Answer]
Measure = TypeVar("Measure")


@dataclass
class Round:
    """What some requests cost, in milliseconds each, one at a time."""

    worker: float
    postgresql: float
    took: list[float] = field(default_factory=list)
    size: int = 0

    @property
    def cpu(self) -> float:
        return self.worker + self.postgresql


def cpu_of(measured: Round) -> float:
    return measured.cpu


@dataclass
class InTurn(Generic[Measure]):
    """Rounds of something, each between two rounds of what it is compared with."""

    rounds: list[Measure]
    beside: list[Measure]

    def ratios(self, figure: Callable[[Measure], float]) -> "Ratios":
        return Ratios(
            figure(measured) / statistics.mean((figure(before), figure(after)))
            for measured, (before, after) in zip(
                self.rounds, itertools.pairwise(self.beside), strict=True
            )
        )


class Ratios(list[float]):
    """One figure of every round, over that of what it is compared with."""

    @property
    def median(self) -> float:
        return statistics.median(self)

    @property
    def summary(self) -> dict[str, float]:
        """The median, with the bounds of its confidence interval."""
        least, most = self.interval()
        return {"ratio": self.median, "least": least, "most": most}

    def interval(self) -> tuple[float, float]:
        """Where the median lies with CONFIDENCE, by the order of the rounds alone.

        Whatever the noise is like, a round is as often above the median as below it: how many of
        them are above is a toss of coins. With few rounds, it is all of them.
        """
        ordered, count = sorted(self), len(self)
        left_out, chance = 0, 2 / 2**count
        while chance <= 1 - CONFIDENCE and left_out < count // 2:
            left_out += 1
            chance += 2 * math.comb(count, left_out) / 2**count
        first = max(left_out - 1, 0)
        return ordered[first], ordered[count - 1 - first]


def in_turn(
    beside: Callable[[], Measure], measured: Callable[[], Measure], rounds: int
) -> InTurn[Measure]:
    """Run beside, measured, beside, measured, … beside."""
    found = InTurn([], [beside()])
    for _round in range(rounds):
        found.rounds.append(measured())
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
        self.connections = threading.local()
        self.prepared: dict[tuple[str, int], Any] = {}
        self.administrator = self.database.as_administrator(self.sized.name)
        self.administrator.execute("SET session_replication_role = replica")  # no trigger
        self.statements = Statements(self.database, self.sized.name)

    def page(self, page: Page, rounds: int) -> dict[str, Any]:
        """A page's figures; an unexpected answer stops everything and says where."""
        self.a_page_round(page, WARMING)
        found = in_turn(self.a_floor_round, lambda: self.a_page_round(page), rounds)
        speeds = in_turn(self.floor_speed, lambda: self.page_speed(page), SPEED_ROUNDS)
        pages = found.rounds
        took = sorted(milliseconds for measured in pages for milliseconds in measured.took)
        return {
            "page": page.name,
            "goal": page.goal,
            **found.ratios(cpu_of).summary,
            "speed": speeds.ratios(float).median,
            "worker_ms": statistics.median(measured.worker for measured in pages),
            "postgresql_ms": statistics.median(measured.postgresql for measured in pages),
            "floor_ms": statistics.median(measured.cpu for measured in found.beside),
            "postgresql_share": statistics.median(
                measured.postgresql / measured.cpu for measured in pages
            ),
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

    def a_page_round(self, page: Page, requests: int = 0) -> Round:
        ready = self.visits(page, 1 + (requests or self.requests))
        return self.measured(self.portal, page.name, page.expects, ready)

    def a_floor_round(self) -> Round:
        return self.measured(self.floor, "the floor", 200, self.floor_visits(1 + self.requests))

    def page_speed(self, page: Page) -> float:
        return a_second(page.name, page.expects, self.visits(page, SPEED_REQUESTS))

    def floor_speed(self) -> float:
        return a_second("the floor", 200, self.floor_visits(SPEED_REQUESTS))

    def visits(self, page: Page, count: int) -> list[Visit]:
        """Visits that are ready to be made, of companies in a shuffled order."""
        if page.larger is not None:
            companies = [self.sized.people["larger"][page.larger]] * count
        else:
            some = self.sized.companies(page.leaves)
            if page.undone_by and not page.is_prepared_once and count > len(some):
                raise SystemExit(f"{page.name}: {count} visits want as many companies")
            companies = self.shuffled(some, count)
        ready: list[Visit] = []
        preparing = Visitor(self.portal.port)
        for company in companies:
            visitor = Visitor(self.portal.port, connection=preparing.connection)
            if page.who:
                visitor.signed_in(company[page.who]["session"])
            known = self.known(page, visitor, company)
            preparing.connection = visitor.connection
            ready.append(self.on_a_shared_connection(visitor, partial(page_visit, page, known)))
        preparing.close()
        return ready

    def known(self, page: Page, visitor: Visitor, company: dict[str, Any]) -> Any:
        """What a page's visit needs to know, prepared now or before."""
        if page.is_prepared_once and (page.name, company["key"]) in self.prepared:
            return self.prepared[page.name, company["key"]]
        if page.undone_by:
            self.administrator.execute(page.undone_by, [company["key"]])
        known = page.prepare(visitor, company)
        if page.is_prepared_once:
            self.prepared[page.name, company["key"]] = known
        return known

    def floor_visits(self, count: int) -> list[Visit]:
        return [
            self.on_a_shared_connection(
                Visitor(self.floor.port, {"sessionid": key}), lambda visitor: visitor.get("/page/")
            )
            for key in self.shuffled(self.sized.floor_sessions, count)
        ]

    def shuffled(self, some: Sequence[Any], count: int) -> list[Any]:
        found: list[Any] = []
        while len(found) < count:
            found += self.chance.sample(some, len(some))
        return found[:count]

    def on_a_shared_connection(self, visitor: Visitor, visit: Callable[[Visitor], Answer]) -> Visit:
        """Browsers keep their connection; all visitors of a thread share one to each site."""

        def make() -> Answer:
            lines: dict[Any, Any] = self.connections.__dict__
            visitor.connection = lines.get(visitor.port)
            answer = visit(visitor)
            lines[visitor.port] = visitor.connection
            return answer

        return make

    def measured(self, site: Site, name: str, expects: int, ready: list[Visit]) -> Round:
        """One at a time; the first of them only finds its way."""
        first, *counted = ready
        expected(name, expects, first())
        worker, postgresql = site.cpu(), self.database.cpu()
        answers = [expected(name, expects, visit()) for visit in counted]
        worker, postgresql = site.cpu() - worker, self.database.cpu() - postgresql
        return Round(
            worker / len(counted) * 1000,
            postgresql / len(counted) * 1000,
            [answer.took * 1000 for answer in answers],
            answers[-1].size,
        )


def page_visit(page: Page, known: Any, visitor: Visitor) -> Answer:
    return page.visit(visitor, known)


def a_second(name: str, expects: int, ready: list[Visit]) -> float:
    """How many requests a second are answered, each visitor asking again at once."""
    wrong: list[Answer] = []

    def ask(some: list[Visit]) -> None:
        wrong.extend(answer for visit in some if (answer := visit()).status != expects)

    threads = [threading.Thread(target=ask, args=[ready[nth::AT_ONCE]]) for nth in range(AT_ONCE)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    for answer in wrong[:1]:
        expected(name, expects, answer)
    return len(ready) / took


def expected(name: str, expects: int, answer: Answer) -> Answer:
    if answer.status != expects:
        raise SystemExit(f"{name}: {answer.status} was answered, {expects} expected")
    return answer


def at(ordered: list[float], part: int) -> float:
    """The percentile of times in order."""
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)]
