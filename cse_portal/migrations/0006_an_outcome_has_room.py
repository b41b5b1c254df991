"""The outcome of a receipt is composed of names and of a description: a text without a limit.

The other way, the column keeps its room: a receipt is never cut.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cse_portal', '0005_receipts_keep_names'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='receipt',
                    name='outcome',
                    field=models.TextField(verbose_name='outcome'),
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    'ALTER TABLE cse_portal_receipt ALTER COLUMN outcome TYPE text',
                    migrations.RunSQL.noop,
                ),
            ],
        ),
    ]
