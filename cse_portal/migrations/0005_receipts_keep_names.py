"""A receipt keeps the names of the company and of the person, as they are when it is written.

PostgreSQL writes them, whoever inserts the row: the version before too, which knows no such column.
The receipts that are there already take the names of today, nothing else being known. Their trail
stays as it is: an entry names the columns that it covers, and these are not among them. So does the
code on their papers (`code_covers_names`).
"""

from django.conf import settings
from django.db import migrations, models

KEEP_NAMES = """
    CREATE FUNCTION receipt_keeps_names() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    DECLARE
        company record;
        person record;
    BEGIN
        SELECT * INTO company FROM cse_portal_company one WHERE one.id = NEW.company_id;
        SELECT * INTO person FROM users_user one WHERE one.id = NEW.transmitted_by_id;
        -- a row that is not there is the foreign key's to refuse
        NEW.company_name := coalesce(company.name, '');
        NEW.identification_number := coalesce(company.identification_number, '');
        NEW.person_name := coalesce(person.first_name || ' ' || person.family_name, '');
        NEW.user_code := coalesce(person.user_code, '');
        RETURN NEW;
    END $$;
    CREATE TRIGGER receipt_keeps_names BEFORE INSERT ON cse_portal_receipt
    FOR EACH ROW EXECUTE FUNCTION receipt_keeps_names();
"""
#: the one change that a receipt ever sees, by its owner: of columns that nobody has read yet
FILL_IN = """
    SET CONSTRAINTS ALL IMMEDIATE;  -- a trigger is not switched while checks are put off
    ALTER TABLE cse_portal_receipt DISABLE TRIGGER receipt_is_append_only;
    UPDATE cse_portal_receipt receipt SET
        company_name = company.name,
        identification_number = company.identification_number,
        person_name = person.first_name || ' ' || person.family_name,
        user_code = person.user_code
    FROM cse_portal_company company, users_user person
    WHERE company.id = receipt.company_id AND person.id = receipt.transmitted_by_id;
    ALTER TABLE cse_portal_receipt ENABLE TRIGGER receipt_is_append_only;
    SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cse_portal', '0004_indexes_that_serve'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='receipt',
            name='company_name',
            field=models.TextField(db_default='', verbose_name='company’s name that day'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='identification_number',
            field=models.TextField(db_default='', verbose_name='identification number that day'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='person_name',
            field=models.TextField(db_default='', verbose_name='person’s name that day'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='user_code',
            field=models.TextField(db_default='', verbose_name='user code'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='code_covers_names',
            field=models.BooleanField(db_default=False, default=True, editable=False),
        ),
        migrations.RunSQL(KEEP_NAMES, 'DROP FUNCTION receipt_keeps_names() CASCADE'),
        migrations.RunSQL(FILL_IN, migrations.RunSQL.noop),
    ]
