from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProxiesConfig(AppConfig):
    name = "proxies"
    verbose_name = _("Proxies and assignments")

    def ready(self) -> None:
        from proxies import telling  # models are loaded by now
        from registrations import signals

        signals.closed.connect(telling.registration_closed)
        signals.opened.connect(telling.registration_opened)
