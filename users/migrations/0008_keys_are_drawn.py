"""The numbers of files and of sessions no longer tell how many other companies have."""

from django.db import migrations

from cse_portal.key_migrations import draws_its_keys


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0007_undelivered_email"),
        ("cse_portal", "0005_random_key"),
    ]
    operations = [
        draws_its_keys("user", table="users_user"),
        draws_its_keys("signincode", table="users_signincode"),
    ]
