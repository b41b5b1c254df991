"""What is asked of the portal, and whether the figures meet it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.crowding import work_per_free_core
from bench.officers import STATEMENTS

GROWTH = 1.1
DECISION, DECISION_OVER_BARE = 0.8, 2.0
MEMORY, COLD_START = 90.0, 1.5  # megabytes, seconds
THROUGHPUT_PAST = 0.8
BESIDE_OFFICERS, BESIDE_A_LOCK = 2.0, 1.1
OF_25, OF_5000 = "list of 25 people of 25", "list of 25 people of 5,000"

Result = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """One goal: a figure, and the most that it may be, or the least."""

    what: str
    measured: float
    goal: float
    at_least: bool = False
    unit: str = ""
    spread: str = ""

    @property
    def is_met(self) -> bool:
        """Compared with two decimals, as shown."""
        measured = round(self.measured, 2)
        return measured >= self.goal if self.at_least else measured <= self.goal

    @property
    def limit(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.goal:g}{self.unit}"

    @property
    def figure(self) -> str:
        return f"{self.measured:.2f}{self.unit}"

    @property
    def verdict(self) -> str:
        return "met" if self.is_met else "**not met**"


def all_of(result: Result) -> list[Verdict]:
    return [
        *of_pages(result["sizes"][-1]),
        *of_officers(result["sizes"][-1]),
        *of_growth(result),
        *of_decision(result["sizes"][-1]),
        *of_process(result["sizes"][-1]),
        *of_crowd(result),
        *of_beside(result),
        *of_commands(result),
    ]


def of_pages(found: Result) -> Iterator[Verdict]:
    """Processor per request over the floor's."""
    for page in found["pages"]:
        spread = f"{page['least']:.2f} – {page['most']:.2f}"
        yield Verdict(page["page"], page["ratio"], page["goal"], spread=spread)


def of_officers(found: Result) -> Iterator[Verdict]:
    """Of the admin's pages and searches together: the most statements, tables read whole."""
    if most := [page["statements"] for page in found["pages"] if is_of_officers(page)]:
        yield Verdict("most statements of a page or search of the admin", max(most), STATEMENTS)
        whole = [read for read in found["plans"]["read_whole"] if is_of_officers(read)]
        yield Verdict("tables that grow, read whole by the admin", len(whole), 0)


def is_of_officers(figures: Result) -> bool:
    return str(figures["page"]).startswith("admin: ")


def of_growth(result: Result) -> Iterator[Verdict]:
    """From the first size to the last; and inside one company, on a page of 25."""
    for figure in result.get("growth", ()):
        spread = f"{figure['least']:.2f} – {figure['most']:.2f}"
        yield Verdict(figure["what"], figure["ratio"], GROWTH, spread=spread)


def of_decision(found: Result) -> Iterator[Verdict]:
    decision = found["decision"]
    if decision["floor_ms"]:
        over_floor = decision["ms"] / decision["floor_ms"]
        yield Verdict("access decision, over the floor", over_floor, DECISION)
    spread = f"{decision['least']:.2f} – {decision['most']:.2f}"
    over_bare = decision["over_bare"]
    yield Verdict(
        "access decision, over its bare SQL", over_bare, DECISION_OVER_BARE, spread=spread
    )


def of_process(found: Result) -> Iterator[Verdict]:
    yield Verdict("memory of a worker", found["memory"], MEMORY, unit=" MB")
    yield Verdict("first page after a cold start", found["cold_start"], COLD_START, unit=" s")


def of_crowd(result: Result) -> Iterator[Verdict]:
    if crowd := result.get("journeys"):
        ratio = work_per_free_core(crowd["past"]) / max(crowd["rising"]["most_work"], 0.001)
        what = "work done with three times too many people, over the best"
        yield Verdict(what, ratio, THROUGHPUT_PAST, at_least=True)


def of_commands(result: Result) -> Iterator[Verdict]:
    """Seconds and memory of the operators' commands at the last size."""
    if not (commands := result.get("commands")):
        return
    notices, whole = commands["send_notices"], commands["verify_trail"]
    since = commands["verify_trail --since"]
    seconds = whole["seconds_per_million"]
    yield Verdict("send_notices, nothing new due", notices["seconds"], 5, unit=" s")
    yield Verdict("send_notices, memory", notices["megabytes"], 100, unit=" MB")
    yield Verdict("verify_trail, a million entries", seconds, 30, unit=" s")
    yield Verdict("verify_trail, memory", whole["megabytes"], 120, unit=" MB")
    yield Verdict("verify_trail --since yesterday", since["seconds"], 5, unit=" s")
    yield Verdict("verify_trail --since yesterday, memory", since["megabytes"], 120, unit=" MB")


def of_beside(result: Result) -> Iterator[Verdict]:
    """What others do beside, over the same without it."""
    named = {
        "officers": ("citizens’ p95 while eight officers search", BESIDE_OFFICERS),
        "lock": ("an ESM’s home while another company’s row is locked", BESIDE_A_LOCK),
    }
    for name, figure in result.get("beside", {}).items():
        what, goal = named[name]
        spread = f"{figure['least']:.2f} – {figure['most']:.2f}"
        yield Verdict(what, figure["ratio"], goal, spread=spread)


def by_name(found: Result) -> dict[str, Result]:
    return {page["page"]: page for page in found["pages"]}
