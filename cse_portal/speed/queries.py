"""Queries that are asked again and again: built and compiled once, prepared by PostgreSQL.

Building a query and writing its SQL costs Django more than PostgreSQL spends answering it. A
`Compiled` query is written with Django's own methods, once for a process; afterwards only its
values (`Given`) change. The company's scope holds as for any other query: it is filtered by the
company under way, or across companies inside such a block, and fatal outside of both.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, Count, Field, Func, QuerySet, Value
from django.db.models.query import (
    ModelIterable,
    ValuesIterable,
    ValuesListIterable,
    get_related_populators,
)
from django.db.transaction import TransactionManagementError

from cse_portal.companies.scopes import EVERY_COMPANY, company_scope, scope_under_way

ONE, ACROSS, OUTSIDE = "one company", "every company", "no scope"
#: the name under which the company under way is given
COMPANY = "company_under_way"
Ready = TypeVar("Ready")


def ask(question: str, values: Sequence[Any]) -> list[Any]:
    """The rows that PostgreSQL answers to a statement that it prepares, and plans, once."""
    connection: Any = connections[DEFAULT_DB_ALIAS]
    return connection.ask(question, values)


class Given(Value):
    """Stands in a compiled query for a value that each call gives by its name."""

    def __init__(self, name: str, output_field: "Field[Any, Any] | None" = None) -> None:
        super().__init__(name, output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    @property
    def pk(self) -> "Given":
        """As the company under way, it is its own key."""
        return self


def values_of(params: Sequence[Any], given: dict[str, Any]) -> list[Any]:
    """What is sent to PostgreSQL with a statement."""
    return [given[one.name] if isinstance(one, Given) else one for one in params]


class IsAmong(Func):
    """SQL: the column is one of a list that is given."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


class InScopes(Generic[Ready]):
    """What is compiled once within a company's scope, once across them, once outside of both."""

    def __init__(self, compile_it: Callable[[], Ready]) -> None:
        self._compile_it = compile_it
        self._ready: dict[str, Ready] = {}

    def for_the_scope_under_way(self, given: dict[str, Any]) -> Ready:
        """What is ready to be asked; `given` gets the company under way."""
        scope = scope_under_way()
        if scope is None:
            within = OUTSIDE
        elif scope is EVERY_COMPANY:
            within = ACROSS
        else:
            within, given[COMPANY] = ONE, scope.pk
        ready = self._ready.get(within)
        if ready is None:  # and each time anew, outside of any scope, where a company's rows are
            ready = self._ready[within] = self._compile(is_scoped=within == ONE)
        return ready

    def _compile(self, *, is_scoped: bool) -> Ready:
        if not is_scoped:
            return self._compile_it()
        with company_scope(Given(COMPANY)):  # filters as a company would
            return self._compile_it()


class Compiled:
    """A query built by `build`, whose rows are read by `all`, `first` or `get`.

    If it is `sliced`, each call gives a `limit` and an `offset`.
    """

    def __init__(self, build: Callable[[], "QuerySet[Any]"], *, sliced: bool = False) -> None:
        self._build = build
        self._ready = InScopes(lambda: _Ready(build(), is_sliced=sliced))

    def all(self, **given: Any) -> list[Any]:
        """What the queryset would yield with these values."""
        return self._ready.for_the_scope_under_way(given).rows(given)

    def first(self, **given: Any) -> Any:
        """The first of them, or None."""
        found = self.all(**given)
        return found[0] if found else None

    def get(self, **given: Any) -> Any:
        """The first of them. Raises their model's DoesNotExist when there is none."""
        found = self.first(**given)
        if found is None:
            raise self._build().model.DoesNotExist
        return found


class InPages(Sequence[Any]):
    """The rows of a compiled query that is sliced, as a Paginator asks for them."""

    ordered = True

    def __init__(self, rows: Compiled, count: Compiled, **given: Any) -> None:
        self._rows, self._count, self._given = rows, count, given

    def count(self, value: Any = None) -> int:
        counted = self._count.first(**self._given)
        return counted["count"] if counted else 0

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, asked: Any) -> Any:
        start, stop = asked.start or 0, asked.stop
        return self._rows.all(limit=stop - start, offset=start, **self._given)


def counted(rows: "QuerySet[Any]", **counts: Count) -> "QuerySet[Any]":
    """One row of counts, by their names; no row where nothing is counted."""
    return rows.order_by().annotate(all=Value(1)).values("all").annotate(**counts).values(*counts)


class _Ready:
    """SQL, and the way from its rows to instances, or to what `values()` gives: found once too."""

    def __init__(self, queryset: "QuerySet[Any]", *, is_sliced: bool) -> None:
        self.compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        self.sql, params = self.compiler.as_sql()
        self.locks = queryset.query.select_for_update
        self.params = list(params)
        if is_sliced:
            self.sql += " LIMIT %s OFFSET %s"
            self.params += [Given("limit"), Given("offset")]
        self.converters = self.compiler.get_converters([one[0] for one in self.compiler.select])
        self.made_of = _MAKERS[queryset._iterable_class](self.compiler)

    def rows(self, given: dict[str, Any]) -> list[Any]:
        if self.locks and connections[DEFAULT_DB_ALIAS].get_autocommit():
            # Django asks this only when it writes the statement
            raise TransactionManagementError("A lock holds until the end of a transaction.")
        found: Any = ask(self.sql, values_of(self.params, given))
        if self.converters:
            found = self.compiler.apply_converters(found, self.converters)
        return [self.made_of(row) for row in found]


MadeOf = Callable[[Sequence[Any]], Any]


def _instances(compiler: Any) -> MadeOf:
    """As Django's ModelIterable: a row's own columns, those of related rows, annotations."""
    info = compiler.klass_info
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [one[0].target.attname for one in compiler.select[start:end]]
    populators: Any = get_related_populators
    related = populators(info, compiler.select, DEFAULT_DB_ALIAS)
    annotations = list(compiler.annotation_col_map.items())
    from_db = info["model"].from_db

    def made_of(row: Sequence[Any]) -> Any:
        made = from_db(DEFAULT_DB_ALIAS, names, row[start:end])
        for one in related:
            one.populate(row, made)
        for name, place in annotations:
            setattr(made, name, row[place])
        return made

    return made_of


def _values(compiler: Any) -> MadeOf:
    """As Django's ValuesIterable: a dictionary."""
    names = list(compiler.query.selected)
    return lambda row: dict(zip(names, row, strict=True))


#: by what the queryset's rows are: instances, `values()`, `values_list()`
_MAKERS: dict[Any, Callable[[Any], MadeOf]] = {
    ModelIterable: _instances,
    ValuesIterable: _values,
    ValuesListIterable: lambda _compiler: tuple,
}
