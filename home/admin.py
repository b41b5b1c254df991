"""The restores of the database, for those who run the portal."""

from django.contrib import admin

from cse_portal.web.model_admin import ReadOnlyAdmin
from home.models import Restore


@admin.register(Restore)
class RestoreAdmin(ReadOnlyAdmin):
    """Recorded by `manage.py record_restore`, and read here."""

    is_small = True
    list_display = ["recorded_at", "lost_from", "lost_until"]
