"""Companies and their acknowledgments of receipt, for officers."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cse_portal import actions
from cse_portal.acting.permissions import Verb
from cse_portal.flows.registry import all_flows
from cse_portal.models import Company, Receipt
from cse_portal.search.companies import companies, find_companies
from cse_portal.search.finding import InTheOrderOfIndexes, Step, beginning_with
from cse_portal.search.keys import in_order
from cse_portal.search.people import find_people
from cse_portal.search.typed import Typed
from cse_portal.web.model_admin import OfficersAdmin, ReadOnlyAdmin

NUMBERS_BEGIN, LONGEST_NUMBER = "CSE-", len("CSE-2026-7K3QX2AB")


@admin.register(Company)
class CompanyAdmin(OfficersAdmin):
    verb, add_verb = Verb.CHANGE_COMPANY, Verb.OPEN_COMPANY
    list_display = ["name", "identification_number", "neq", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "identification_number", "neq"]
    search_help_text = _("A number, the beginning of one, or a part of a name.")
    ordering = [in_order("name"), "pk"]

    def search(self, rows: QuerySet, typed: Typed) -> Iterable[Step]:
        return companies(rows, typed)

    def save_model(self, request: Any, obj: Company, form: ModelForm, change: bool) -> None:
        if not change:
            actions.open_company(obj, by=request.user)
        elif form.changed_data:
            actions.change_company(obj, by=request.user, corrected=form.changed_data)

    def has_delete_permission(self, request: HttpRequest, obj: Company | None = None) -> bool:
        """A company's account is closed, never deleted."""
        return False


class FlowFilter(admin.SimpleListFilter):
    """Acknowledgments of one procedure, by its title."""

    title = _("procedure")
    parameter_name = "flow"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(flow.slug, str(flow.title)) for flow in all_flows()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Receipt]) -> QuerySet[Receipt]:
        return queryset.filter(flow=self.value()) if self.value() else queryset


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    """Receipts as they were transmitted: company and person by their names of that day."""

    list_display = [
        *("number", "company_name", "identification_number", "person_name", "user_code"),
        *("transmitted_at", "flow", "outcome"),
    ]
    filters_of_a_search = (FlowFilter,)
    search_fields = ["number", "company", "transmitted_by"]
    search_help_text = _(
        "The number of an acknowledgment, or what finds the company or the person: a number, "
        "a user code, an e-mail address, a name."
    )
    ordering = ["-transmitted_at", "-pk"]

    def search(self, rows: QuerySet, typed: Typed) -> Iterable[Step]:
        if typed.code.startswith(NUMBERS_BEGIN):
            yield InTheOrderOfIndexes(beginning_with(rows, "number", typed.code, LONGEST_NUMBER))
            return
        owners, authors = find_companies(typed), find_people(typed)
        yield InTheOrderOfIndexes(
            rows.filter(company__in=owners.keys),
            rows.filter(transmitted_by__in=authors.keys),
            is_partial=owners.is_more or authors.is_more,
        )
