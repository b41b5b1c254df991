"""Counted tries lose their keys in clear; sessions end with the right to sign in."""

from django.db import migrations

#: the tries of keys in clear, passwords typed as user codes among them, begin again at zero
FORGET_CLEAR_KEYS = "DELETE FROM users_tries"

SESSIONS_END = """
    CREATE FUNCTION sessions_of_person_end() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM users_signincode WHERE user_id = NEW.id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER sessions_end_with_the_right AFTER UPDATE OF is_active ON users_user
        FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active)
        EXECUTE FUNCTION sessions_of_person_end();

    CREATE FUNCTION sessions_of_company_end() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM users_signincode USING users_user
            WHERE user_id = users_user.id AND company_id = NEW.id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER sessions_end_with_the_account AFTER UPDATE OF is_active ON cse_portal_company
        FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active)
        EXECUTE FUNCTION sessions_of_company_end();
"""
SESSIONS_STAY = """
    DROP TRIGGER sessions_end_with_the_account ON cse_portal_company;
    DROP FUNCTION sessions_of_company_end();
    DROP TRIGGER sessions_end_with_the_right ON users_user;
    DROP FUNCTION sessions_of_person_end();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0007_undelivered_email"),
        ("cse_portal", "0004_indexes_that_serve"),
    ]

    operations = [
        migrations.RunSQL(FORGET_CLEAR_KEYS, migrations.RunSQL.noop),
        migrations.RunSQL(SESSIONS_END, SESSIONS_STAY),
    ]
