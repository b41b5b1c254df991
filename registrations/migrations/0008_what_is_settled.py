"""A code never changes: it stands in addresses, drafts and acknowledgments."""

from django.db import migrations, models

import cse_portal.settled

CODES_ARE_KEPT = """
    CREATE FUNCTION code_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'violates "%"', TG_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, COLUMN = 'code';
    END $$;
    CREATE TRIGGER ministry_keeps_its_code BEFORE UPDATE ON registrations_ministry
    FOR EACH ROW WHEN ((OLD.code)::text IS DISTINCT FROM (NEW.code)::text) EXECUTE FUNCTION code_is_kept();
    CREATE TRIGGER service_keeps_its_code BEFORE UPDATE ON registrations_service
    FOR EACH ROW WHEN ((OLD.code)::text IS DISTINCT FROM (NEW.code)::text) EXECUTE FUNCTION code_is_kept();
"""
CODE_IS_KEPT = 'A code never changes: addresses, drafts and acknowledgments name it.'
MEANING_IS_KEPT = (
    'Proxies give rights to this e-service: this can no longer change, for their rights would '
    'change with it. Withdraw the e-service (“offered”), and add another.'
)


class Migration(migrations.Migration):

    dependencies = [
        ('registrations', '0007_answers_keep_their_questions'),
    ]

    operations = [
        migrations.RunSQL(CODES_ARE_KEPT, 'DROP FUNCTION code_is_kept() CASCADE'),
        migrations.AddConstraint(
            model_name='ministry',
            constraint=cse_portal.settled.Settled(fields=('code',), name='ministry_keeps_its_code', violation_error_message=CODE_IS_KEPT),
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=models.UniqueConstraint(fields=('id', 'iqea_role'), name='service_iqea_role_key'),
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=cse_portal.settled.Settled(fields=('code',), name='service_keeps_its_code', violation_error_message=CODE_IS_KEPT),
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=cse_portal.settled.Settled(fields=('ministry', 'needs_tick', 'is_external_only', 'iqea_role'), name='service_in_proxies_keeps_its_meaning', violation_error_message=MEANING_IS_KEPT),
        ),
    ]
