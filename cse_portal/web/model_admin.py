"""Base classes of the admin: rows that officers change, and rows that they only read."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.forms import CharField, Field
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from cse_portal.acting.door import acting_as
from cse_portal.acting.permissions import Verb
from cse_portal.pages.fields import TOO_LONG
from cse_portal.search.finding import MOST, Step, find
from cse_portal.search.typed import Typed
from cse_portal.web.bounded_list import BY_FILTERS, BoundedList, BoundedPaginator

MORE_FOUND = _("There are more than these %(most)d: make your search more precise.")

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


class PortalAdmin(LengthIsTold, admin.ModelAdmin):
    """A list in the admin, narrowed only by its own filters, as quick among millions of rows.

    Its `ordering`, and each filter in that order, is served by an index, and so is each step of its
    search: `tests/kernel/test_admin_among_many.py` asks PostgreSQL for its plans.
    """

    #: whether there will never be more than some hundreds of rows: Django's own ways do then
    is_small = False
    #: whether rows are listed before anybody searches
    is_listed = True
    #: filters of the rows that a search found, which no index serves alone
    filters_of_a_search: tuple[Any, ...] = ()

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_max_show_all = 0
    list_per_page = MOST

    def search(self, rows: QuerySet, typed: Typed) -> Iterable[Step]:
        """The steps that find rows by what was typed; `search_fields` names their columns."""
        raise NotImplementedError(f"{type(self).__name__} does not say by which indexes it finds.")

    def get_search_results(
        self, request: Any, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        if not search_term.strip():
            return queryset, False
        try:
            typed = Typed.read(search_term)
        except ValidationError as refusal:
            request.told_of_search = refusal.messages[0]
            return queryset.none(), False
        if self.is_small:
            return super().get_search_results(request, queryset, typed.text)
        found = find(self.search(queryset, typed))
        request.rows_found = len(found.keys)
        if found.is_more:
            request.told_of_search = MORE_FOUND % {"most": MOST}
        return queryset.filter(pk__in=found.keys), False

    def get_paginator(self, request: Any, *arguments: Any, **named: Any) -> BoundedPaginator:
        """Nobody counts again what a search found."""
        paginator = BoundedPaginator(*arguments, **named)
        if (found := getattr(request, "rows_found", None)) is not None:
            paginator.found = found
        return paginator

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedList]:
        return BoundedList

    def get_list_filter(self, request: HttpRequest) -> Any:
        own = tuple(super().get_list_filter(request))
        is_searched = bool(request.GET.get("q", "").strip())
        return own + self.filters_of_a_search if is_searched else own

    def get_sortable_by(self, request: HttpRequest) -> Any:
        is_searched = bool(request.GET.get("q", "").strip())
        return super().get_sortable_by(request) if self.is_small or is_searched else ()

    def response_action(
        self, request: HttpRequest, queryset: QuerySet, *where: Any, **named: Any
    ) -> Any:  # Django 6.1 names where the action was chosen
        """On the rows that are ticked, never on all that there may be."""
        posted = request.POST.copy()
        posted.pop("select_across", None)
        request.POST = posted  # type: ignore[assignment]  # Django's own is immutable
        return super().response_action(request, queryset, *where, **named)

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
