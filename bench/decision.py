"""The access decision, measured apart: one process, production's settings, no page around it.

It is compared with the same SQL statements, taken down as they reach psycopg and run again on a
bare connection, with the same parameters: what is left is what the portal's own code costs. Printed
as JSON. In a page, PostgreSQL is also told which company's rows may be seen before the decision and
again after it: that is measured too, and told apart.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "cse_portal.settings"

import django

django.setup()

import psycopg  # noqa: E402
from django.db import connection  # noqa: E402

from bench.place import Database  # noqa: E402
from cse_portal.database import PROJECT  # noqa: E402
from cse_portal.models import Company  # noqa: E402
from cse_portal.tenancy import across_companies, company_scope, serving_a_request  # noqa: E402
from proxies.access import decide  # noqa: E402
from proxies.models import Assignment  # noqa: E402
from registrations.models import Service  # noqa: E402
from users.models import User  # noqa: E402

Case = tuple[User, Service, Company]
CASES, TIMES = 60, 8
SCOPES = "set_config"


def cases(companies: int) -> list[Case]:
    """People who hold a proxy of their own company or of a client, and managers who need none."""
    chosen = random.Random(7).sample(range(1, companies + 1), CASES)  # noqa: S311
    with across_companies(because="a benchmark looks at every company"):
        service = Service.objects.get(iqea_role="operator")
        held = Assignment.objects.filter(user__company__in=chosen, ended_at=None)
        held = held.select_related("user__company", "mandator").order_by("pk")
        by_proxy = [(one.user, service, one.mandator) for one in held]
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


class Told:
    """One statement as it reached psycopg."""

    def __init__(self, cursor: psycopg.Cursor[Any], query: Any, params: Any, how: Any) -> None:
        is_client_side = isinstance(cursor, psycopg.ClientCursor)
        self.kind = psycopg.ClientCursor if is_client_side else psycopg.Cursor
        self.query, self.params, self.how = query, params, how


def taken_down(doing: Callable[[], None]) -> list[Told]:
    """Every statement that this process sends meanwhile, whoever sends it."""
    told: list[Told] = []
    execute = psycopg.Cursor.execute

    def execute_and_tell(
        self: psycopg.Cursor[Any], query: Any, params: Any = None, **how: Any
    ) -> Any:
        told.append(Told(self, query, params, how))
        return execute(self, query, params, **how)

    psycopg.Cursor.execute = execute_and_tell  # type: ignore[method-assign]
    try:
        doing()
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]
    return told


def run_bare(line: psycopg.Connection[Any], told: Iterable[Told]) -> None:
    cursors = {kind: kind(line) for kind in (psycopg.Cursor, psycopg.ClientCursor)}
    for one in told:
        cursor = cursors[one.kind]
        cursor.execute(one.query, one.params, **one.how)
        cursor.fetchall()


class Cost:
    """Seconds of processor of something done many times: of this process, and of PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.own = self.postgresql = 0.0
        self.times = 0

    def add(self, doing: Callable[[], None], count: int) -> None:
        own, postgresql = time.process_time(), self.database.cpu()
        doing()
        self.own += time.process_time() - own
        self.postgresql += self.database.cpu() - postgresql
        self.times += count

    @property
    def ms(self) -> float:
        return (self.own + self.postgresql) / self.times * 1000


def main(companies: int, times: int) -> None:
    database = Database(PROJECT / "var" / "bench")
    some = cases(companies)
    with serving_a_request():
        told = taken_down(lambda: every(some))
        wanted = [one for one in told if SCOPES not in str(one.query)]
        decision, bare, in_page, page = (Cost(database) for _each in range(4))
        connection.ensure_connection()
        address = os.environ["DATABASE_URL"]
        with psycopg.connect(address, autocommit=True) as line:
            line.execute("SET ROLE cse_across")
            for doing in (lambda: every(some), lambda: run_bare(line, wanted)):
                doing()
            for _time in range(times):
                bare.add(lambda: run_bare(line, wanted), len(some))
                decision.add(lambda: every(some), len(some))
                in_page.add(lambda: every_in_a_page(some), len(some))
                page.add(lambda: pages_alone(some), len(some))
    printed = {
        "ms": decision.ms,
        "postgresql_ms": decision.postgresql / decision.times * 1000,
        "bare_ms": bare.ms,
        "in_a_page_ms": in_page.ms - page.ms,
        "statements": len(wanted) / len(some),
        "statements_of_scope": (len(told) - len(wanted)) / len(some),
    }
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    print(json.dumps(printed))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else TIMES)
