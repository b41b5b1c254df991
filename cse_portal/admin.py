"""Companies and their acknowledgments of receipt, for officers."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from cse_portal import actions
from cse_portal.acting.permissions import Verb
from cse_portal.models import Company, Receipt
from cse_portal.web.model_admin import OfficersAdmin, ReadOnlyAdmin


@admin.register(Company)
class CompanyAdmin(OfficersAdmin):
    verb, add_verb = Verb.CHANGE_COMPANY, Verb.OPEN_COMPANY
    list_display = ["name", "identification_number", "neq", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name__unaccent", "identification_number", "neq"]
    ordering = ["name"]

    def save_model(self, request: Any, obj: Company, form: ModelForm, change: bool) -> None:
        if not change:
            actions.open_company(obj, by=request.user)
        elif form.changed_data:
            actions.change_company(obj, by=request.user, corrected=form.changed_data)

    def has_delete_permission(self, request: HttpRequest, obj: Company | None = None) -> bool:
        """A company's account is closed, never deleted."""
        return False


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    """Receipts as they were transmitted: company and person by their names of that day."""

    list_display = [
        *("number", "company_name", "identification_number", "person_name", "user_code"),
        *("transmitted_at", "flow", "outcome"),
    ]
    list_filter = ["flow"]
    search_fields = ["number", "company_name__unaccent", "identification_number", "outcome"]
