"""Proxies and assignments in the admin, read-only."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

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
    list_filter = ["ends_on"]
    search_fields = ["description", "mandator__name__unaccent", "agent__name__unaccent"]
    ordering = ["-given_at"]
    exclude = ["holder"]
    inlines = [AccessRightInline]

    @admin.display(description=_("state"))
    def state(self, proxy: Proxy) -> str:
        return str(proxy.state.label)


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ["user", "proxy", "company", "mandator", "assigned_at", "ended_at"]
    list_select_related = ["user", "proxy", "company", "mandator"]
    search_fields = ["user__family_name__unaccent", "user__user_code", "proxy__description"]
    ordering = ["-assigned_at"]
