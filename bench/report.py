"""Writes the figures of a run into `docs/performance/`: a page of tables, and two pictures.

`python -m bench.report` writes them again from a result that was stored (`var/bench/result.json`,
or the file given as argument).
"""

import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import drawing, tables
from bench.verdicts import all_of, by_name, is_of_officers
from cse_portal.embedded.server import PROJECT

Result = dict[str, Any]
FOLDER = PROJECT / "docs" / "performance"
WIDTH = 100


def line_of(page: Result) -> str:
    """A page's figures, while the benchmark runs."""
    return (
        f"{page['page']:28} ×{page['ratio']:5.2f} ({page['least']:.2f} – {page['most']:.2f})"
        f" goal {page['goal']:.1f}  PostgreSQL {page['postgresql_share']:4.0%}"
        f"  speed {page['speed']:.2f}  p50 {page['ms']['50']:5.1f} p95 {page['ms']['95']:5.1f} ms"
        f"  {page['statements']:g} statements"
    )


def line_of_decision(one: Result) -> str:
    over_floor = one["ms"] / one["floor_ms"] if one["floor_ms"] else 0.0
    return (
        f"access decision              ×{over_floor:5.2f} of the floor,"
        f" ×{one['over_bare']:.2f} of its bare SQL, {one['statements']:.1f} statements,"
        f" {one['in_a_page_ms'] / one['ms']:.2f} of itself in a page"
    )


def summary(result: Result) -> Iterator[str]:
    """Every goal and its verdict, at the end."""
    yield ""
    for goal in all_of(result):
        verdict = goal.verdict.replace("*", "")
        yield f"{goal.what:72} {goal.figure:>10} {goal.limit:>8}  {verdict}"


def write(result: Result) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    last = result["sizes"][-1]
    of_companies = [page for page in last["pages"] if not is_of_officers(page)]
    bars = [(page["page"], page["ratio"], page["goal"]) for page in of_companies]
    title = f"Processor time of each page over the floor’s, at {last['size']:,} companies"
    (FOLDER / "pages.svg").write_text(drawing.bars(title, bars))
    if len(result["sizes"]) > 1:
        (FOLDER / "growth.svg").write_text(growth(result))
    lines = "\n".join(wrapped(line) for line in figures(result))
    (FOLDER / "figures.md").write_text(f"{lines.strip()}\n")


def growth(result: Result) -> str:
    of_each = [by_name(found) for found in result["sizes"]]
    names = [name for name, page in of_each[0].items() if not is_of_officers(page)]
    series = {name: [found[name]["ratio"] for found in of_each] for name in names}
    steps = [f"{found['size']:,}" for found in result["sizes"]]
    title = "Processor time over the floor’s, as the number of companies grows"
    return drawing.lines(title, steps, series)


def wrapped(line: str) -> str:
    """A sentence in lines of the project's width; rows of tables stay whole."""
    if len(line) <= WIDTH or line.startswith(("|", "!")):
        return line
    indent = "  " if line.startswith("- ") else ""
    return textwrap.fill(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def figures(result: Result) -> Iterator[str]:
    last = result["sizes"][-1]
    yield "# Figures"
    yield ""
    yield (
        f"Of the whole run of {result['day']}. `make bench` writes this page;"
        " [performance](../performance.md) tells the method, how to read it, and what follows"
        " from it."
    )
    yield ""
    yield (
        f"Median of {result['rounds']} rounds of {result['requests']} requests, at the smaller"
        " sizes of half as many rounds; « from – to » is where it lies nineteen times of twenty."
    )
    yield ""
    yield picture("pages.svg", "Bars: processor time of each page over the floor’s")
    if len(result["sizes"]) > 1:
        yield picture("growth.svg", "Lines: the same figures as the number of companies grows")
    yield "## Goals"
    yield ""
    yield from tables.goals(result)
    for found in result["sizes"]:
        yield from tables.pages(found)
    yield "## The process, the access decision"
    yield ""
    yield from tables.process(last)
    yield from tables.decision(last)
    yield "## Whole journeys"
    yield ""
    yield from tables.journeys(result["journeys"])
    yield f"## Plans, at {last['size']:,} companies"
    yield ""
    yield from tables.plans(last)
    yield from tables.indexes(result["indexes"])
    yield "## Capacity"
    yield ""
    yield from tables.capacity(result)


def picture(name: str, words: str) -> str:
    return f"![{words}]({name})\n"


if __name__ == "__main__":
    named = sys.argv[1:]
    stored = Path(named[0]) if named else PROJECT / "var" / "bench" / "result.json"
    write(json.loads(stored.read_text()))
