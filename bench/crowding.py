"""More and more people until pages come late; then three times as many: late, but not lost.

Everyone signs in for real, works through the four procedures, signs in again, and so on; between
two pages everyone reads for a second, more or less. The people run in this very process, on the
same two cores: what they take away from the portal makes its figures worse, not better.
"""

import http.client
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.mail_sink import MailSink
from bench.place import busy
from bench.progress import print_line
from bench.rounds import at
from bench.whole_journey import BUSY, PASSWORD_POSTED, Manager, Step

TOO_LATE = 500.0  # milliseconds
MORE = 25  # people that join at each step
ARRIVING, SETTLING, LOOKING = 9.0, 1.0, 5.0  # seconds
LONGEST_RISE = 120.0
PAST = 3
PAST_ARRIVING, PAST_LOOKING = 30.0, 20.0
READING, TYPING, TOLD_TO_WAIT = (0.5, 1.5), (0.05, 0.15), (4.0, 8.0)


@dataclass
class Person(threading.Thread):
    """Signs in and works until asked to leave.

    What is refused for want of room is asked for again, some seconds later; anything else that is
    not as it should be, from the sign-in on.
    """

    manager: Manager
    joins_after: float
    leaves: threading.Event
    chance: random.Random
    #: when, which step, milliseconds, status (0: no answer), as it should be
    seen: list[tuple[float, str, float, int, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        self.leaves.wait(self.joins_after)
        while not self.leaves.is_set():
            if self.goes_through(self.manager.signs_in(), TYPING):
                self.goes_through(self.manager.works(), READING)
        self.manager.visitor.close()

    def goes_through(self, walk: Any, pause: tuple[float, float]) -> bool:
        while not self.leaves.is_set():
            started = time.monotonic()
            try:
                step: Step | None = next(walk, None)
            except (OSError, http.client.HTTPException, ValueError):
                self.manager.visitor.close()
                took = (time.monotonic() - started) * 1000
                self.seen.append((time.monotonic(), "no answer", took, 0, False))
                return False
            if step is None:
                return True
            took = step.answer.took * 1000
            self.seen.append((time.monotonic(), step.name, took, step.answer.status, step.is_right))
            is_refused = step.answer.status == BUSY
            self.leaves.wait(self.chance.uniform(*(TOLD_TO_WAIT if is_refused else pause)))
            if not (step.is_right or is_refused):
                return False
        return False


class Crowd:
    """People that came and stay."""

    def __init__(
        self,
        port: int,
        sink: MailSink,
        companies: list[int],
        costs: dict[str, float],
        spent: Callable[[], float],
    ) -> None:
        self.port, self.sink, self.companies = port, sink, companies
        #: seconds of processor of the portal and its database so far
        self.spent = spent
        #: milliseconds of processor of each step: a sign-in is more work than a page
        self.costs = costs
        self.people: list[Person] = []
        self.leaves = threading.Event()

    def rises(self) -> dict[str, Any]:
        """The most people, and requests a second, at which pages were still in time."""
        best: dict[str, Any] = {"people": 0, "a_second": 0.0, "p95": 0.0}
        steps: list[dict[str, Any]] = []
        until = time.monotonic() + LONGEST_RISE
        while time.monotonic() < until and self.join(MORE, within=ARRIVING):
            steps.append(step := self.look(LOOKING))
            print_line(described(step))
            if step["p95"] > TOO_LATE:
                steps.append(step := self.look(LOOKING))  # once more: it may have been a neighbour
                print_line(described(step))
                if step["p95"] > TOO_LATE:
                    break
            if step["a_second"] > best["a_second"]:
                best = step
        most_work = max((work_per_free_core(step) for step in steps), default=0.0)
        is_passed = bool(steps) and steps[-1]["p95"] > TOO_LATE
        return best | {"steps": steps, "most_work": most_work, "is_passed": is_passed}

    def past_it(self, held: int) -> dict[str, Any]:
        """Three times as many: how they are answered while they arrive, and once they are there."""
        total = max(PAST * held, len(self.people))
        try:
            self.join(total - len(self.people), within=PAST_ARRIVING)
            found = self.look(PAST_LOOKING)
        finally:
            self.leaves.set()
            for person in self.people:
                person.join(60)
        print_line(described(found))
        return found

    def join(self, count: int, *, within: float) -> bool:
        """Some more people, one after the other; False when no company is left for any."""
        free = self.companies[len(self.people) : len(self.people) + count]
        for nth, company in enumerate(free):
            person = Person(
                Manager(self.port, company, self.sink),
                within * nth / len(free),
                self.leaves,
                random.Random(company),  # noqa: S311
            )
            self.people.append(person)
            person.start()
        time.sleep(within + SETTLING)
        return bool(free)

    def look(self, seconds: float) -> dict[str, Any]:
        """What everyone was answered for some seconds; the post of a password stands apart."""
        since = time.monotonic()
        everyone, ours = busy(), self.spent() + time.process_time()
        time.sleep(seconds)
        ours = self.spent() + time.process_time() - ours
        others = max(0.0, busy() - everyone - ours) / seconds
        seen = [
            answer for person in self.people for answer in list(person.seen) if answer[0] >= since
        ]
        late = sorted(answer[2] for answer in seen if answer[1] != PASSWORD_POSTED)
        statuses = Counter(str(answer[3]) for answer in seen)
        return {
            "people": len(self.people),
            "a_second": sum(answer[4] for answer in seen) / seconds,
            "work": sum(self.costs.get(answer[1], 0.0) for answer in seen if answer[4]) / seconds,
            #: cores that other programs of the machine took meanwhile
            "others": others,
            "p50": at(late, 50) if late else 0.0,
            "p95": at(late, 95) if late else 0.0,
            "statuses": {code: count / len(seen) for code, count in statuses.items()},
            "unexpected": sum(not answer[4] for answer in seen) / max(1, len(seen)),
        }


def work_per_free_core(step: dict[str, Any]) -> float:
    """Work for each core that other programs left free."""
    return float(step["work"]) / max(0.1, (os.cpu_count() or 1) - step["others"])


def described(step: dict[str, Any]) -> str:
    return (
        f"{step['people']:5} people: {step['a_second']:6.1f} requests a second,"
        f" work {step['work']:5.0f} ms a second,"
        f" others {step['others']:.1f} cores, p50 {step['p50']:6.0f} ms, p95 {step['p95']:6.0f} ms,"
        f" unexpected {step['unexpected']:.1%}"
    )
