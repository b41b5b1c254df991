"""The latest events of all companies, for officers, in the order of an index."""

from django.db import migrations, models

from cse_portal.index_migrations import AddIndexAgain


class Migration(migrations.Migration):
    atomic = False  # the version in service goes on writing meanwhile

    dependencies = [("notices", "0015_read_messages_past_their_time")]

    operations = [
        AddIndexAgain("event", models.Index(fields=["-at", "-id"], name="event_latest")),
    ]
