"""Lists of the admin that cost the same among millions of rows.

Django counts all rows, lets an address order them by any column, and leafs through to the last:
each reads the whole table. Here a list shows its first four hundred rows, in the order of an index;
a search shows its first forty, and these are ordered by any column.
"""

from typing import Any

from django import forms
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

#: rows that a list shows; beyond them one has to search
MOST_LISTED = 400

MORE_LISTED = _("These are the first four hundred: search to find others.")
SEARCH_FIRST = _("Nothing is listed until you search.")


class BoundedPaginator(Paginator):
    """Pages of the first four hundred rows. Nobody counts, or skips, what comes after them."""

    @cached_property
    def found(self) -> int:
        """How many rows there are, one more than are shown at most.

        In their order, else PostgreSQL reads the table; but not where each row would be given a key
        to be put in order by.
        """
        rows: Any = self.object_list
        if any(not isinstance(one, str) for one in rows.query.order_by):
            rows = rows.order_by("pk")
        return int(rows[: MOST_LISTED + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self.found, MOST_LISTED)

    @property
    def is_more(self) -> bool:
        return self.found > MOST_LISTED


class SearchForm(forms.Form):
    """What was typed, whatever it is: `search.typed` reads it, and says what is wrong with it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEARCH_VAR] = forms.Field(required=False)


#: how the filters of Django's admin ask for a value: itself, its bounds, the key of a row
BY_FILTERS = {"", "exact", "isnull", "gte", "lt", "id__exact"}


def is_of(parameter: str, name: str) -> bool:
    """Whether a parameter of an address is one of a filter's."""
    column, _by, comparison = parameter.partition(LOOKUP_SEP)
    return column == name and comparison in BY_FILTERS


class BoundedList(ChangeList):
    """A list of the admin's, in the order of an index unless it is short."""

    search_form_class = SearchForm
    model_admin: Any  # a PortalAdmin

    def url_for_result(self, result: Any) -> str:
        """With the way back to this list, which Django composes anew for each row."""
        if self.way_back is None:
            self.way_back, self.preserved_filters = self.preserved_filters, ""
        url = super().url_for_result(result)
        return f"{url}?{self.way_back}" if self.way_back else url

    #: the parameters that lead back here, once it is asked for
    way_back: str | None = None
    #: whether the address names a filter of what a search found, and no search
    is_early = False

    def get_filters_params(self, params: Any = None) -> Any:
        """Without those of the filters that wait for a search."""
        asked = super().get_filters_params(params)
        if not self.query.strip():
            for withheld in self.model_admin.filters_of_a_search:
                filter_name = getattr(withheld, "parameter_name", withheld)
                early = [name for name in asked if is_of(name, filter_name)]
                self.is_early |= bool(early)
                for one in early:
                    del asked[one]
        return asked

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> Any:
        """By a column that an address names only where few rows are to be put in order."""
        if not (self.model_admin.is_small or self.query.strip()):
            self.params.pop(ORDER_VAR, None)
        return super().get_ordering(request, queryset)

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        rows = super().get_queryset(request, exclude_parameters)
        if told := getattr(request, "told_of_search", None):
            self.search_help_text = told
        elif self.is_early or not (self.model_admin.is_listed or self.query.strip()):
            self.search_help_text = f"{SEARCH_FIRST} {self.search_help_text or ''}"
            return rows.none()
        return rows

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if self.paginator.is_more:
            self.search_help_text = f"{MORE_LISTED} {self.search_help_text or ''}"
