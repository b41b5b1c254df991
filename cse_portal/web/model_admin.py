"""Base classes of the admin: rows that officers change, and rows that they only read."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
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


#: how the filters of Django's admin ask for a value: itself, its bounds, the key of a row
BY_FILTERS = {"", "exact", "isnull", "gte", "lt", "id__exact"}


class PortalAdmin(LengthIsTold, admin.ModelAdmin):
    """A list in the admin, narrowed only by its own filters."""

    def lookup_allowed(self, lookup: str, value: object, request: HttpRequest) -> bool:
        """Whether an address may narrow the list by it: only by what the filters offer.

        Django lets an address name any column of the row, with any comparison: a password's digest
        could be guessed letter by letter, or PostgreSQL be asked for the day of an instant, which
        needs its zone files. A name of no column is left to Django, which ignores it; a NUL could
        not be sent to PostgreSQL.
        """
        if "\x00" in str(value):
            return False
        column, _by, comparison = lookup.partition(LOOKUP_SEP)
        try:
            self.opts.get_field(column)
        except FieldDoesNotExist:
            return True
        offered = {getattr(one, "parameter_name", one) for one in self.get_list_filter(request)}
        return column in offered and comparison in BY_FILTERS


class OfficersAdmin(PortalAdmin):
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
        """Call a view of Django's admin with the officer read again as the request's user.

        When PostgreSQL refuses what the form took, somebody has changed something in between: the
        view is called once more, and the form says it beside the field.
        """
        about = [] if object_id is None else [self.get_object(request, object_id)]
        verb = self.verb if object_id else self.add_verb or self.verb

        def call() -> Result:
            with transaction.atomic(), acting_as(request.user, verb, about) as officer:
                request.user = officer
                return view(*arguments)

        try:
            return call()
        except IntegrityError:
            return call()


class ReadOnlyAdmin(PortalAdmin):
    """Rows that officers read and nobody changes in the admin."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
