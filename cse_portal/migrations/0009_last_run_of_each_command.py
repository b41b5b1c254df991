"""The last run of each command, for whoever watches the portal."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cse_portal', '0008_random_key'),
    ]

    operations = [
        migrations.CreateModel(
            name='CommandRun',
            fields=[
                ('command', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('result', models.CharField(choices=[('under_way', 'Under Way'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('stopped', 'Stopped')], max_length=10)),
                ('succeeded_at', models.DateTimeField(null=True)),
                ('told', models.TextField(blank=True, default='')),
            ],
        ),
    ]
