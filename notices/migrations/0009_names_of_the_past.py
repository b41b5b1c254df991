"""The other party of an event is named with its number; a receipt's names can be taken back.

Forward, the trail stays as it is: its entries name the columns that they cover, and a receipt
written from now on has its names among them. Backward, `cse_portal.0005` drops these columns: the
entries no longer name them, and the chains are computed again. As after any migration that does so,
run `verify_trail` before it, and keep a new file after it.
"""

from django.db import migrations, models

_CHAIN_AGAIN_WITHOUT = """
    SET CONSTRAINTS ALL IMMEDIATE;  -- a trigger is not switched while checks are put off
    ALTER TABLE notices_trailentry DISABLE TRIGGER trail_entry_is_never_changed;
    ALTER TABLE notices_trailhead DISABLE TRIGGER trail_head_never_goes_back;
    DO $$
    DECLARE
        dropped text[] := ARRAY[%s];
        entry record;
        its_company bigint;
        last text;
    BEGIN
        UPDATE notices_trailentry SET columns = ARRAY(
            SELECT name FROM unnest(columns) WITH ORDINALITY AS named(name, nth)
            WHERE name <> ALL (dropped) ORDER BY nth
        ) WHERE receipt_id IS NOT NULL AND columns && dropped::varchar[];
        FOR entry IN
            SELECT * FROM notices_trailentry WHERE position IS NOT NULL
            ORDER BY company_id, position
        LOOP
            IF its_company IS DISTINCT FROM entry.company_id THEN
                its_company := entry.company_id;
                last := '';
            END IF;
            UPDATE notices_trailentry SET previous = last, digest = trail_digest(
                last, its_company, entry.position, entry.receipt_id, entry.event_id, entry.columns
            ) WHERE id = entry.id RETURNING digest INTO last;
            UPDATE notices_trailhead SET digest = last
            WHERE company_id = its_company AND position = entry.position;
        END LOOP;
    END $$;
    ALTER TABLE notices_trailentry ENABLE TRIGGER trail_entry_is_never_changed;
    ALTER TABLE notices_trailhead ENABLE TRIGGER trail_head_never_goes_back;
    SET CONSTRAINTS ALL DEFERRED;
"""


def chain_again_without(*columns):
    """SQL: the entries of receipts no longer name these columns, which a migration drops."""
    return _CHAIN_AGAIN_WITHOUT % ", ".join(f"'{column}'" for column in columns)


CHAIN_AGAIN = chain_again_without(
    'company_name', 'identification_number', 'person_name', 'user_code', 'code_covers_names'
)


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0008_letters'),
        ('cse_portal', '0005_receipts_keep_names'),
    ]

    operations = [
        migrations.AlterField(
            model_name='event',
            name='by_party',
            field=models.CharField(blank=True, help_text='The other company, by its name and number, or the department that did it.', max_length=150, verbose_name='other party'),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, CHAIN_AGAIN),
    ]
