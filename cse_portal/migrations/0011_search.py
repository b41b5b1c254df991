"""What officers search is found by index, and lists are in the order of one.

A million companies take a minute, five million people ten (`users/migrations/0010_search.py`), while
the version before goes on writing. Stopped, `migrate` goes on where it was.
"""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models
from django.db.models import Q

from cse_portal.index_migrations import AddIndexAgain, remove_invalid
from cse_portal.search.keys import OF_A_COMPANY, in_order, parts_index

# IMMUTABLE, which an index asks, as `directory_key` is; its cost, 100 as of any function in SQL, keeps
# plans from computing it for a whole table. Not PARALLEL SAFE: a search takes one core at most.
SEARCH_KEY = r"""
CREATE OR REPLACE FUNCTION search_key(said text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN regexp_replace(lower(public.unaccent('public.unaccent'::regdictionary, ((' '::text || said)
|| ' '::text))), '[\s!-/:-?\[-`{-~]+'::text, ' '::text, 'g'::text)
"""
#: of Django's own table, which has no index of a row's history, nor of an officer's latest acts
OF_THE_LOG = {
    "admin_log_of_a_row": "(content_type_id, object_id, action_time)",
    "admin_log_of_an_officer": "(user_id, action_time DESC)",
}


def make_indexes_of_the_log(apps, schema_editor):
    for name, columns in OF_THE_LOG.items():
        if not remove_invalid(schema_editor, name):
            make = f"CREATE INDEX CONCURRENTLY {name} ON django_admin_log {columns}"
            schema_editor.execute(make)


def drop_indexes_of_the_log(apps, schema_editor):
    for name in OF_THE_LOG:
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("cse_portal", "0010_keys_of_receipts"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        TrigramExtension(),
        migrations.RunSQL(SEARCH_KEY, "DROP FUNCTION search_key(text)"),
        AddIndexAgain("company", models.Index(in_order("name"), "id", name="company_by_name")),
        AddIndexAgain(
            "company",
            models.Index(
                in_order("name"), "id", condition=Q(is_active=False), name="company_closed_by_name"
            ),
        ),
        AddIndexAgain("company", parts_index(OF_A_COMPANY, name="company_by_parts")),
        AddIndexAgain(
            "receipt", models.Index(fields=["-transmitted_at", "-id"], name="receipt_latest")
        ),
        migrations.RunPython(make_indexes_of_the_log, drop_indexes_of_the_log),
        migrations.RunSQL("ANALYZE cse_portal_company", migrations.RunSQL.noop),
    ]
