"""Django 6.1: querysets say how missing values are fetched; a first row may be in no order."""

from collections.abc import Iterator
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet
from django.db.models import query as of_django
from django.db.models.sql.query import Query

from cse_portal.speed.adapters import django_6_0
from cse_portal.speed.adapters.needs import Call, Need


class Adapter(django_6_0.Adapter):
    """All that the annex asks of Django 6.1 beyond its documentation."""

    def needs_of_querysets(self) -> Iterator[Need | Call]:
        yield from super().needs_of_querysets()
        no_model: Any = None
        yield Need(QuerySet(), ("_fetch_mode",))
        yield Need(Query(no_model), ("default_ordering",))
        yield Need(of_django, ("FETCH_ONE",))

    def call_of_populators(self) -> Call:
        arguments = ("klass_info", "select", "db", "fetch_mode")
        return Call(of_django.get_related_populators, arguments)

    def why_not_compiled(self, queryset: Any) -> str:
        reason = super().why_not_compiled(queryset)
        if not reason and queryset._fetch_mode is not self.fetch_one:
            return "its rows fetch what they lack in a way of their own"
        return reason

    def first_is_as_it_comes(self, queryset: Any) -> bool:
        """Since 6.1, the first row of `order_by()` is any row."""
        return super().first_is_as_it_comes(queryset) or not queryset.query.default_ordering

    def populators(self, info: Any, select: Any) -> list[Any]:
        make: Any = of_django.get_related_populators
        return list(make(info, select, DEFAULT_DB_ALIAS, self.fetch_one))

    @property
    def fetch_one(self) -> Any:
        """A missing value is fetched alone, as Django does unless it is told otherwise."""
        return vars(of_django)["FETCH_ONE"]
