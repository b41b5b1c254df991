"""The time of a request, by which those of one day are in order: drawn keys tell none.

Filled in from the history; a request that is not in it keeps its place among those of its day. The
version before writes none: its requests are the last of their day. Outside of a transaction, so
that the version in service is not held up while rows are filled in.
"""

from django.db import migrations, models

import cse_portal.clock

ADD = "ALTER TABLE registrations_registration ADD COLUMN IF NOT EXISTS requested_at timestamptz"
REMOVE = "ALTER TABLE registrations_registration DROP COLUMN IF EXISTS requested_at"
FROM_THE_HISTORY = """
    UPDATE registrations_registration SET requested_at = recorded.at FROM (
        SELECT company_id, about, max(at) AS at FROM notices_event
        WHERE kind IN ('registration.requested', 'registration.reactivation')
        GROUP BY company_id, about
    ) recorded
    WHERE recorded.company_id = registrations_registration.company_id
    AND recorded.about = 'registration:' || registrations_registration.id
"""
# from midnight on, a microsecond apart; Toronto's time is Montréal's, under a name that all know
BY_ITS_PLACE = """
    UPDATE registrations_registration SET requested_at = placed.at FROM (
        SELECT id, requested_on::timestamp AT TIME ZONE 'America/Toronto'
            + row_number() OVER (PARTITION BY requested_on ORDER BY id) * interval '1 microsecond'
            AS at
        FROM registrations_registration WHERE requested_at IS NULL
    ) placed
    WHERE placed.id = registrations_registration.id
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("registrations", "0008_what_is_settled"),
        ("notices", "0008_letters"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(ADD, REMOVE),
                migrations.RunSQL(FROM_THE_HISTORY, migrations.RunSQL.noop),
                migrations.RunSQL(BY_ITS_PLACE, migrations.RunSQL.noop),
            ],
            state_operations=[
                migrations.AddField(
                    "registration",
                    "requested_at",
                    models.DateTimeField(
                        default=cse_portal.clock.now, editable=False, null=True
                    ),
                )
            ],
        ),
        migrations.AlterModelOptions(
            "registration",
            {
                "ordering": ["requested_on", "requested_at", "pk"],
                "verbose_name": "registration",
                "verbose_name_plural": "registrations",
            },
        ),
    ]
