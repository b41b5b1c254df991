from django.apps import AppConfig


class CsePortalConfig(AppConfig):
    name = "cse_portal"
    verbose_name = "CSE Portal"

    def ready(self) -> None:
        from cse_portal import checks  # noqa: F401 - registers the system checks
