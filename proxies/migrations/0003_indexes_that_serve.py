"""The holders shown of a company of thousands, and the proxies that end soon, each by an index."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the version in service goes on writing meanwhile

    dependencies = [
        ("cse_portal", "0004_indexes_that_serve"),
        ("proxies", "0002_same_company"),
    ]

    operations = [
        AddIndexConcurrently(
            "assignment", models.Index(fields=["company", "user"], name="assignment_of_a_person")
        ),
        AddIndexConcurrently(
            "proxy",
            models.Index(
                fields=["ends_on"],
                condition=models.Q(("renounced_at__isnull", True), ("revoked_at__isnull", True)),
                name="proxy_by_its_end",
            ),
        ),
        migrations.AlterField(
            "assignment",
            "company",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cse_portal.company",
                verbose_name="company",
            ),
        ),
    ]
