"""Letters that were never tried and those that failed are read and counted apart, each by an index.

The version before goes on finding what to send by `message_to_send`, and by the index of all
letters that wait until it is removed here.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

NEXT_FIRST = (
    models.OrderBy(models.F("next_try_at"), nulls_first=True),
    models.F("written_at"),
    models.F("id"),
)
WAITING = models.Q(("emailed_at", None), ("not_sent", ""))
NOT_SENT = models.Q(("not_sent", ""), _negated=True)


def indexes(model, table):
    return [
        AddIndexConcurrently(model, index)
        for index in (
            models.Index(
                *NEXT_FIRST,
                condition=WAITING & models.Q(("tries", 0)),
                name=f"{table}_never_tried",
            ),
            models.Index(
                *NEXT_FIRST,
                condition=WAITING & models.Q(("tries__gt", 0)),
                name=f"{table}_to_retry",
            ),
            models.Index(
                fields=["in_hand_until"],
                condition=models.Q(("in_hand_until__isnull", False)),
                name=f"{table}_in_hand",
            ),
            models.Index(
                fields=["not_sent", "-written_at", "-id"],
                condition=NOT_SENT,
                name=f"{table}_not_sent",
            ),
            models.Index(fields=["-written_at", "-id"], name=f"{table}_in_order"),
        )
    ]


class Migration(migrations.Migration):
    atomic = False  # the version in service goes on writing meanwhile

    dependencies = [("notices", "0013_a_letter_in_hand")]

    operations = [
        RemoveIndexConcurrently("message", "message_not_sent"),  # another takes its name
        *indexes("message", "message"),
        *indexes("accountletter", "account_letter"),
        RemoveIndexConcurrently("message", "message_next_to_send"),
        RemoveIndexConcurrently("accountletter", "account_letter_next_to_send"),
    ]
