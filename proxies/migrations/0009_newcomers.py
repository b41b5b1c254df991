"""Whoever may have come to a proxy after its reminder is noted by PostgreSQL, whatever version writes.

Noted, and not told at once: a row of its own waits for no lock of a proxy, and is seen by the
reminders when what it is about is seen too.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

OF_PEOPLE = """
    CREATE FUNCTION person_may_be_a_newcomer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO proxies_newcomer (user_id) VALUES (NEW.id);
        RETURN NULL;
    END $$;
    CREATE TRIGGER person_may_be_a_newcomer AFTER INSERT ON users_user
    FOR EACH ROW WHEN (NEW.is_active AND (NEW.role)::text = 'esm'::text)
    EXECUTE FUNCTION person_may_be_a_newcomer();
    CREATE TRIGGER person_may_come_back AFTER UPDATE ON users_user
    FOR EACH ROW WHEN (
        NEW.is_active AND NEW.company_id IS NOT NULL AND (
            NOT OLD.is_active
            OR (OLD.role)::text <> (NEW.role)::text
            OR OLD.company_id IS DISTINCT FROM NEW.company_id
        )
    )
    EXECUTE FUNCTION person_may_be_a_newcomer();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("proxies", "0008_reminders_by_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Newcomer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.RunSQL(OF_PEOPLE, "DROP FUNCTION person_may_be_a_newcomer() CASCADE"),
    ]
