from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CsePortalConfig(AppConfig):
    name = "cse_portal"
    verbose_name = _("Companies and acknowledgments")

    def ready(self) -> None:
        from cse_portal import checks  # noqa: F401 - registers the system checks
        from cse_portal.companies import walls
        from cse_portal.watching import telemetry

        post_migrate.connect(walls.after_migrations, sender=self)
        telemetry.start()
