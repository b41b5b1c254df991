"""The subject of an e-mail is composed of names and of a description: a text without a limit."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sandbox', '0002_html_of_an_email'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='simulatedemail',
                    name='subject',
                    field=models.TextField(),
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    'ALTER TABLE sandbox_simulatedemail ALTER COLUMN subject TYPE text',
                    migrations.RunSQL.noop,
                ),
            ],
        ),
    ]
