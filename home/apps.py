from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HomeConfig(AppConfig):
    name = "home"
    #: in the admin: what those who run the portal did to its database
    verbose_name = _("Operation of the portal")
