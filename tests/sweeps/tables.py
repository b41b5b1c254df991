"""What stands in the database, row by row: to tell that a request left it as it was."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.apps import apps
from django.db import connection, transaction

from cse_portal.companies.tenancy import CompanyOwned
from cse_portal.models import Company

Rows = Counter[tuple[str, str]]

# sessions come and go with every request; the others are Django's own lists
NOT_LOOKED_AT = {"django_session", "django_migrations", "django_content_type", "auth_permission"}


def kept_of(table: str) -> str:
    """A row as text; that a session's person is active comes and goes with every request."""
    return "(to_jsonb(t) - 'seen_at')::text" if table == "users_signincode" else "t::text"


@cache
def all_of_them() -> str:
    tables = sorted(set(connection.introspection.table_names()) - NOT_LOOKED_AT)
    each = (f"SELECT '{table}', {kept_of(table)} FROM \"{table}\" t" for table in tables)
    return " UNION ALL ".join(each)


def rows() -> Rows:
    """Every row of every table, as PostgreSQL writes it."""
    with connection.cursor() as cursor:
        cursor.execute(all_of_them())
        return Counter(cursor.fetchall())


def rows_of(company: Company) -> Rows:
    """Every row in which a company has a part."""
    found: Rows = Counter()
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if not issubclass(model, CompanyOwned):
                continue
            columns = [
                model._meta.get_field(name).column  # type: ignore[union-attr]
                for name in model.company_columns
                if "__" not in name
            ]
            its = " OR ".join(f'"{column}" = %s' for column in columns)
            table = model._meta.db_table
            cursor.execute(
                f'SELECT %s, t::text FROM "{table}" t WHERE {its}',
                [table, *[company.pk] * len(columns)],
            )
            found.update(cursor.fetchall())
    return found


@contextmanager
def undone() -> Iterator[None]:
    """Roll back whatever happens inside, even what broke the transaction."""
    around = transaction.atomic()
    around._from_testcase = True  # type: ignore[attr-defined]  # a code may be e-mailed inside
    with around:
        yield
        transaction.set_rollback(True)
