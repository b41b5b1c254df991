"""Every place that reads across companies, with its reason. A new one is added here knowingly."""

import ast
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
APPS = (
    "cse_portal",
    "notices",
    "users",
    "registrations",
    "proxies",
    "eservices",
    "home",
    "sandbox",
)

USES = [
    ("cse_portal/commands/runs.py", "a command's last run belongs to no company"),
    ("cse_portal/companies/walls.py", "the roles themselves are tried"),
    ("cse_portal/keys_on_record.py", "keys belong to no company"),
    *2
    * [
        (
            "cse_portal/retention.py",
            "what is past its time is forgotten, whichever company's it is",
        )
    ],
    ("cse_portal/web/middleware.py", "a ministry officer decides for every company"),
    (
        "cse_portal/web/session_store.py",
        "a session is read before the person's company is known",
    ),
    ("home/metrics.py", "figures of the whole portal name no company"),
    *2
    * [("home/restores.py", "everybody signs in again after a restore, whichever their company")],
    ("home/verify.py", "whoever holds an acknowledgment may learn whether it is authentic"),
    # a message; a letter about an account
    *2 * [("notices/actions.py", "those concerned are told, whichever their company")],
    # what is sent, and three figures
    *3 * [("notices/letter_figures.py", "figures of every company's letters name none")],
    ("notices/letters.py", "e-mails leave for the people of every company"),
    ("notices/trail.py", "the trail of every company is read again"),
    # decide, decisions, known_companies
    *3
    * [
        (
            "proxies/access.py",
            "a right depends on the mandator's proxy and registration, whoever uses it",
        )
    ],
    ("proxies/reminders.py", "reminders are for the people of every company"),
    ("proxies/telling.py", "a mandator learns how many of the agent's users act for it"),
    ("proxies/telling.py", "the ESMs of a proxy's other party are told what happens to it"),
    ("proxies/telling.py", "those who act by a registration are told when it stops"),
    ("proxies/telling.py", "those who hold a proxy are told what happens to it"),
    ("sandbox/demo_companies.py", "the demo tells several companies' stories"),
    ("sandbox/left_behind.py", "a service opens to nobody whose password is published"),
    ("users/backends.py", "resuming a session precedes any company"),
    ("users/lockout.py", "tries are counted before a company is known"),
    ("users/lockout.py", "who is told of wrong passwords has not signed in"),
    (
        "users/management/commands/changepassword.py",
        "an operator helps people of any company",
    ),
    ("users/models.py", "a user code is unique across companies"),
    ("users/sessions.py", "resuming a session precedes any company"),
    ("users/sign_in.py", "signing in precedes any company"),
]
WAYS_ROUND = (
    "fetch_rows(",
    "fetch_prepared(",
    "_base_manager",
    ".raw(",
    "connection.cursor",
    "._cursor(",
    "chunked_cursor",
    "_scope.set",
)
# `make demo-reset` drops the whole schema
NOT_ROUND = {
    ("sandbox/management/commands/demo.py", "connection.cursor"),
    ("cse_portal/companies/postgresql/base.py", "chunked_cursor"),
    # compiled queries, and the facts of the access decision, which asks across companies anyway
    ("cse_portal/speed/queries.py", "fetch_rows("),
    ("cse_portal/speed/queries.py", "fetch_prepared("),
    ("cse_portal/speed/queries.py", "connection.cursor"),
    ("cse_portal/speed/prepared.py", "fetch_rows("),
    ("cse_portal/speed/adapters/connections.py", "._cursor("),
    ("cse_portal/speed/postgresql/base.py", "fetch_rows("),
    ("cse_portal/speed/postgresql/base.py", "fetch_prepared("),
    ("proxies/facts.py", "fetch_rows("),
    ("cse_portal/companies/scopes.py", "_scope.set"),
    # the trail, which reads the rows of all companies as they are stored, and PostgreSQL's catalogs
    ("notices/stored.py", "connection.cursor"),
    ("notices/stored.py", "chunked_cursor"),
    ("notices/definitions.py", "connection.cursor"),
    # the size of a table
    ("cse_portal/keys_on_record.py", "connection.cursor"),
    # the SQL of a queryset, with the filter of its scope; a function of the words that were typed
    ("cse_portal/search/finding.py", "connection.cursor"),
    ("cse_portal/search/typed.py", "connection.cursor"),
    # whether an index is built
    ("cse_portal/index_migrations.py", "connection.cursor"),
    # inserts a row, and reads none
    ("cse_portal/speed/adapters/querysets.py", "_base_manager"),
}


def sources() -> Iterator[Path]:
    for app in APPS:
        yield from sorted((PROJECT / app).rglob("*.py"))


def constants(tree: ast.Module) -> dict[str, str]:
    return {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def uses_in(path: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text())
    named = constants(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name == "across_companies":
            reason = ast.unparse(node.keywords[0].value)
            said = named[reason] if reason in named else ast.literal_eval(reason)
            yield str(path.relative_to(PROJECT)), said


def test_every_use_of_across_companies_is_listed_with_its_reason():
    assert sorted(use for path in sources() for use in uses_in(path)) == USES


def test_nobody_goes_round_the_scope_by_the_base_manager_or_by_sql():
    found = {
        (str(path.relative_to(PROJECT)), way)
        for path in sources()
        for way in WAYS_ROUND
        if way in path.read_text()
    }
    assert found == NOT_ROUND
