"""The index by which the reminders that are due, and not yet given, are found."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the version in service goes on writing meanwhile

    dependencies = [("proxies", "0007_last_reminder")]
    operations = [
        AddIndexConcurrently(
            "proxy",
            models.Index(
                fields=["last_reminder", "ends_on", "id"],
                condition=models.Q(
                    ("is_expiry_recorded", False),
                    ("renounced_at__isnull", True),
                    ("revoked_at__isnull", True),
                ),
                name="proxy_by_its_next_reminder",
            ),
        ),
    ]
