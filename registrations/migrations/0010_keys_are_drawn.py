"""The numbers of registrations no longer tell how many other companies have."""

from django.db import migrations

from cse_portal.key_migrations import draws_its_keys


class Migration(migrations.Migration):
    dependencies = [
        ("registrations", "0009_time_of_a_request"),
        ("cse_portal", "0008_random_key"),
    ]
    operations = [draws_its_keys("registration", table="registrations_registration")]
