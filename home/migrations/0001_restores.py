

import cse_portal.clock
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Restore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lost_from', models.DateTimeField(verbose_name='lost from')),
                ('lost_until', models.DateTimeField(verbose_name='lost until')),
                ('recorded_at', models.DateTimeField(default=cse_portal.clock.now, verbose_name='restored on')),
            ],
            options={
                'verbose_name': 'restore of the database',
                'verbose_name_plural': 'restores of the database',
                'ordering': ['-recorded_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('lost_from__lt', models.F('lost_until'))), name='restore_loses_what_came_after_its_state', violation_error_message='What was lost begins before it ends.'), models.CheckConstraint(condition=models.Q(('lost_until__lte', models.F('recorded_at'))), name='restore_is_recorded_after_what_it_lost', violation_error_message='What was lost ends before the restore is recorded.')],
            },
        ),
    ]
