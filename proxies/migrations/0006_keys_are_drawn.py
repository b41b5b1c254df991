"""The numbers of proxies, rights and assignments no longer tell how many other companies have."""

from django.db import migrations

from cse_portal.key_migrations import draws_its_keys


class Migration(migrations.Migration):
    dependencies = [
        ("proxies", "0005_what_a_right_means"),
        ("cse_portal", "0008_random_key"),
    ]
    operations = [
        draws_its_keys("proxy", table="proxies_proxy"),
        draws_its_keys("accessright", table="proxies_accessright"),
        draws_its_keys("assignment", table="proxies_assignment"),
    ]
