"""Indexes that no question uses are dropped: each costs at every transmission.

Django adds one, for « begins with », to every unique text; nothing here is searched so.
"""

from django.db import migrations, models

NEVER_SEARCHED_SO = (
    "cse_portal_company_identification_number_b54e7b6d_like",
    "cse_portal_company_neq_27579c93_like",
    "cse_portal_receipt_number_da962a02_like",
)


class Migration(migrations.Migration):

    dependencies = [
        ('cse_portal', '0003_receipts_are_append_only'),
    ]

    operations = [
        migrations.AlterField(
            model_name='draft',
            name='flow',
            field=models.SlugField(db_index=False),
        ),
        migrations.AlterField(
            model_name='receipt',
            name='flow',
            field=models.SlugField(db_index=False, verbose_name='procedure'),
        ),
        *(
            migrations.RunSQL(f'DROP INDEX IF EXISTS "{name}"', migrations.RunSQL.noop)
            for name in NEVER_SEARCHED_SO
        ),
    ]
