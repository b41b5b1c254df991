"""People are found by index: by both names, by the address, by any part of them.

Among five million people this takes some ten minutes, while the version before goes on writing.
Stopped, `migrate` goes on where it was.
"""

from django.db import migrations, models
from django.db.models import Q

from cse_portal.index_migrations import AddIndexAgain
from cse_portal.search.keys import OF_A_PERSON, email_key, in_order, parts_index

BY_NAME = (in_order("family_name"), in_order("first_name"), "id")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("users", "0009_keys_are_drawn"), ("cse_portal", "0011_search")]

    operations = [
        AddIndexAgain("user", models.Index(*BY_NAME, name="user_by_name")),
        AddIndexAgain(
            "user", models.Index(*BY_NAME, condition=Q(role="officer"), name="officer_by_name")
        ),
        AddIndexAgain(
            "user", models.Index(*BY_NAME, condition=Q(is_active=False), name="suspended_by_name")
        ),
        AddIndexAgain(
            "user",
            models.Index(
                in_order("first_name"), in_order("family_name"), "id", name="user_by_first_name"
            ),
        ),
        AddIndexAgain("user", models.Index(email_key("email"), "id", name="user_by_email")),
        AddIndexAgain("user", parts_index(OF_A_PERSON, name="user_by_parts")),
        migrations.RunSQL("ANALYZE users_user", migrations.RunSQL.noop),
    ]
