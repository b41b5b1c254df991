"""The histories of accounts, for officers."""

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
from notices import letter_admin  # noqa: F401 - registers the letters
from notices.happenings import HAPPENINGS
from notices.models import Event


class KindFilter(admin.SimpleListFilter):
    """Events of one kind, by its title."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        in_order = sorted(HAPPENINGS.values(), key=lambda happening: happening.step)
        return [(happening.kind, str(happening.title)) for happening in in_order]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["at", "company", "kind_title", "done_by", "sentence"]
    filters_of_a_search = (KindFilter,)
    list_select_related = ["company", "by"]
    search_fields = ["company", "by"]
    search_help_text = _(
        "What finds the company or the person: a number, a user code, an e-mail address, a name."
    )
    fields = ["company", "kind_title", "at", "by", "by_party", "about", "facts", "receipt"]

    def search(self, rows: QuerySet, typed: Typed) -> Iterable[Step]:
        owners, authors = find_companies(typed), find_people(typed)
        yield InTheOrderOfIndexes(
            rows.filter(company__in=owners.keys),
            rows.filter(by__in=authors.keys),
            is_partial=owners.is_more or authors.is_more,
        )

    @admin.display(description=_("by"))
    def done_by(self, event: Event) -> str:
        return event.done_by

    @admin.display(description=_("kind"), ordering="kind")
    def kind_title(self, event: Event) -> str:
        return event.title
