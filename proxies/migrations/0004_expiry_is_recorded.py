"""An expiry is recorded however long nobody looked: what is not yet recorded is found by an index."""

from django.db import migrations, models

RECORDED_ALREADY = """
    UPDATE proxies_proxy SET is_expiry_recorded = true FROM notices_event
    WHERE notices_event.company_id = proxies_proxy.mandator_id
    AND notices_event.kind = 'proxy.expired'
    AND notices_event.about = 'proxy:' || proxies_proxy.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("proxies", "0003_indexes_that_serve"),
        ("notices", "0006_indexes_that_serve"),
    ]

    operations = [
        migrations.AddField(
            model_name="proxy",
            name="is_expiry_recorded",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.RunSQL(sql=RECORDED_ALREADY, reverse_sql=migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="proxy", name="proxy_by_its_end"),
        migrations.AddIndex(
            model_name="proxy",
            index=models.Index(
                fields=["ends_on"],
                condition=models.Q(
                    is_expiry_recorded=False, renounced_at__isnull=True, revoked_at__isnull=True
                ),
                name="proxy_by_its_end",
            ),
        ),
    ]
