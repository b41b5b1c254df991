"""Officers among many: whatever a list of the admin is asked for, PostgreSQL looks at few rows.

Every registered admin is asked, so a new one is too: each plan of each statement is read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode

from bench.seeding import Seeds, copy_rows
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Company, Receipt
from cse_portal.search.finding import MOST, WALKED
from cse_portal.web.bounded_list import MOST_LISTED
from cse_portal.web.model_admin import OfficersAdmin
from tests import factories as make
from tests.conftest import Visitor
from tests.sweeps.together import told_together
from users.models import User

pytestmark = pytest.mark.django_db

COMPANIES = 1_200
#: rows of a table that PostgreSQL may read whole
FEW = 1_000
#: rows that one part of a plan may look at
AT_MOST = WALKED + 2 * MOST_LISTED
STATEMENTS = 12
MODELS = list(admin.site._registry)

SEARCHES = {
    "a number": "1000000777",
    "the beginning of a number": "10000007",
    "a company": "Entreprise 777 inc.",
    "what every company has": "inc",
    "a code": "b00000777",
    "the beginning of a code": "B0000",
    "an address": "p777@entreprise.example",
    "a family name": "tremblay",
    "a first name": "zoe",
    "both names": "Tremblay, Marie",
    "both names, begun": "mar trem",
    "a part": "embl",
    "a part that nobody has": "xyz",
    "an acknowledgment": "",  # its number, known once it is there
    "a letter": "a",
    "a sign": "%",
}
#: of the admins that search by companies or people
THROUGH = ("a number", "a company", "a code", "an acknowledgment")
ASKED: dict[str, dict[str, str]] = {
    "the list": {},
    "its last page, in another order": {"p": str(MOST_LISTED // MOST), "o": "1.-2.3.-4"},
    "a page far away": {"p": "99999"},
    "all of it, in a window, counted by filter": {"all": "", "_popup": "1", "_facets": "True"},
}


@dataclass
class Seen:
    status: int
    statements: list[str]
    #: by table, the most rows that one part of a plan looked at, and whether it was read whole
    looked_at: dict[str, int] = field(default_factory=dict)
    whole: list[str] = field(default_factory=list)


@contextmanager
def explained(seen: Seen) -> Iterator[None]:
    """Each statement is executed twice: for its rows, and for its plan."""

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip("( ").startswith(("SELECT", "WITH")) and "search_key(%s)" not in sql:
            with context["connection"].connection.cursor() as plain:
                plain.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                (plans,) = plain.fetchone()
            look(plans[0]["Plan"], sql, seen)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield


def look(node: dict[str, Any], sql: str, seen: Seen) -> None:
    if (table := node.get("Relation Name")) and node["Actual Loops"]:
        rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        rows *= node["Actual Loops"]
        seen.looked_at[table] = max(seen.looked_at.get(table, 0), int(rows))
        if node["Node Type"] == "Seq Scan" and rows > FEW:
            seen.whole.append(f"{table}: {sql[:3000]}")
    for child in node.get("Plans", ()):
        look(child, sql, seen)


def ask(officer: Visitor, where: str) -> Seen:
    seen = Seen(0, [])
    with explained(seen), CaptureQueriesContext(connection) as queries:
        answer = officer.get(where)
    seen.status = answer.status_code
    seen.statements = [query["sql"] for query in queries]
    return seen


def seed() -> None:
    """As many rows as the benchmark's, with their statistics."""
    ministries = [make.a_ministry() for _one in range(2)]
    service = make.an_operator_service(ministry=ministries[0])
    seeds = Seeds(COMPANIES, make_password("x"), [one.pk for one in ministries], service.pk)
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_user)")
        (role,) = cursor.fetchone()
        cursor.execute("RESET ROLE")
        copy_rows(connection.connection, seeds)
        # so few companies are as soon hashed as looked for; a million are looked for
        cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        # else PostgreSQL would first go through what was just written, which a vacuum puts in order
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("REINDEX INDEX company_by_parts; REINDEX INDEX user_by_parts")
        cursor.execute(f"ANALYZE; SET ROLE {role}")


def addresses(officer: Visitor, model: type[Model]) -> Iterator[tuple[str, str]]:
    """All that is asked of one model's admin, each with its name."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    page = reverse(f"{name}_changelist")
    own: Any = admin.site._registry[model]
    for what, query in ASKED.items():
        yield what, f"{page}?{urlencode(query)}"
    yield from of_filters(officer, page, "")
    if own.search_fields and not own.is_small:
        number = Receipt._base_manager.values_list("number", flat=True)[0]
        for what in SEARCHES if model in {User, Company} else THROUGH:
            text = SEARCHES[what]
            yield what, f"{page}?{urlencode({'q': text or number})}"
        yield from of_filters(officer, page, "1000000777")
    row: Any = model._base_manager.order_by("pk").first()
    for screen in ("change", "history"):
        yield screen, reverse(f"{name}_{screen}", args=[row.pk])
    if isinstance(own, OfficersAdmin):
        yield "add", reverse(f"{name}_add")


def of_filters(officer: Visitor, page: str, text: str) -> Iterator[tuple[str, str]]:
    answer: Any = officer.get(page, {"q": text})
    shown = answer.context_data["cl"]
    for spec in shown.filter_specs:
        for choice in list(spec.choices(shown))[-3:]:
            link = f"{page}{choice['query_string']}"
            yield f"{spec.title} {choice['display']}, « {text} »", link


@pytest.fixture(scope="module")
def everything(django_db_setup, django_db_blocker):
    """What each address took of PostgreSQL."""
    found: dict[tuple[str, str], Seen] = {}
    with (
        django_db_blocker.unblock(),
        translation.override("fr"),
        transaction.atomic(),
        across_companies(because="a test arranges every company"),
    ):
        make.a_restore()
        Group.objects.create(name="Agents")
        seed()
        make.an_account_letter(user=User.objects.first())
        officer = Visitor().sign_in(make.an_officer(is_superuser=True))
        for model in MODELS:
            for what, where in addresses(officer, model):
                found[model.__name__, what] = ask(officer, where)
        source = {"app_label": "users", "model_name": "user", "field_name": "company"}
        for term, number in (("", "1"), ("", "2"), ("", "99999"), ("entr", "1"), ("%", "1")):
            query = urlencode(source | {"term": term, "page": number})
            name = f"the choices of « {term} », page {number}"
            found["User", name] = ask(officer, f"{reverse('admin:autocomplete')}?{query}")
        found["the site", "index"] = ask(officer, reverse("admin:index"))
        transaction.set_rollback(True)
    return found


def test_no_table_that_grows_is_read_whole(everything):
    with told_together() as at:
        for what, seen in everything.items():
            with at(*what):
                assert seen.whole == []


def test_few_rows_are_looked_at(everything):
    with told_together() as at:
        for what, seen in everything.items():
            with at(*what):
                assert {t: n for t, n in seen.looked_at.items() if n > AT_MOST} == {}


def test_few_statements_are_sent(everything):
    with told_together() as at:
        for what, seen in everything.items():
            with at(*what):
                assert len(seen.statements) <= STATEMENTS, "\n".join(
                    one[:90] for one in seen.statements
                )


def test_each_is_answered(everything):
    away = {"a page far away": 302, "the choices of «  », page 99999": 404}
    with told_together() as at:
        for (model, what), seen in everything.items():
            with at(model, what):
                assert seen.status in {200, away.get(what, 200)}
