"""A receipt knows the number of the key of its code; the database knows which keys are needed.

The receipts that are there have number 0, and so has what the version before writes while both
serve: it knows no such column. Their codes are made with `SECRET_KEY`, which is put on record: the
portal then says so when it is taken away (`CSE_RECEIPT_KEYS`, docs/operations.md). Nothing of a
receipt is rewritten, and their trail stays as it is.
"""

import cse_portal.clock
import cse_portal.numbered_keys
from django.conf import settings
from django.db import migrations, models


def put_the_secret_key_on_record(apps, schema_editor):
    """Where there are companies, papers and kept files may stand on it."""
    if not apps.get_model('cse_portal', 'Company').objects.exists():
        return
    key_on_record = apps.get_model('cse_portal', 'KeyOnRecord')
    for value in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        key = cse_portal.numbered_keys.NumberedKey(cse_portal.numbered_keys.OF_BEFORE, value)
        for purpose in ('receipts', 'anchors'):
            key_on_record.objects.get_or_create(
                purpose=purpose,
                number=key.number,
                fingerprint=key.fingerprint,
                defaults={'used_at': cse_portal.clock.now()},
            )


class Migration(migrations.Migration):

    dependencies = [
        ('cse_portal', '0009_last_run_of_each_command'),
    ]

    operations = [
        migrations.AddField(
            model_name='receipt',
            name='code_key',
            field=models.SmallIntegerField(db_default=0, default=cse_portal.numbered_keys.number_of_new_codes, editable=False),
        ),
        migrations.CreateModel(
            name='KeyOnRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('receipts', 'makes the codes of receipts'), ('anchors', 'signs the kept files of the trail')], max_length=8)),
                ('number', models.SmallIntegerField()),
                ('fingerprint', models.CharField(max_length=16)),
                ('announced_at', models.DateTimeField(default=cse_portal.clock.now)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('purpose', 'number', 'fingerprint'), name='key_is_on_record_once'),
                    models.UniqueConstraint(condition=models.Q(('number__gt', 0)), fields=('purpose', 'number'), name='number_is_of_one_key', violation_error_message='Another key has this number.'),
                ],
            },
        ),
        migrations.RunPython(put_the_secret_key_on_record, migrations.RunPython.noop),
    ]
