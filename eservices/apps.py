from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EservicesConfig(AppConfig):
    name = "eservices"

    def ready(self) -> None:
        from eservices import user_files  # models are loaded by now
        from users.additions import LAST_COLUMNS, LINKS, Column, Link

        LAST_COLUMNS.append(Column(_("E-services"), user_files.cells))
        LINKS.append(Link(_("What can this person open?"), "access_of"))
