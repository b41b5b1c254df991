"""The histories of accounts, for officers."""

from django.contrib import admin

from cse_portal.web.model_admin import ReadOnlyAdmin
from notices.models import Event


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["at", "company", "kind", "by", "by_party", "sentence"]
    list_filter = ["kind"]
    list_select_related = ["company", "by"]
    search_fields = ["company__name__unaccent"]
