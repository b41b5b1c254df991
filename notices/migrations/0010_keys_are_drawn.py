"""The numbers of messages and letters no longer tell how many other companies have."""

from django.db import migrations

from cse_portal.key_migrations import draws_its_keys


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0009_names_of_the_past"),
        ("cse_portal", "0008_random_key"),
    ]
    operations = [
        draws_its_keys("message", table="notices_message"),
        draws_its_keys("accountletter", table="notices_accountletter"),
    ]
