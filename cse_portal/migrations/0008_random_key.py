"""A key that is drawn, for rows that come without one: `cse_portal.keys.new_key` in SQL."""

from django.db import migrations

# sixty-four of the hundred and twenty-two random bits of a UUID; eighteen digits, the first not 0
RANDOM_KEY = """
    CREATE FUNCTION random_key() RETURNS bigint LANGUAGE sql AS $$
        SELECT 100000000000000000 + (
            ('x' || left(drawn, 12) || right(drawn, 4))::bit(64)::bigint & 9223372036854775807
        ) % 900000000000000000
        FROM (SELECT encode(uuid_send(gen_random_uuid()), 'hex') AS drawn) one
    $$
"""


class Migration(migrations.Migration):
    dependencies = [("cse_portal", "0007_drafts_are_bounded")]
    operations = [migrations.RunSQL(RANDOM_KEY, "DROP FUNCTION random_key()")]
