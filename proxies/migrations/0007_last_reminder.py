"""The last reminder of a proxy stands on its row, for this end date: what is due is found by an index.

The rows that are there have had none, by this column: the first run looks at each that is due, as
all runs did before, and each person is told once all the same (`once`).
"""

from django.db import migrations, models

REMINDED_AGAIN = """
    CREATE FUNCTION proxy_is_reminded_again() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        UPDATE proxies_proxy SET last_reminder = 0 WHERE id = NEW.id;
        RETURN NULL;
    END $$;
    -- AFTER: under a trigger BEFORE, PostgreSQL takes the generated `holder` for changed, and each
    -- update of a proxy would wait for whoever is assigning it
    CREATE TRIGGER proxy_is_reminded_again AFTER UPDATE ON proxies_proxy
    FOR EACH ROW WHEN (OLD.ends_on IS DISTINCT FROM NEW.ends_on)
    EXECUTE FUNCTION proxy_is_reminded_again();
"""
UNDO = "DROP FUNCTION proxy_is_reminded_again() CASCADE"


class Migration(migrations.Migration):
    dependencies = [("proxies", "0006_keys_are_drawn")]
    operations = [
        migrations.AddField(
            model_name="proxy",
            name="last_reminder",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.RunSQL(REMINDED_AGAIN, UNDO),
    ]
