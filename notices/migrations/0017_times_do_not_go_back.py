"""An event is never before the last one of its company, a message never before its reader's last.

The machines that write them have clocks of their own, which may be a minute ahead of the database's
or behind it (`/readyz`), and the database's steps when another server takes over. What would go
back by two minutes at most takes the time of the last one instead. What is dated further back is
so on purpose, such as an expiry that is found late.
"""

from django.db import migrations

TIMES = """
    CREATE FUNCTION event_is_not_before_the_last() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT greatest(NEW.at, max(at)) INTO NEW.at FROM public.notices_event
        WHERE company_id = NEW.company_id
        AND at > NEW.at AND at <= NEW.at + interval '2 minutes';
        RETURN NEW;
    END $$;
    CREATE FUNCTION receipt_is_not_before_its_events() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT greatest(NEW.transmitted_at, max(at)) INTO NEW.transmitted_at
        FROM public.notices_event
        WHERE company_id = NEW.company_id
        AND at > NEW.transmitted_at AND at <= NEW.transmitted_at + interval '2 minutes';
        RETURN NEW;
    END $$;
    CREATE FUNCTION message_is_after_the_last() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        -- keys are drawn: two messages of one instant would be in any order
        SELECT greatest(NEW.written_at, max(written_at) + interval '1 microsecond')
        INTO NEW.written_at FROM public.notices_message
        WHERE user_id = NEW.user_id
        AND written_at > NEW.written_at AND written_at <= NEW.written_at + interval '2 minutes';
        RETURN NEW;
    END $$;
    CREATE TRIGGER event_is_not_before_the_last BEFORE INSERT ON notices_event
    FOR EACH ROW EXECUTE FUNCTION event_is_not_before_the_last();
    CREATE TRIGGER receipt_is_not_before_its_events BEFORE INSERT ON cse_portal_receipt
    FOR EACH ROW EXECUTE FUNCTION receipt_is_not_before_its_events();
    CREATE TRIGGER message_is_after_the_last BEFORE INSERT ON notices_message
    FOR EACH ROW EXECUTE FUNCTION message_is_after_the_last();
"""
UNDO = """
    DROP FUNCTION event_is_not_before_the_last() CASCADE;
    DROP FUNCTION receipt_is_not_before_its_events() CASCADE;
    DROP FUNCTION message_is_after_the_last() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0016_latest_events"),
        ("cse_portal", "0010_keys_of_receipts"),
    ]

    operations = [migrations.RunSQL(sql=TIMES, reverse_sql=UNDO)]
