"""Whoever a proxy is assigned to is noted too. In a transaction of its own: one table is locked."""

from django.db import migrations

OF_HOLDERS = """
    CREATE FUNCTION holders_may_be_newcomers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO proxies_newcomer (user_id)
        SELECT DISTINCT user_id FROM written WHERE ended_at IS NULL;
        RETURN NULL;
    END $$;
    CREATE TRIGGER holders_may_be_newcomers AFTER INSERT ON proxies_assignment
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION holders_may_be_newcomers();
    CREATE FUNCTION holder_may_be_a_newcomer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO proxies_newcomer (user_id) VALUES (NEW.user_id);
        RETURN NULL;
    END $$;
    CREATE TRIGGER holder_may_be_a_newcomer AFTER UPDATE ON proxies_assignment
    FOR EACH ROW WHEN (
        NEW.ended_at IS NULL AND (
            OLD.ended_at IS NOT NULL
            OR OLD.user_id <> NEW.user_id
            OR OLD.proxy_id <> NEW.proxy_id
        )
    )
    EXECUTE FUNCTION holder_may_be_a_newcomer();
"""
UNDO = """
    DROP FUNCTION holders_may_be_newcomers() CASCADE;
    DROP FUNCTION holder_may_be_a_newcomer() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("proxies", "0009_newcomers")]
    operations = [migrations.RunSQL(OF_HOLDERS, UNDO)]
