"""The second wall between companies: row-level security in PostgreSQL, set up after migrations.

| role         | what it is                                                                      |
|--------------|---------------------------------------------------------------------------------|
| `cse_web`    | the role of a request: sees its company's rows, none without a company          |
| `cse_across` | the role of a block of `across_companies(because=…)`: sees every company's rows |
| the owner    | owns and migrates the tables; no web process needs to connect as the owner      |

A web process connects as a role that owns nothing and is a member of the first two: there are two
of them, so that a password is replaced while the former one still serves. Each block
that acts across companies is listed, with its reason, in `tests/kernel/test_across_companies.py`.

Rights are given table by table: a model says its own (`rights_of_roles`), those of Django's tables
are below, and a table that is in neither is closed to both roles.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import connections, models, transaction
from django.db.models import ForeignKey

from cse_portal.companies.scopes import across_companies, serving_a_request
from cse_portal.companies.tenancy import (
    EVERY_RIGHT,
    RIGHTS_OF_COMPANY_ROWS,
    CompanyOwned,
    Rights,
)

ROLES = ("cse_web", "cse_across")
#: what processes connect as, one or the other: `deploy/roles.sql` makes both, equal
LOGINS = ("cse_login", "cse_login_b")
#: the company of the connection's role, read once for a statement; none matches no row
MINE = "(SELECT nullif(current_setting('cse.company', true), '')::bigint)"

#: of Django's own tables
RIGHTS_IN_DJANGO: dict[str, Rights] = {
    "django_session": Rights("", EVERY_RIGHT, "a session is read before its company is known"),
    "django_admin_log": Rights("", "SELECT, INSERT", "officers alone act in the admin"),
    "django_content_type": Rights("", "SELECT", "the admin names models by it"),
    "django_migrations": Rights("SELECT", "SELECT", "`/readyz` compares it with the code"),
    "auth_permission": Rights("", "SELECT", "officers alone have permissions"),
    "auth_group": Rights("", EVERY_RIGHT, "officers alone have groups"),
}
#: what the version before, in service during an upgrade, still does as `cse_web`, in rows that only
#: it writes: sessions by their key in clear, tries by theirs. It goes when that version does
#: (`BEFORE` in `tests/faults/test_upgrade.py`).
OF_THE_VERSION_BEFORE = {
    "django_session": "length(session_key) < 40",
    "users_tries": "length(key) < 64",
}
REVOKED = ("TABLES", "SEQUENCES")
#: of the tables that link rows of two models
RIGHTS_IN_LINKS = Rights("", EVERY_RIGHT, "officers alone link rows, in the admin")

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
    """Set the roles and policies up again: tables, or what is said of them, may have changed."""
    directions = [is_backwards for _migration, is_backwards in plan]
    if not directions or not all(directions):
        set_up(using)


def set_up(using: str = "default") -> None:
    """Create the roles, their rights and the policies of every company's table. Safe to repeat."""
    with connections[using].cursor() as cursor:
        for role in ROLES:
            cursor.execute(CREATE_ROLE.format(role=role))
            cursor.execute(BELONG_TO_ROLE.format(role=role))
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s)", [list(ROLES)])
        if cursor.fetchone()[0] == len(ROLES):
            with transaction.atomic(using):  # a request never meets a table without its rights
                for statement in statements():
                    cursor.execute(statement)


#: what PostgreSQL lets any role do to itself: the next session would begin with these settings
SETTINGS_OF_ROLES = """
    SELECT rolname, unnest(setconfig)
    FROM pg_db_role_setting JOIN pg_roles ON pg_roles.oid = setrole
    WHERE rolname = ANY(%s) OR rolname = session_user
"""


def settings_of_roles(using: str = "default") -> list[str]:
    """The settings that somebody gave to the roles of the web processes, as `role: name=value`.

    PostgreSQL lets each role change its own settings and password, and nothing can forbid it.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(SETTINGS_OF_ROLES, [[*ROLES, *LOGINS]])
        return [f"{role}: {setting}" for role, setting in cursor.fetchall()]


def takes_its_role_again(using: str = "default") -> bool:
    """Whether a connection takes its role again after a block, and a savepoint, that were undone.

    PostgreSQL then goes back to the role before. A Django that undid them by a way of its own would
    leave the connection believing what is no more, and a page would see the rows of another scope.
    """

    def role() -> str:
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT current_user")
            return str(cursor.fetchone()[0])

    others = across_companies(because="the roles themselves are tried")
    with others:
        role()
    with transaction.atomic(using=using):
        with others:
            role()  # with it the transaction begins: what is told before, is not undone
        with serving_a_request():
            role()
        transaction.set_rollback(True, using=using)
    with serving_a_request():
        after_block = role()
    with transaction.atomic(using=using):
        with others:
            before = transaction.savepoint(using=using)
        with serving_a_request():
            role()
            transaction.savepoint_rollback(before, using=using)
            after_savepoint = role()
    return after_block == after_savepoint == "cse_web"


#: what a login role has beyond the two roles that it becomes, and what it lacks
LOGINS_THAT_DIFFER = """
    SELECT login.rolname, said FROM pg_roles login CROSS JOIN LATERAL (
        VALUES ('SUPERUSER', rolsuper), ('CREATEROLE', rolcreaterole), ('CREATEDB', rolcreatedb),
            ('REPLICATION', rolreplication), ('BYPASSRLS', rolbypassrls),
            ('not a member of cse_web', NOT pg_has_role(login.oid, 'cse_web', 'MEMBER')),
            ('not a member of cse_across', NOT pg_has_role(login.oid, 'cse_across', 'MEMBER')),
            ('inherits what cse_across may', pg_has_role(login.oid, 'cse_across', 'USAGE')),
            ('may not connect to this database', NOT has_database_privilege(
                login.oid, current_database(), 'CONNECT'))
        UNION ALL SELECT 'a member of ' || other.rolname, true
            FROM pg_auth_members JOIN pg_roles other ON other.oid = roleid
            WHERE member = login.oid AND other.rolname <> ALL(%(roles)s)
        UNION ALL SELECT 'has a right of its own in ' || relname, true
            FROM pg_class CROSS JOIN aclexplode(relacl) WHERE grantee = login.oid
    ) AS one (said, is_so)
    WHERE login.rolname = ANY(%(logins)s) AND is_so ORDER BY 1, 2
"""


def logins_that_differ(using: str = "default") -> list[str]:
    """Where a login role is not as `deploy/roles.sql` makes it, as `role: what it may or lacks`.

    The one that is not in use takes over when the password is replaced.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(LOGINS_THAT_DIFFER, {"roles": list(ROLES), "logins": list(LOGINS)})
        return [f"{role}: {said}" for role, said in cursor.fetchall()]


def statements() -> list[str]:
    """The SQL statements that set up the roles' rights and the policies."""
    roles = ", ".join(ROLES)
    commands = [
        f"GRANT USAGE ON SCHEMA public TO {roles}",
        # keys are drawn by PostgreSQL itself, and what a sequence has come to is nobody's business
        *(f"REVOKE ALL ON ALL {kind} IN SCHEMA public FROM {roles}" for kind in REVOKED),
    ]
    for table, rights in rights_by_table().items():
        for role, granted in zip(ROLES, rights[:2], strict=True):
            if granted:
                commands.append(f"GRANT {granted} ON {table} TO {role}")
    for model, is_mine in policies().items():
        table = model._meta.db_table
        commands += walled(table, own_company=f"TO cse_web USING ({is_mine})")
        if getattr(model, "is_read_by_all", False):
            commands += policy(table, "read_by_all", "FOR SELECT TO cse_web USING (true)")
    for table, of_its_own in OF_THE_VERSION_BEFORE.items():
        commands += [f"GRANT {EVERY_RIGHT} ON {table} TO cse_web"]
        commands += walled(table, version_before=f"TO cse_web USING ({of_its_own})")
    return commands


def walled(table: str, **of_cse_web: str) -> list[str]:
    """The statements of a table's policies: those named, and that of the role across companies."""
    commands = [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"]
    for name, terms in {**of_cse_web, "every_company": "TO cse_across USING (true)"}.items():
        commands += policy(table, name, terms)
    return commands


def policy(table: str, name: str, terms: str) -> list[str]:
    """The statements that make a policy, in the place of one of that name."""
    return [
        f"DROP POLICY IF EXISTS {name} ON {table}",
        f"CREATE POLICY {name} ON {table} {terms}",
    ]


def rights_by_table() -> dict[str, Rights]:
    """What the portal's roles may do in each table that they may use."""
    rights = dict(RIGHTS_IN_DJANGO)
    of_company_rows = dict.fromkeys(policies(), RIGHTS_OF_COMPANY_ROWS)
    for model in apps.get_models(include_auto_created=True):
        if model._meta.auto_created:
            rights[model._meta.db_table] = RIGHTS_IN_LINKS
        elif own := getattr(model, "rights_of_roles", of_company_rows.get(model)):
            rights[model._meta.db_table] = own
    return rights


def policies() -> dict[type[models.Model], str]:
    """For each table of company rows, the SQL condition that a row belongs to the current company.

    A model without a company column gives the foreign key to a row that has one (`hangs_on`), and
    whether it is also read at the sign-in, when no company is known (`is_read_before_sign_in`). Of
    the company itself, every row is read and its own may be locked (`is_read_by_all`).
    """
    conditions: dict[type[models.Model], str] = {}
    for model in apps.get_models():
        if issubclass(model, CompanyOwned):
            columns = (belongs(model, path.split("__")) for path in model.company_columns)
            conditions[model] = " OR ".join(columns)
        elif getattr(model, "is_read_by_all", False):
            conditions[model] = f"{model._meta.db_table}.id = {MINE}"
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
