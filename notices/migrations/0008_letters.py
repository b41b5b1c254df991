"""Letters are queued with their tries and their end; PostgreSQL wakes the worker that sends them.

The version before goes on writing messages, and sending them by `emailed_at` alone: each new column
has a default in the database, and the index by which it finds what it sends stays.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import cse_portal.clock

NOT_SENT = [
    ("void", "Void"),
    ("refused", "Refused"),
    ("given_up", "Given Up"),
]
WAITING = models.Q(("emailed_at", None), ("not_sent", ""))
NEXT_FIRST = (models.OrderBy(models.F("next_try_at"), nulls_first=True), models.F("id"))


def queued(name, field):
    return migrations.AddField("message", name, field)


# a row's own default: Django would give all rows the same one; a table of millions is not rewritten
TOKEN = migrations.SeparateDatabaseAndState(
    database_operations=[
        migrations.RunSQL(
            sql="""
                ALTER TABLE notices_message ADD COLUMN email_token uuid;
                ALTER TABLE notices_message ALTER COLUMN email_token SET DEFAULT gen_random_uuid();
                UPDATE notices_message SET email_token = gen_random_uuid() WHERE emailed_at IS NULL;
            """,
            reverse_sql="ALTER TABLE notices_message DROP COLUMN email_token",
        )
    ],
    state_operations=[
        queued("email_token", models.UUIDField(default=uuid.uuid4, editable=False, null=True))
    ],
)
WAKES = """
    CREATE FUNCTION letter_wakes_the_sender() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('letters', ''); RETURN NULL; END $$;
    CREATE TRIGGER message_wakes_the_sender AFTER INSERT ON notices_message
    FOR EACH STATEMENT EXECUTE FUNCTION letter_wakes_the_sender();
    CREATE TRIGGER account_letter_wakes_the_sender AFTER INSERT ON notices_accountletter
    FOR EACH STATEMENT EXECUTE FUNCTION letter_wakes_the_sender();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0007_kinds_are_declared_by_the_apps"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AccountLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("written_at", models.DateTimeField(default=cse_portal.clock.now, verbose_name="written on")),
                ("emailed_at", models.DateTimeField(blank=True, null=True, verbose_name="e-mailed on")),
                ("not_sent", models.CharField(blank=True, choices=NOT_SENT, db_default="", default="", max_length=10)),
                ("tries", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("email_expires_at", models.DateTimeField(blank=True, null=True)),
                ("email_token", models.UUIDField(default=uuid.uuid4, editable=False, null=True)),
                ("template", models.CharField(max_length=40)),
                ("facts", models.JSONField(default=dict)),
                ("stored_address", models.EmailField(blank=True, max_length=254)),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "letter about an account",
                "verbose_name_plural": "letters about accounts",
                "indexes": [models.Index(*NEXT_FIRST, condition=WAITING, name="account_letter_waiting")],
            },
        ),
        queued("about", models.CharField(blank=True, db_default="", default="", max_length=40)),
        queued("not_sent", models.CharField(blank=True, choices=NOT_SENT, db_default="", default="", max_length=10)),
        queued("tries", models.PositiveSmallIntegerField(db_default=0, default=0)),
        queued("next_try_at", models.DateTimeField(blank=True, null=True)),
        queued("failing_since", models.DateTimeField(blank=True, null=True)),
        queued("email_expires_at", models.DateTimeField(blank=True, null=True)),
        TOKEN,
        migrations.AddIndex("message", models.Index(*NEXT_FIRST, condition=WAITING, name="message_waiting")),
        migrations.AddIndex("message", models.Index(fields=["not_sent"], condition=~models.Q(not_sent=""), name="message_not_sent")),
        migrations.RunSQL(sql=WAKES, reverse_sql="DROP FUNCTION letter_wakes_the_sender() CASCADE"),
    ]
