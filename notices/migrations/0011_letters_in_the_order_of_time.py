"""Letters leave in the order in which they were written: drawn keys tell none.

The version before goes on finding what to send by the new indexes: they begin as the old ones did.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

WAITING = models.Q(("emailed_at", None), ("not_sent", ""))
NEXT_FIRST = (
    models.OrderBy(models.F("next_try_at"), nulls_first=True),
    models.F("written_at"),
    models.F("id"),
)


class Migration(migrations.Migration):
    atomic = False  # the version in service goes on writing meanwhile

    dependencies = [("notices", "0010_keys_are_drawn")]

    operations = [
        AddIndexConcurrently(
            "message", models.Index(*NEXT_FIRST, condition=WAITING, name="message_next_to_send")
        ),
        AddIndexConcurrently(
            "accountletter",
            models.Index(*NEXT_FIRST, condition=WAITING, name="account_letter_next_to_send"),
        ),
        RemoveIndexConcurrently("message", "message_waiting"),
        RemoveIndexConcurrently("accountletter", "account_letter_waiting"),
    ]
