"""The index by which `purge` finds messages that were read long ago."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the version in service goes on writing meanwhile

    dependencies = [("notices", "0014_indexes_of_the_queues")]
    operations = [
        AddIndexConcurrently(
            "message",
            models.Index(
                fields=["read_at", "id"],
                condition=models.Q(("read_at__isnull", False)),
                name="message_read",
            ),
        ),
    ]
