from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProxiesConfig(AppConfig):
    name = "proxies"
    verbose_name = _("Proxies and assignments")

    def ready(self) -> None:
        from proxies import telling, user_files  # models are loaded by now
        from registrations import signals
        from users.additions import COLUMNS, ROWS, Column, Row

        signals.closed.connect(telling.registration_closed)
        signals.opened.connect(telling.registration_opened)
        COLUMNS.append(Column(_("Proxy"), user_files.cells))
        ROWS.append(Row(_("Proxies held"), user_files.row))
