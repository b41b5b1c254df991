"""The second wall between companies: row-level security in PostgreSQL, set up after migrations.

| role         | what it is                                                                      |
|--------------|---------------------------------------------------------------------------------|
| `cse_web`    | the role of a request: sees its company's rows, none without a company          |
| `cse_across` | the role of a block of `across_companies(because=…)`: sees every company's rows |
| the owner    | owns and migrates the tables; no web process needs to connect as the owner      |

A web process connects as a role that owns nothing and is a member of the first two. Each block
that acts across companies is listed, with its reason, in `tests/kernel/test_across_companies.py`.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import connections, models
from django.db.models import ForeignKey

from cse_portal.companies.tenancy import CompanyOwned

ROLES = ("cse_web", "cse_across")
#: the company of the connection's role, read once for a statement; none matches no row
MINE = "(SELECT nullif(current_setting('cse.company', true), '')::bigint)"

#: written by PostgreSQL itself: the portal's roles read them
WRITTEN_BY_THE_DATABASE = ("notices_trailentry", "notices_trailhead", "django_migrations")

CREATE_ROLE = """
    DO $$ BEGIN
        IF to_regrole('{role}') IS NULL THEN CREATE ROLE {role} NOLOGIN NOINHERIT; END IF;
    EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL;  -- by another migration
        WHEN insufficient_privilege THEN
            RAISE WARNING 'the role {role} is missing: only the first wall stands';
    END $$
"""
#: commands that connect as the owner, such as the demo's, also switch to these roles
BELONG_TO_ROLE = """
    DO $$ BEGIN
        IF NOT pg_has_role(current_user, '{role}', 'MEMBER') THEN
            GRANT {role} TO CURRENT_USER;
        END IF;
    EXCEPTION WHEN undefined_object OR insufficient_privilege THEN NULL;
    END $$
"""


def after_migrations(
    sender: object,
    using: str = "default",
    plan: Iterable[tuple[object, bool]] = (),
    **kwargs: object,
) -> None:
    """Set the roles and policies up again when tables may have changed."""
    if any(not is_backwards for _migration, is_backwards in plan):
        set_up(using)


def set_up(using: str = "default") -> None:
    """Create the roles, their rights and the policies of every company's table. Safe to repeat."""
    with connections[using].cursor() as cursor:
        for role in ROLES:
            cursor.execute(CREATE_ROLE.format(role=role))
            cursor.execute(BELONG_TO_ROLE.format(role=role))
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s)", [list(ROLES)])
        if cursor.fetchone()[0] == len(ROLES):
            for statement in statements():
                cursor.execute(statement)


def statements() -> list[str]:
    """The SQL statements that set up the roles' rights and the policies."""
    roles = ", ".join(ROLES)
    schema = "IN SCHEMA public"
    commands = [
        f"GRANT USAGE ON SCHEMA public TO {roles}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES {schema} TO {roles}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES {schema} TO {roles}",
    ]
    commands += [
        f"REVOKE INSERT, UPDATE, DELETE ON {t} FROM {roles}" for t in WRITTEN_BY_THE_DATABASE
    ]
    for model, is_mine in policies().items():
        table = model._meta.db_table
        commands += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"DROP POLICY IF EXISTS own_company ON {table}",
            f"CREATE POLICY own_company ON {table} TO cse_web USING ({is_mine})",
            f"DROP POLICY IF EXISTS every_company ON {table}",
            f"CREATE POLICY every_company ON {table} TO cse_across USING (true)",
        ]
    return commands


def policies() -> dict[type[models.Model], str]:
    """For each table of company rows, the SQL condition that a row belongs to the current company.

    A model without a company column gives the foreign key to a row that has one (`hangs_on`), and
    whether it is also read at the sign-in, when no company is known (`is_read_before_sign_in`).
    """
    conditions: dict[type[models.Model], str] = {}
    for model in apps.get_models():
        if issubclass(model, CompanyOwned):
            columns = (belongs(model, path.split("__")) for path in model.company_columns)
            conditions[model] = " OR ".join(columns)
        elif path := getattr(model, "hangs_on", ""):
            conditions[model] = belongs(model, [path, "pk"])
            if getattr(model, "is_read_before_sign_in", False):
                conditions[model] += f" OR {MINE} IS NULL"
    return conditions


def belongs(model: type[models.Model], path: list[str]) -> str:
    """SQL condition: the column is the company, or refers to a row that may be seen."""
    field, table = model._meta.get_field(path[0]), model._meta.db_table
    if not isinstance(field, ForeignKey):
        raise TypeError(f"{model._meta.label}.{path[0]} leads to no row.")
    if len(path) == 1:
        return f"{table}.{field.column} = {MINE}"
    owner: Any = field.related_model
    there = owner._meta.db_table
    is_mine = "true" if path[1] == "pk" else belongs(owner, path[1:])
    # the policies of that table also apply inside this subquery
    leads = f"{there}.id = {table}.{field.column}"
    return f"EXISTS (SELECT 1 FROM {there} WHERE {leads} AND ({is_mine}))"  # noqa: S608 - own names
