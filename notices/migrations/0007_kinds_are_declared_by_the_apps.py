"""The kinds of events and messages are values of the apps: a new one changes no table."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0006_indexes_that_serve'),
    ]

    operations = [
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(max_length=40, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='message',
            name='kind',
            field=models.CharField(max_length=40, verbose_name='kind'),
        ),
    ]
