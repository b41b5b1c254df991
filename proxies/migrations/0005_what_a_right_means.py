"""What a right to an e-service means does not change once a proxy gives it.

A ticked service has the IQEA role under which it was ticked, tied to the e-service's own by a
composite key: the role of an e-service that was ever ticked stays, and a tick whose rules were
checked under another role is refused. The version before does not name the role: it is filled in.

The function acts as the owner of the tables: whoever changes an e-service sees the rights of every
company. It locks the ministry, then the e-service, to which whoever gives a right at this moment
refers in the same order: the one waits for the other. A right refers to its ministry as soon as it
is written, hence, and no longer when its transaction ends.

Each statement stands by itself, and may be repeated: no table is held while its rows are filled in.
"""

from django.db import migrations, models

FILL_IN = """
    CREATE OR REPLACE FUNCTION ticked_service_has_its_role() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT iqea_role INTO NEW.iqea_role FROM registrations_service WHERE id = NEW.service_id;
        RETURN NEW;
    END $$
"""
FILL_IN_EACH = """
    CREATE OR REPLACE TRIGGER ticked_service_has_its_role BEFORE INSERT ON proxies_tickedservice
    FOR EACH ROW WHEN (NEW.iqea_role IS NULL) EXECUTE FUNCTION ticked_service_has_its_role()
"""
THOSE_OF_BEFORE = """
    UPDATE proxies_tickedservice SET iqea_role = registrations_service.iqea_role
    FROM registrations_service
    WHERE registrations_service.id = service_id AND proxies_tickedservice.iqea_role IS NULL
"""
KEPT = "ticked_service_keeps_its_iqea_role"
KEEP_ROLE = f"""
    ALTER TABLE proxies_tickedservice DROP CONSTRAINT IF EXISTS {KEPT}, ADD CONSTRAINT {KEPT}
    FOREIGN KEY (service_id, iqea_role) REFERENCES registrations_service (id, iqea_role) NOT VALID
"""
KEEP_MEANING = """
    CREATE OR REPLACE FUNCTION service_in_proxies_keeps_its_meaning() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        ministries bigint[] := ARRAY[OLD.ministry_id, NEW.ministry_id];
        changed text := CASE
            WHEN OLD.ministry_id <> NEW.ministry_id THEN 'ministry_id'
            WHEN OLD.iqea_role <> NEW.iqea_role THEN 'iqea_role'
            WHEN OLD.needs_tick <> NEW.needs_tick THEN 'needs_tick'
            ELSE 'is_external_only'
        END;
    BEGIN
        PERFORM FROM registrations_ministry WHERE id = ANY (ministries) ORDER BY id FOR UPDATE;
        PERFORM FROM registrations_service WHERE id = OLD.id FOR UPDATE;
        IF EXISTS (SELECT FROM proxies_tickedservice WHERE service_id = OLD.id)
        -- without restriction: all but those that must be ticked, as long as the proxy lasts
        OR NOT (OLD.needs_tick AND NEW.needs_tick) AND EXISTS (
            SELECT FROM proxies_accessright granted
            JOIN proxies_proxy proxy ON proxy.id = granted.proxy_id
            WHERE granted.ministry_id = ANY (ministries) AND granted.scope = 'full'
            AND granted.ended_at IS NULL AND proxy.revoked_at IS NULL
            AND proxy.renounced_at IS NULL AND NOT proxy.is_expiry_recorded
        ) THEN
            RAISE EXCEPTION 'violates "%"', TG_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, COLUMN = changed;
        END IF;
        RETURN NEW;
    END $$
"""
KEEP_EACH_MEANING = """
    CREATE OR REPLACE TRIGGER service_in_proxies_keeps_its_meaning
    BEFORE UPDATE ON registrations_service FOR EACH ROW WHEN (
        OLD.ministry_id IS DISTINCT FROM NEW.ministry_id
        OR OLD.needs_tick IS DISTINCT FROM NEW.needs_tick
        OR OLD.is_external_only IS DISTINCT FROM NEW.is_external_only
        OR (OLD.iqea_role)::text IS DISTINCT FROM (NEW.iqea_role)::text
    ) EXECUTE FUNCTION service_in_proxies_keeps_its_meaning()
"""
REFER_AT = """
    DO $$ DECLARE
        its_key text;
    BEGIN
        SELECT conname INTO STRICT its_key FROM pg_constraint
        WHERE conrelid = 'proxies_accessright'::regclass AND contype = 'f'
        AND confrelid = 'registrations_ministry'::regclass;
        EXECUTE format('ALTER TABLE proxies_accessright ALTER CONSTRAINT %I {when}', its_key);
    END $$
"""
DO = [
    REFER_AT.format(when="NOT DEFERRABLE"),
    "ALTER TABLE proxies_tickedservice ADD COLUMN IF NOT EXISTS iqea_role varchar(8)",
    FILL_IN,
    FILL_IN_EACH,
    THOSE_OF_BEFORE,
    "ALTER TABLE proxies_tickedservice ALTER COLUMN iqea_role SET NOT NULL",
    KEEP_ROLE,
    f"ALTER TABLE proxies_tickedservice VALIDATE CONSTRAINT {KEPT}",
    KEEP_MEANING,
    KEEP_EACH_MEANING,
]
UNDO = [
    "DROP FUNCTION IF EXISTS service_in_proxies_keeps_its_meaning() CASCADE",
    "DROP FUNCTION IF EXISTS ticked_service_has_its_role() CASCADE",
    REFER_AT.format(when="DEFERRABLE INITIALLY DEFERRED"),
    "ALTER TABLE proxies_tickedservice DROP COLUMN IF EXISTS iqea_role",
]


class Migration(migrations.Migration):
    atomic = False  # the version in service goes on writing meanwhile

    dependencies = [
        ("proxies", "0004_expiry_is_recorded"),
        ("registrations", "0008_what_is_settled"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField(
                    model_name="tickedservice",
                    name="iqea_role",
                    field=models.CharField(blank=True, max_length=8),
                    preserve_default=False,
                ),
            ],
            database_operations=[migrations.RunSQL(DO, UNDO)],
        ),
    ]
