"""The officers' lists of registrations are in the order of an index, of one ministry too.

The version before finds its queue by the new index; the key of a ministry is looked for by the other.
"""

import django.db.models.deletion
from django.db import migrations, models

from cse_portal.index_migrations import AddIndexAgain, RemoveIndexAgain

IN_ORDER = ["status", "requested_on", "requested_at", "id"]


class Migration(migrations.Migration):
    atomic = False  # the version in service goes on writing meanwhile

    dependencies = [("registrations", "0010_keys_are_drawn")]

    operations = [
        AddIndexAgain("registration", models.Index(fields=IN_ORDER, name="registration_by_status")),
        AddIndexAgain(
            "registration",
            models.Index(fields=["ministry", *IN_ORDER], name="registration_of_a_ministry"),
        ),
        RemoveIndexAgain("registration", "registration_in_process"),
        migrations.AlterField(
            model_name="registration",
            name="ministry",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="registrations",
                to="registrations.ministry",
                verbose_name="department or agency",
            ),
        ),
    ]
