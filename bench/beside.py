"""What others do beside costs people little: officers who search, a row that somebody has locked.

Each is measured in turn, without, with, without …: the machine changes its pace meanwhile.
"""

import contextlib
import itertools
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from bench.databases import Sized
from bench.mail_sink import MailSink
from bench.officers import SEARCHES
from bench.pages import PAGES, ROWS
from bench.place import Database, Site
from bench.progress import print_line
from bench.rounds import Compared, InTurn, Round, at, in_turn
from bench.visitor import Visitor
from bench.ways import to_the_files_check, to_transmit, transmitted
from bench.whole_journey import BUSY, Manager

PORT, WORKERS = 8137, 2
OFFICERS, CITIZENS = 8, 10
READING = 1.0  # seconds between two searches of an officer, and two pages of a citizen
ROUNDS, SECONDS = 7, 12.0
LOCK_ROUNDS, HOMES = 15, 40
P95 = 95


def measure(database: Database, here: Sized, sink: MailSink) -> dict[str, Any]:
    with Site("cse_portal.wsgi", here.url, PORT, WORKERS) as site:
        site.first_answer("/fr/connexion/")
        compared = Compared(database, here, site, site, HOMES)
        found = {"officers": while_officers_search(compared, sink)}
        found["lock"] = while_a_company_is_locked(compared)
    for name, one in found.items():
        print_line(
            f"beside {name:8} ×{one['ratio']:5.2f} ({one['least']:.2f} – {one['most']:.2f})"
            f"  {one['alone_ms']:.0f} ms alone, {one['beside_ms']:.0f} ms beside"
        )
    return found


# --- officers who search --------------------------------------------------------------------------


def while_officers_search(compared: Compared, sink: MailSink) -> dict[str, Any]:
    """The p95 of citizens who sign in, while eight officers search, over that without them."""
    companies = itertools.cycle(compared.sized.companies())
    searched: list[float] = []
    refused: list[int] = []

    def citizens() -> list[float]:
        managers = [Manager(PORT, next(companies)["key"], sink) for _one in range(CITIZENS)]
        return together([partial(signs_in, manager) for manager in managers])

    def beside_officers() -> list[float]:
        until = time.monotonic() + SECONDS + 2 * READING
        who = [threading.Thread(target=searches, args=[n, until]) for n in range(OFFICERS)]
        for one in who:
            one.start()
        time.sleep(READING)
        took = citizens()
        for one in who:
            one.join()
        return took

    def searches(nth: int, until: float) -> None:
        chance = random.Random(nth)  # noqa: S311
        some = compared.sized.companies()
        company = chance.choice(some)
        visitor = Visitor(PORT).signed_in(company["officer"]["session"])
        while time.monotonic() < until:
            page = chance.choice(SEARCHES)
            answer = page.visit(visitor, chance.choice(some))
            (searched if answer.status == page.expects else refused).append(answer.took)  # type: ignore[arg-type]
            time.sleep(READING * chance.uniform(0.5, 1.5))

    found = in_turn(citizens, beside_officers, ROUNDS)
    ratios = found.ratios(p95).summary
    searched.sort()
    return {
        **ratios,
        **both(found, p95),
        "searches": len(searched),
        "refused": len(refused),
        "search_p95_ms": at(searched, P95) * 1000 if searched else 0.0,
    }


def signs_in(manager: Manager) -> list[float]:
    """Seconds until each page of a citizen's sign-ins came, for as long as a round lasts.

    Who is asked to try again in a few seconds (503) does, and has waited for all of them.
    """
    took, waited, until = [], 0.0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        for step in manager.signs_in():
            waited += step.answer.took
            if step.answer.status == BUSY:
                time.sleep(READING)
                waited += READING
                continue
            if not step.is_right:
                raise SystemExit(f"{step.name}: {step.answer.status}, {step.expects} expected")
            took.append(waited)
            waited = 0.0
            time.sleep(READING * random.uniform(0.5, 1.5))  # noqa: S311
    return took


def together(tasks: list[Callable[[], list[float]]]) -> list[float]:
    """All the tasks at once; what each found. One that fails stops everything."""
    found: list[float] = []
    failed: list[BaseException] = []

    def do(task: Callable[[], list[float]]) -> None:
        try:
            found.extend(task())
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=do, args=[task]) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return found


def p95(took: list[float]) -> float:
    return at(sorted(took), P95)


# --- a company that is locked ---------------------------------------------------------------------


def while_a_company_is_locked(compared: Compared) -> dict[str, Any]:
    """One ESM's home while psql holds another company's row, and that company's ESM insists."""
    home = next(page for page in PAGES if page.name == "home of an ESM")
    locked = compared.sized.companies(ROWS)[0]

    def alone() -> Round:
        return compared.a_page_round(home)

    def beside() -> Round:
        ready = to_transmit(to_the_files_check)(esm_of(locked), locked)
        with held(compared, locked["key"]), insisting(locked, ready):
            return compared.a_page_round(home)

    alone()
    found = in_turn(alone, beside, LOCK_ROUNDS)
    return {**found.ratios(median_of).summary, **both(found, median_of)}


@contextlib.contextmanager
def held(compared: Compared, company: int) -> Iterator[None]:
    """The company's row, as somebody forgot it in psql."""
    with compared.database.as_administrator(compared.sized.name) as psql, psql.transaction():
        psql.execute("SELECT FROM cse_portal_company WHERE id = %s FOR UPDATE", [company])
        yield


@contextlib.contextmanager
def insisting(company: dict[str, Any], ready: tuple[str, str]) -> Iterator[None]:
    """That company's ESM transmits a file again and again, and is refused after the lock's time."""
    visitor = esm_of(company)
    is_over = threading.Event()

    def insist() -> None:
        while not is_over.is_set():
            answer = transmitted(visitor, ready)
            if answer.status != BUSY:
                raise SystemExit(
                    f"a locked company's transmission: {answer.status}, {BUSY} expected"
                )

    thread = threading.Thread(target=insist)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def esm_of(company: dict[str, Any]) -> Visitor:
    return Visitor(PORT).signed_in(company["esm"]["session"])


def median_of(measured: Round) -> float:
    return statistics.median(measured.took) / 1000


def both(found: InTurn[Any], figure: Callable[[Any], float]) -> dict[str, float]:
    return {
        "alone_ms": statistics.median(map(figure, found.beside)) * 1000,
        "beside_ms": statistics.median(map(figure, found.rounds)) * 1000,
    }
