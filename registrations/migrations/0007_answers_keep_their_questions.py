"""An answer keeps the question as it was asked; those that are there take the present one."""

from django.db import migrations

#: an answer whose question was removed keeps its code alone; the keys are in nobody's way backward
KEEP_QUESTIONS = """
    UPDATE registrations_registration registration SET answers = (
        SELECT jsonb_agg(
            CASE WHEN question.id IS NULL THEN stored ELSE stored || jsonb_build_object(
                'label_fr', question.label_fr, 'label_en', question.label_en
            ) END ORDER BY nth
        )
        FROM jsonb_array_elements(registration.answers) WITH ORDINALITY AS each(stored, nth)
        LEFT JOIN registrations_question question
            ON question.ministry_id = registration.ministry_id
            AND question.code = stored ->> 'question'
    ) WHERE answers @> '[{}]'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('registrations', '0006_officers_of_a_ministry'),
    ]

    operations = [
        migrations.RunSQL(KEEP_QUESTIONS, migrations.RunSQL.noop),
    ]
