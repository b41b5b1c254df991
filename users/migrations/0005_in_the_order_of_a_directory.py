"""The order of a directory, accents and case ignored, kept by an index: as quick for 5,000 people.

Without a lock that would hold up the version in service, hence outside of a transaction.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

import users.models

# IMMUTABLE, which an index asks: the rules of unaccent's own dictionary do not change under us
DIRECTORY_KEY = """
CREATE OR REPLACE FUNCTION directory_key(said text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN public.unaccent('public.unaccent'::regdictionary, lower(said))
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("users", "0004_tries_and_sessions"),
        ("cse_portal", "0003_receipts_are_append_only"),
    ]

    operations = [
        migrations.RunSQL(DIRECTORY_KEY, "DROP FUNCTION directory_key(text)"),
        AddIndexConcurrently(
            "user",
            models.Index(
                "company",
                users.models.DirectoryKey("family_name"),
                users.models.DirectoryKey("first_name"),
                "user_code",
                name="user_in_a_directory",
            ),
        ),
        RemoveIndexConcurrently("user", "user_company_name"),
    ]
