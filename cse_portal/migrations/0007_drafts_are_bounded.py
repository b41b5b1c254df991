"""A draft has a bounded length. One that is longer was no person's work: it is deleted."""

from django.db import migrations, models
from django.db.models.functions import Cast
from django.db.models.lookups import LessThanOrEqual

LONGEST = 256_000
FORGET_LONGER = f"DELETE FROM cse_portal_draft WHERE octet_length(answers::text) > {LONGEST}"


class Migration(migrations.Migration):

    dependencies = [
        ('cse_portal', '0006_an_outcome_has_room'),
    ]

    operations = [
        migrations.RunSQL(FORGET_LONGER, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.CheckConstraint(
                name='draft_is_no_longer_than_a_procedure_asks',
                condition=LessThanOrEqual(
                    models.Func(
                        Cast('answers', models.TextField()),
                        function='octet_length',
                        output_field=models.IntegerField(),
                    ),
                    LONGEST,
                ),
                violation_error_message='This is too long to be kept: shorten what you typed.',
            ),
        ),
    ]
