"""The numbers of files and of sessions no longer tell how many other companies have."""

from django.db import migrations

from cse_portal.key_migrations import draws_its_keys


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0008_tries_by_digest_and_sessions_that_end"),
        ("cse_portal", "0008_random_key"),
    ]
    operations = [
        draws_its_keys("user", table="users_user"),
        draws_its_keys("signincode", table="users_signincode"),
    ]
