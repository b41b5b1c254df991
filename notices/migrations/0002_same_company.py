"""Events are append-only, and nobody but a company's own person stands in its history or box."""

from django.conf import settings
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.RunSQL(
            sql="""
                ALTER TABLE notices_event ADD CONSTRAINT event_is_by_the_companys_own_person
                FOREIGN KEY (by_id, company_id) REFERENCES users_user (id, company_id);
                ALTER TABLE notices_message ADD CONSTRAINT message_is_to_the_companys_own_person
                FOREIGN KEY (user_id, company_id) REFERENCES users_user (id, company_id);
            """,
            reverse_sql="""
                ALTER TABLE notices_event DROP CONSTRAINT event_is_by_the_companys_own_person;
                ALTER TABLE notices_message DROP CONSTRAINT message_is_to_the_companys_own_person;
            """,
        ),
        migrations.RunSQL(
            sql="""
                CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'an event is never changed nor deleted'; END $$;
                CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE ON notices_event
                FOR EACH ROW EXECUTE FUNCTION event_is_append_only();
            """,
            reverse_sql="DROP FUNCTION event_is_append_only() CASCADE",
        ),
    ]
