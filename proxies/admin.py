"""Proxies and assignments in the admin, read-only."""

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cse_portal.search.companies import find_companies
from cse_portal.search.finding import InTheOrderOfIndexes, Step
from cse_portal.search.people import find_people
from cse_portal.search.typed import Typed
from cse_portal.web.model_admin import ReadOnlyAdmin
from proxies.models import AccessRight, Assignment, Proxy


class AccessRightInline(admin.TabularInline):
    model = AccessRight
    fields = ("ministry", "scope", "ticked", "granted_at", "ended_at")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("services")

    @admin.display(description=_("services"))
    def ticked(self, right: AccessRight) -> str:
        return " · ".join(service.name for service in right.services.all()) or "–"


@admin.register(Proxy)
class ProxyAdmin(ReadOnlyAdmin):
    list_display = ["description", "mandator", "agent", "ends_on", "state"]
    list_select_related = ["mandator", "agent"]
    is_listed = False
    filters_of_a_search = ("ends_on",)
    search_fields = ["mandator", "agent"]
    search_help_text = _("The number or the name of the mandator or of the agent.")
    ordering = ["-given_at", "-pk"]
    exclude = ["holder"]
    inlines = [AccessRightInline]

    def search(self, rows: QuerySet, typed: Typed) -> Iterable[Step]:
        parties = find_companies(typed)
        yield InTheOrderOfIndexes(
            rows.filter(mandator__in=parties.keys),
            rows.filter(agent__in=parties.keys),
            is_partial=parties.is_more,
        )

    @admin.display(description=_("state"))
    def state(self, proxy: Proxy) -> str:
        return str(proxy.state.label)


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ["user", "proxy", "company", "mandator", "assigned_at", "ended_at"]
    list_select_related = ["user", "proxy", "company", "mandator"]
    is_listed = False
    search_fields = ["user", "company", "mandator"]
    search_help_text = _(
        "What finds the person or a company: a user code, an e-mail address, a name, a number."
    )
    ordering = ["-assigned_at", "-pk"]

    def search(self, rows: QuerySet, typed: Typed) -> Iterable[Step]:
        parties, holders = find_companies(typed), find_people(typed)
        yield InTheOrderOfIndexes(
            rows.filter(user__in=holders.keys),
            rows.filter(company__in=parties.keys),
            rows.filter(mandator__in=parties.keys),
            is_partial=parties.is_more or holders.is_more,
        )
