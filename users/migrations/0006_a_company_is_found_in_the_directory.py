"""The directory's index finds a company's people; a user code is never searched by its beginning."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cse_portal', '0004_indexes_that_serve'),
        ('users', '0005_in_the_order_of_a_directory'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='company',
            field=models.ForeignKey(blank=True, db_index=False, help_text='None for a ministry officer.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='users', to='cse_portal.company', verbose_name='company'),
        ),
        migrations.RunSQL(
            'DROP INDEX IF EXISTS "users_user_user_code_2e8504b0_like"', migrations.RunSQL.noop
        ),
    ]
