"""PostgreSQL chains receipts and events by hash, whoever writes them; the trail is append-only.

Two moments. When a row is written, it is entered, without a place. When its transaction ends, every
lock of the actions being held already, its entries take their places: each company's head is locked
in turn, in the order of the companies' keys. So nobody holds a head while he waits for anything
else, and two transactions of the same two companies take them in the same order: no deadlock.

The functions act as the owner of the tables: whoever writes a row sees one company's rows alone,
and has no right to the trail at all but to read it (`cse_portal.walls`).
"""

from django.db import migrations

DIGEST = """
    CREATE FUNCTION trail_digest(
        previous text, company bigint, place bigint, receipt uuid, event bigint, columns text[]
    ) RETURNS text LANGUAGE plpgsql STABLE SET timezone = 'UTC' AS $$
    -- the same on any day and in any session: named columns, in the order kept, times in UTC;
    -- NULL where the row is gone
    DECLARE
        said jsonb;
    BEGIN
        IF receipt IS NOT NULL THEN
            SELECT to_jsonb(one) INTO said FROM cse_portal_receipt one WHERE one.id = receipt;
        ELSE
            SELECT to_jsonb(one) INTO said FROM notices_event one WHERE one.id = event;
        END IF;
        IF said IS NULL THEN
            RETURN NULL;
        END IF;
        SELECT jsonb_build_array(
            previous, company, place, receipt, event, to_jsonb(columns),
            jsonb_agg(said -> name ORDER BY nth)
        ) INTO said FROM unnest(columns) WITH ORDINALITY AS named(name, nth);
        RETURN encode(sha256(convert_to(said::text, 'UTF8')), 'hex');
    END $$;
"""
ENTER = """
    CREATE FUNCTION trail_columns(of_table regclass) RETURNS text[] LANGUAGE sql STABLE AS $$
        SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = of_table AND attnum > 0 AND NOT attisdropped
    $$;
    CREATE FUNCTION receipt_enters_the_trail() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO notices_trailentry (company_id, receipt_id, columns, previous, digest)
        SELECT company_id, id, trail_columns(TG_RELID), '', '' FROM written
        ORDER BY transmitted_at, id;
        RETURN NULL;
    END $$;
    CREATE FUNCTION event_enters_the_trail() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO notices_trailentry (company_id, event_id, columns, previous, digest)
        SELECT company_id, id, trail_columns(TG_RELID), '', '' FROM written ORDER BY id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER receipt_enters_the_trail AFTER INSERT ON cse_portal_receipt
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION receipt_enters_the_trail();
    CREATE TRIGGER event_enters_the_trail AFTER INSERT ON notices_event
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION event_enters_the_trail();
"""
CHAIN = """
    CREATE FUNCTION trail_entry_takes_its_place() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    DECLARE
        its_company bigint;
        entry record;
        place bigint;
        last text;
    BEGIN
        -- the first entry of a transaction places them all; the others find themselves placed
        SELECT position INTO place FROM notices_trailentry WHERE id = NEW.id;
        IF place IS NOT NULL THEN
            RETURN NULL;
        END IF;
        FOR its_company IN
            SELECT DISTINCT company_id FROM notices_trailentry WHERE position IS NULL ORDER BY 1
        LOOP
            INSERT INTO notices_trailhead (company_id, position, digest)
            VALUES (its_company, 0, '') ON CONFLICT (company_id) DO NOTHING;
            SELECT position, digest INTO place, last FROM notices_trailhead
            WHERE company_id = its_company FOR NO KEY UPDATE;
            FOR entry IN
                SELECT id, receipt_id, event_id, columns FROM notices_trailentry
                WHERE company_id = its_company AND position IS NULL ORDER BY id
            LOOP
                place := place + 1;
                UPDATE notices_trailentry SET position = place, previous = last,
                    digest = trail_digest(
                        last, its_company, place, entry.receipt_id, entry.event_id, entry.columns
                    )
                WHERE id = entry.id RETURNING digest INTO last;
            END LOOP;
            UPDATE notices_trailhead SET position = place, digest = last
            WHERE company_id = its_company;
        END LOOP;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER trail_entry_takes_its_place AFTER INSERT ON notices_trailentry
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION trail_entry_takes_its_place();
"""
APPEND_ONLY = """
    CREATE FUNCTION trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the trail is never changed nor cut'; END $$;
    CREATE TRIGGER trail_entry_is_never_changed BEFORE UPDATE ON notices_trailentry
    FOR EACH ROW WHEN (OLD.position IS NOT NULL) EXECUTE FUNCTION trail_is_append_only();
    CREATE TRIGGER trail_entry_is_never_deleted BEFORE DELETE ON notices_trailentry
    FOR EACH ROW EXECUTE FUNCTION trail_is_append_only();
    CREATE TRIGGER trail_head_never_goes_back BEFORE UPDATE ON notices_trailhead
    FOR EACH ROW WHEN (NEW.position <= OLD.position) EXECUTE FUNCTION trail_is_append_only();
    CREATE TRIGGER trail_head_is_never_deleted BEFORE DELETE ON notices_trailhead
    FOR EACH ROW EXECUTE FUNCTION trail_is_append_only();
"""
#: the rows that were there before the trail, in the order of time; they take their places when
#: this transaction ends, as any other
BEFORE_THE_TRAIL = """
    INSERT INTO notices_trailentry (company_id, receipt_id, event_id, columns, previous, digest)
    SELECT company_id, receipt_id, event_id, columns, '', '' FROM (
        SELECT company_id, transmitted_at AS at, id AS receipt_id, NULL::bigint AS event_id,
            trail_columns('cse_portal_receipt') AS columns
        FROM cse_portal_receipt
        UNION ALL
        SELECT company_id, at, NULL, id, trail_columns('notices_event') FROM notices_event
    ) written ORDER BY company_id, at, event_id, receipt_id
"""
UNDO = """
    DROP FUNCTION receipt_enters_the_trail() CASCADE;
    DROP FUNCTION event_enters_the_trail() CASCADE;
    DROP FUNCTION trail_entry_takes_its_place() CASCADE;
    DROP FUNCTION trail_is_append_only() CASCADE;
    DROP FUNCTION trail_columns(regclass);
    DROP FUNCTION trail_digest(text, bigint, bigint, uuid, bigint, text[]);
    DELETE FROM notices_trailentry;
    DELETE FROM notices_trailhead;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0004_trail"),
        ("cse_portal", "0003_receipts_are_append_only"),
    ]
    operations = [
        migrations.RunSQL(sql=DIGEST + ENTER + CHAIN + APPEND_ONLY, reverse_sql=UNDO),
        migrations.RunSQL(sql=BEFORE_THE_TRAIL, reverse_sql=migrations.RunSQL.noop),
    ]
