"""The number of a receipt's key can be taken back.

Forward, the trail stays as it is: a receipt written from now on has the number among its columns.
Backward, `cse_portal.0010` drops it: see `0009_names_of_the_past`.
"""

from importlib import import_module

from django.db import migrations

chain_again_without = import_module('notices.migrations.0009_names_of_the_past').chain_again_without


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0011_letters_in_the_order_of_time'),
        ('cse_portal', '0010_keys_of_receipts'),
    ]

    operations = [
        migrations.RunSQL(migrations.RunSQL.noop, chain_again_without('code_key')),
    ]
