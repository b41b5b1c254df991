"""The officers' queue is found by an index, however many registrations are decided."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the version in service goes on writing meanwhile

    dependencies = [("registrations", "0004_questions_that_can_be_answered")]

    operations = [
        AddIndexConcurrently(
            "registration",
            models.Index(
                fields=["requested_on"],
                condition=models.Q(("status", "in_process")),
                name="registration_in_process",
            ),
        ),
    ]
