"""The access decision, measured apart: one process, production's settings, no page around it.

It is compared with the same SQL statements, taken down as the portal sends them and run again by
psycopg on a bare connection, prepared there too, with the same parameters: what is left is what the
portal's own code costs. The two are run in turn, many times; the result is the median ratio.
Printed as JSON. In a page, the company's scope is also set in PostgreSQL before the decision and
again after it: that is measured too, separately.
"""

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple
from unittest import mock

os.environ["DJANGO_SETTINGS_MODULE"] = "cse_portal.settings"

import django

django.setup()

import psycopg  # noqa: E402
from django.db import connection  # noqa: E402

from bench.place import Database  # noqa: E402
from bench.rounds import Ratios  # noqa: E402
from cse_portal.companies.tenancy import across_companies, company_scope, serving_a_request  # noqa: E402
from cse_portal.embedded.server import PROJECT  # noqa: E402
from cse_portal.models import Company  # noqa: E402
from cse_portal.speed import prepared  # noqa: E402
from proxies.access import decide  # noqa: E402
from proxies.models import Assignment  # noqa: E402
from registrations.models import Service  # noqa: E402
from users.models import User  # noqa: E402

Case = tuple[User, Service, Company]
CASES, TIMES = 20, 75


def cases(companies: int) -> list[Case]:
    """People who hold a proxy of their own company or of a client, and managers who need none."""
    chosen = random.Random(7).sample(range(1, companies + 1), CASES)  # noqa: S311
    with across_companies(because="a benchmark looks at every company"):
        service = Service.objects.get(iqea_role="operator")
        held = Assignment.objects.filter(user__company__in=chosen, ended_at=None)
        held = held.select_related("user__company", "mandator").order_by("pk")
        by_proxy = [(assignment.user, service, assignment.mandator) for assignment in held]
        esms = User.objects.filter(role="esm", company__in=chosen).select_related("company")
        own = [(esm, service, esm.company) for esm in esms if esm.company]
        found = by_proxy + own
    random.Random(7).shuffle(found)  # noqa: S311
    return found


def every(some: list[Case]) -> None:
    for person, service, mandator in some:
        with company_scope(person.company):
            decide(person, service, mandator)


def every_in_a_page(some: list[Case]) -> None:
    """As a page does: something of the company is read before and after."""
    for person, service, mandator in some:
        with company_scope(person.company):
            of_the_company()
            decide(person, service, mandator)
            of_the_company()


def pages_alone(some: list[Case]) -> None:
    """The same pages without a decision."""
    for person, _service, _mandator in some:
        with company_scope(person.company):
            of_the_company()
            of_the_company()


def of_the_company() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


class Statement(NamedTuple):
    """One statement as the portal sends it."""

    sql: str
    values: Sequence[Any]


def recorded(doing: Callable[[], None]) -> list[Statement]:
    """Every statement that decisions send, all of them through `fetch_rows`."""
    statements: list[Statement] = []
    fetch_rows = prepared.fetch_rows

    def record_and_fetch(line: Any, sql: str, values: Sequence[Any]) -> list[Any]:
        statements.append(Statement(sql, values))
        return fetch_rows(line, sql, values)

    with mock.patch.object(prepared, "fetch_rows", record_and_fetch):
        doing()
    return statements


def run_bare(line: psycopg.Connection[Any], statements: Iterable[Statement]) -> None:
    cursor = line.cursor()
    for statement in statements:
        cursor.execute(statement.sql, statement.values)
        cursor.fetchall()


class Cost:
    """Milliseconds of processor of something, each time it was done: this process, PostgreSQL."""

    def __init__(self, database: Database, doing: Callable[[], None], count: int) -> None:
        self.database, self.doing, self.count = database, doing, count
        self.own: list[float] = []
        self.postgresql: list[float] = []

    def once_more(self) -> None:
        own, postgresql = time.process_time(), self.database.cpu()
        self.doing()
        self.own.append((time.process_time() - own) / self.count * 1000)
        self.postgresql.append((self.database.cpu() - postgresql) / self.count * 1000)

    @property
    def each(self) -> list[float]:
        return [own + its for own, its in zip(self.own, self.postgresql, strict=True)]

    @property
    def ms(self) -> float:
        return statistics.median(self.each)

    def over(self, other: "Cost") -> Ratios:
        return Ratios(own / its for own, its in zip(self.each, other.each, strict=True))


def main(companies: int, times: int) -> None:
    database = Database(PROJECT / "var" / "bench")
    some = cases(companies)
    with serving_a_request():
        connection.ensure_connection()
        statements = recorded(lambda: every(some))
        with psycopg.connect(
            os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=0
        ) as line:
            line.execute("SET ROLE cse_across")
            line.execute("SET plan_cache_mode = force_generic_plan")
            decision, bare, in_page, page = costs = [
                Cost(database, doing, len(some))
                for doing in (
                    lambda: every(some),
                    lambda: run_bare(line, statements),
                    lambda: every_in_a_page(some),
                    lambda: pages_alone(some),
                )
            ]
            for cost in costs:
                cost.doing()
            for _time in range(times):
                for cost in costs:
                    cost.once_more()
    ratios = decision.over(bare).summary
    printed = {
        "ms": decision.ms,
        "postgresql_ms": statistics.median(decision.postgresql),
        "bare_ms": bare.ms,
        "over_bare": ratios["ratio"],
        "least": ratios["least"],
        "most": ratios["most"],
        "in_a_page_ms": in_page.ms - page.ms,
        "statements": len(statements) / len(some),
    }
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    print(json.dumps(printed))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else TIMES)
