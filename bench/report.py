"""Writes the figures into `docs/performance.md`, between its markers, and draws its pictures.

The words around the markers are kept as they are. `python -m bench.report` writes them again from
a result that was kept (`var/bench/result.json`, or the file that is named).
"""

import json
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import drawing, tables
from bench.verdicts import all_of, by_name
from cse_portal.embedded.server import PROJECT

Result = dict[str, Any]
PAGE = PROJECT / "docs" / "performance.md"
WIDTH = 100
PICTURES = PROJECT / "docs" / "performance"


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
    for one in all_of(result):
        yield f"{one.what:72} {one.shown:>10} {one.asked:>8}  {one.said.replace('*', '')}"


def write(result: Result) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    last = result["sizes"][-1]
    bars = [(one["page"], one["ratio"], one["goal"]) for one in last["pages"]]
    title = f"Processor time of each page over the floor’s, at {last['size']:,} companies"
    draw("pages.svg", drawing.bars(title, bars))
    if len(result["sizes"]) > 1:
        draw("growth.svg", growth(result))
    text = PAGE.read_text()
    text = put(text, "figures", figures(result))
    text = put(text, "capacity", tables.capacity(result))
    PAGE.write_text(text)


def growth(result: Result) -> str:
    of_each = [by_name(found) for found in result["sizes"]]
    series = {name: [found[name]["ratio"] for found in of_each] for name in of_each[0]}
    steps = [f"{found['size']:,}" for found in result["sizes"]]
    title = "Processor time over the floor’s, as the number of companies grows"
    return drawing.lines(title, steps, series)


def draw(name: str, picture: str) -> None:
    (PICTURES / name).write_text(picture)


def put(text: str, marker: str, lines: Iterator[str]) -> str:
    """The text with what stands between two markers replaced."""
    start, end = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    if start not in text or end not in text:
        raise ValueError(f"docs/performance.md lacks its markers {start} … {end}")
    made = "\n".join(wrapped(line) for line in lines).strip()
    between = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    return between.sub(lambda _found: f"{start}\n\n{made}\n\n{end}", text)


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
    yield (
        f"Median of {result['rounds']} rounds of {result['requests']} requests, at the smaller"
        " sizes of half as many rounds; « from – to » is where it lies nineteen times of twenty."
    )
    yield ""
    yield picture("pages.svg", "Bars: processor time of each page over the floor’s")
    if len(result["sizes"]) > 1:
        yield picture("growth.svg", "Lines: the same figures as the number of companies grows")
    yield "### Goals"
    yield ""
    yield from tables.goals(result)
    for found in result["sizes"]:
        yield from tables.pages(found)
    yield "### The process, the access decision"
    yield ""
    yield from tables.process(last)
    yield from tables.decision(last)
    yield "### Whole journeys"
    yield ""
    yield from tables.journeys(result["journeys"])
    yield f"### Plans, at {last['size']:,} companies"
    yield ""
    yield from tables.plans(last)
    yield from tables.indexes(result["indexes"])


def picture(name: str, words: str) -> str:
    return f"![{words}]({PICTURES.relative_to(PAGE.parent)}/{name})\n"


if __name__ == "__main__":
    named = sys.argv[1:]
    kept = Path(named[0]) if named else PROJECT / "var" / "bench" / "result.json"
    write(json.loads(kept.read_text()))
