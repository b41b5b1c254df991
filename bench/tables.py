"""The result as tables of Markdown: each of these functions makes one part of the page."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from bench.verdicts import all_of

Result = dict[str, Any]
MANY_PAGES = 6
LONGEST = 150


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    head = list(head)
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '∣') for cell in row)} |"
    yield ""


def goals(result: Result) -> Iterator[str]:
    yield from table(
        ("what", "goal", "measured", "from – to", "verdict"),
        (
            (goal.what, goal.limit, goal.figure, goal.spread, goal.verdict)
            for goal in all_of(result)
        ),
    )


def pages(found: Result) -> Iterator[str]:
    """All figures of one size."""
    yield f"## {found['size']:,} companies"
    yield ""
    yield from table(
        (
            "page",
            "CPU ÷ floor",
            "of it PostgreSQL",
            "requests a second ÷ floor",
            "p50 / p95 / p99 (ms)",
            "statements",
            "bytes",
        ),
        (
            (
                one["page"],
                f"{one['ratio']:.2f} ({one['least']:.2f} – {one['most']:.2f})",
                f"{one['postgresql_share']:.0%}",
                f"{one['speed']:.2f}",
                " / ".join(f"{one['ms'][part]:.1f}" for part in sorted(one["ms"], key=int)),
                f"{one['statements']:g}",
                f"{one['bytes']:,}",
            )
            for one in found["pages"]
        ),
    )
    yield (
        f"The floor itself: {found['pages'][-1]['floor_ms']:.2f} ms of processor,"
        f" {found['floor_statements']:g} statements. The seeds took"
        f" {found['seeding_seconds']:.0f} s; the database holds"
        f" {found['database_bytes'] / 1e6:,.0f} MB."
    )
    yield ""


def process(found: Result) -> Iterator[str]:
    yield from table(
        ("", "portal", "floor"),
        (
            (
                "memory of a worker, after all pages",
                f"{found['memory']:.0f} MB",
                f"{found['floor_memory']:.0f} MB",
            ),
            (
                "cold start, to the first whole page",
                f"{found['cold_start']:.2f} s",
                f"{found['floor_cold_start']:.2f} s",
            ),
        ),
    )


def decision(found: Result) -> Iterator[str]:
    one = found["decision"]
    yield (
        f"One decision takes {one['ms']:.2f} ms of processor ({one['postgresql_ms']:.2f} ms of it"
        f" PostgreSQL's) and {one['statements']:.1f} statements; the same ones by bare psycopg"
        f" {one['bare_ms']:.2f} ms; the floor's page {one['floor_ms']:.2f} ms. In the middle of a"
        f" page, with the scope set before and after, it adds {one['in_a_page_ms']:.2f} ms."
    )
    yield ""


def journeys(crowd: Result) -> Iterator[str]:
    password = next((one for one in crowd["steps"] if "password, posted" in one["step"]), None)
    if password:
        yield (
            f"One comparison of a password by Argon2 takes {crowd['argon2_ms']:.0f} ms of"
            f" processor, by design; without it, its step below takes"
            f" {max(0.0, password['ms'] - crowd['argon2_ms']):.1f} ms."
        )
        yield ""
    yield from table(
        ("step of the journey", "CPU (ms)", "of it PostgreSQL (ms)", "p50 (ms)"),
        (
            (
                one["step"],
                f"{one['ms']:.1f}",
                f"{one['postgresql_ms']:.1f}",
                f"{one['p50']:.1f}",
            )
            for one in crowd["steps"]
        ),
    )
    yield from table(
        (
            "people",
            "requests a second",
            "work (ms a second)",
            "cores taken by others",
            "p50 (ms)",
            "p95 (ms)",
            "answers",
        ),
        (people_row(one) for one in [*crowd["rising"]["steps"], crowd["past"]]),
    )


def people_row(one: Result) -> tuple[str, ...]:
    statuses = ", ".join(
        f"{'none' if code == '0' else code}: {share:.1%}"
        for code, share in sorted(one["statuses"].items())
    )
    figures = (f"{one[name]:.0f}" for name in ("people", "a_second", "work"))
    late = (f"{one[name]:.0f}" for name in ("p50", "p95"))
    return *figures, f"{one['others']:.1f}", *late, statuses


def plans(found: Result) -> Iterator[str]:
    """One line for each statement, with all pages that send it."""
    explained = found["plans"]
    of: dict[tuple[str, tuple[str, ...]], list[Result]] = defaultdict(list)
    for one in explained["statements"]:
        of[one["statement"], tuple(one["ways"])].append(one)
    yield from table(
        ("statement", "how its tables are read", "blocks", "pages"),
        (
            (
                f"`{shortened(statement)}`",
                ", ".join(ways),
                str(max(one["blocks"] for one in several)),
                pages_of(several),
            )
            for (statement, ways), several in of.items()
        ),
    )
    yield from read_whole(explained)


def read_whole(explained: Result) -> Iterator[str]:
    if explained["read_whole"]:
        yield "Tables that grow and are **read whole**:"
        yield ""
        for one in explained["read_whole"]:
            statement = shortened(one["statement"])
            yield f"- `{one['table']}` ({one['rows']:,} rows), {one['page']}: `{statement}`"
    else:
        yield "No table that grows is read whole."
    yield ""
    if explained["small_here"]:
        small = ", ".join(f"`{name}` ({rows:,})" for name, rows in explained["small_here"].items())
        without = explained["no_index_at_all"]
        yield (
            f"Read whole only because so few rows are there in this run: {small}. "
            + (
                f"Told to avoid it, PostgreSQL finds no index for: {', '.join(without)}."
                if without
                else "Told to avoid it, PostgreSQL finds an index for each."
            )
        )
        yield ""


def shortened(statement: str) -> str:
    cut = statement if len(statement) <= LONGEST else f"{statement[:LONGEST]} …"
    return cut.replace("`", "'")


def pages_of(several: list[Result]) -> str:
    names = list(dict.fromkeys(one["page"] for one in several))
    return f"{len(names)} pages" if len(names) >= MANY_PAGES else ", ".join(names)


def indexes(unused: list[Result]) -> Iterator[str]:
    if not unused:
        yield "Every index was asked for, guards a rule or follows a foreign key."
        yield ""
        return
    yield (
        "Indexes that no statement of the bench asked for, that guard no rule and follow no"
        " foreign key (not in the bench: the nightly commands):"
    )
    yield ""
    yield from table(
        ("table", "index", "size"),
        ((one["table"], f"`{one['index']}`", f"{one['bytes'] / 1e6:.1f} MB") for one in unused),
    )


def capacity(result: Result) -> Iterator[str]:
    """What one machine carries, from the journeys' own figures."""
    found, crowd = result["sizes"][-1], result["journeys"]
    steps = crowd["steps"]
    whole = sum(one["ms"] for one in steps)
    postgresql = sum(one["postgresql_ms"] for one in steps)
    a_second = crowd["rising"]["a_second"]
    past = "" if crowd["rising"]["is_passed"] else " at least (the crowd of the bench ended there)"
    yield from table(
        ("on the machine of the last run: two cores, the crowd on them too", ""),
        (
            (
                "people at work at once before p95 passes 500 ms",
                f"{crowd['rising']['people']}{past}",
            ),
            ("requests a second then", f"{a_second:.0f}"),
            ("whole journeys an hour at that pace", f"{a_second / len(steps) * 3600:,.0f}"),
            ("processor of one whole journey", f"{whole / 1000:.2f} s"),
            ("of it Argon2", f"{crowd['argon2_ms'] / whole:.0%}"),
            ("of it PostgreSQL", f"{postgresql / whole:.0%}"),
            (
                "web cores that one core of PostgreSQL feeds",
                f"{(whole - postgresql) / max(postgresql, 0.001):.1f}",
            ),
            (
                "disk for each company, indexes included",
                f"{found['database_bytes'] / found['size'] / 1000:.1f} kB",
            ),
        ),
    )
