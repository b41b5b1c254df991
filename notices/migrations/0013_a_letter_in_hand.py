"""A worker marks a letter as e-mailed while it sends it: no row stays locked meanwhile."""

from django.db import migrations, models


def until(model):
    return migrations.AddField(
        model, "in_hand_until", models.DateTimeField(blank=True, editable=False, null=True)
    )


class Migration(migrations.Migration):
    dependencies = [("notices", "0012_keys_of_receipts")]

    operations = [
        until("message"),
        until("accountletter"),
        migrations.AlterModelOptions(
            "accountletter",
            {
                "ordering": ["-written_at", "-pk"],
                "verbose_name": "letter about an account",
                "verbose_name_plural": "letters about accounts",
            },
        ),
    ]
