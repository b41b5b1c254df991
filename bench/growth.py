"""Does a page cost more among a million companies than among a thousand? Both are measured in turn.

Two figures that were taken a quarter of an hour apart differ by what else the machine did; so the
portal is started on the smallest and on the largest database at once, and each page is visited
here, there, here, there. The same is asked inside one company: a list of 25 of 25 people, and of
25 of 5,000.
"""

from collections.abc import Callable
from typing import Any

from bench.databases import Sized
from bench.pages import Page
from bench.place import Database, Site
from bench.progress import print_line
from bench.rounds import WARMING, Compared, Round, cpu_of, in_turn
from bench.verdicts import OF_25, OF_5000

PORTS = 8135, 8136


def measure(
    database: Database, sizes: tuple[Sized, Sized], pages: list[Page], rounds: int, requests: int
) -> list[dict[str, Any]]:
    """For each page, its cost at the last size over its cost at the first."""
    print_line(f"--- growth, {sizes[0].size:,} to {sizes[1].size:,} companies")
    first, last = (
        Site("cse_portal.wsgi", here.url, port) for here, port in zip(sizes, PORTS, strict=True)
    )
    found = []
    with first, last:
        among_few, among_many = (
            Compared(database, here, site, site, requests)
            for here, site in zip(sizes, (first, last), strict=True)
        )
        for site in (first, last):
            site.first_answer("/fr/connexion/")
        if sizes[0] is not sizes[1]:
            for page in pages:
                few, many = rounds_of(among_few, page), rounds_of(among_many, page)
                found.append(compared(f"growth: {page.name}", few, many, rounds))
        named = {page.name: page for page in pages}
        if OF_25 in named and OF_5000 in named:
            few, many = (rounds_of(among_many, named[name]) for name in (OF_25, OF_5000))
            found.append(compared("25 people of 5,000, over 25 of 25", few, many, rounds))
    return found


def rounds_of(site: Compared, page: Page) -> Callable[[int], Round]:
    return lambda requests: site.a_page_round(page, requests)


def compared(
    what: str, few: Callable[[int], Round], many: Callable[[int], Round], rounds: int
) -> dict[str, Any]:
    few(WARMING)
    many(WARMING)
    summary = in_turn(lambda: few(0), lambda: many(0), rounds).ratios(cpu_of).summary
    print_line(
        f"{what:44} ×{summary['ratio']:5.2f} ({summary['least']:.2f} – {summary['most']:.2f})"
    )
    return {"what": what, **summary}
