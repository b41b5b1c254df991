"""Receipts are append-only, whatever the code above the database does; searches ignore accents."""

from django.contrib.postgres.operations import UnaccentExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cse_portal", "0002_initial")]
    operations = [
        UnaccentExtension(),
        migrations.RunSQL(
            sql="""
                CREATE FUNCTION receipt_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'a receipt is never changed nor deleted'; END $$;
                CREATE TRIGGER receipt_is_append_only BEFORE UPDATE OR DELETE ON cse_portal_receipt
                FOR EACH ROW EXECUTE FUNCTION receipt_is_append_only();
            """,
            reverse_sql="DROP FUNCTION receipt_is_append_only() CASCADE",
        ),
    ]
