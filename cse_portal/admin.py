"""Companies and their acknowledgments of receipt, for officers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from cse_portal.models import Company, Receipt
from cse_portal.web.admin_site import ReadOnlyAdmin


@admin.register(Company)
class CompanyAdmin(admin.ModelAdmin):
    list_display = ["name", "identification_number", "neq", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name__unaccent", "identification_number", "neq"]
    ordering = ["name"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A company's account is closed, never deleted."""
        return False


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = ["number", "company", "transmitted_by", "transmitted_at", "flow", "outcome"]
    list_select_related = ["company", "transmitted_by"]
    list_filter = ["flow"]
    search_fields = ["number", "company__name__unaccent", "outcome"]
