import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cse_portal', '0003_receipts_are_append_only'),
        ('notices', '0003_message_kinds_of_a_registration'),
    ]

    operations = [
        migrations.CreateModel(
            name='TrailHead',
            fields=[
                ('company', models.OneToOneField(on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='trail_head', serialize=False, to='cse_portal.company')),
                ('position', models.BigIntegerField(default=0)),
                ('digest', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'verbose_name': 'end of a trail',
                'verbose_name_plural': 'ends of trails',
            },
        ),
        migrations.CreateModel(
            name='TrailEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('columns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=63), size=None)),
                ('position', models.BigIntegerField(null=True)),
                ('previous', models.CharField(blank=True, max_length=64)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cse_portal.company')),
                ('event', models.OneToOneField(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='trail_entry', to='notices.event')),
                ('receipt', models.OneToOneField(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='trail_entry', to='cse_portal.receipt')),
            ],
            options={
                'verbose_name': 'trail entry',
                'verbose_name_plural': 'trail entries',
                'indexes': [models.Index(condition=models.Q(('position', None)), fields=['company'], name='trail_entry_waiting')],
                'constraints': [models.UniqueConstraint(fields=('company', 'position'), name='trail_entry_is_alone_in_its_place', violation_error_message='Another entry of the company has this place.'), models.CheckConstraint(condition=models.Q(models.Q(('event__isnull', False), ('receipt__isnull', True)), models.Q(('event__isnull', True), ('receipt__isnull', False)), _connector='OR'), name='trail_entry_is_of_a_receipt_or_of_an_event', violation_error_message='A trail entry is of a receipt or of an event.')],
            },
        ),
    ]
