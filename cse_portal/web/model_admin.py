"""Base classes of the admin: rows that officers change, and rows that they only read."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import CharField, Field
from django.http import HttpRequest, HttpResponse

from cse_portal.acting.door import acting_as
from cse_portal.acting.permissions import Verb
from cse_portal.pages.fields import TOO_LONG

Result = TypeVar("Result")


class LengthIsTold(BaseModelAdmin):
    """Fields that cut nothing of what is pasted, as those of the portal's own pages."""

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Field | None:
        field: Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, CharField):
            field.widget.attrs.pop("maxlength", None)
            field.error_messages["max_length"] = TOO_LONG
        return field


class OfficersAdmin(LengthIsTold, admin.ModelAdmin):
    """Rows that officers change; each change reads the officer again (`acting_as`)."""

    verb = Verb.CHANGE_REFERENCE_DATA
    #: the verb for a new row, if different
    add_verb: Verb | None = None

    def changeform_view(
        self,
        request: Any,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        arguments = request, object_id, form_url, extra_context
        if request.method != "POST":
            return super().changeform_view(*arguments)
        return self._as_officer(request, object_id, super().changeform_view, *arguments)

    def delete_view(
        self, request: Any, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        arguments = request, object_id, extra_context
        if request.method != "POST":
            return super().delete_view(*arguments)
        return self._as_officer(request, object_id, super().delete_view, *arguments)

    def delete_queryset(self, request: Any, queryset: QuerySet) -> None:
        self._as_officer(request, None, super().delete_queryset, request, queryset)

    def _as_officer(
        self, request: Any, object_id: str | None, view: Callable[..., Result], *arguments: object
    ) -> Result:
        """Call a view of Django's admin with the officer read again as the request's user."""
        about = [] if object_id is None else [self.get_object(request, object_id)]
        verb = self.verb if object_id else self.add_verb or self.verb
        with transaction.atomic(), acting_as(request.user, verb, about) as officer:
            request.user = officer
            return view(*arguments)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that officers read and nobody changes in the admin."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
