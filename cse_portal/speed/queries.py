"""Queries that are asked again and again: compiled once by Django, prepared once by PostgreSQL.

Building a query and writing its SQL costs Django more than PostgreSQL spends answering it. In an
app's `queries.py`:

    @compiled
    def held(company: int, key: int) -> QuerySet[Proxy]:
        return Proxy.objects.held_by(company).filter(pk=key)

`held.plain(3, 7)` is the queryset as Django would ask it; `held.first(3, 7)`, `held.get(3, 7)`,
`held.all(3, 7)` and `held.slice(0, 25, 3, 7)` read the same rows by a prepared statement. The
function is called once for a process, with a `Parameter` for each argument. The company's scope
holds as for any other query: rows are filtered by the current company, or across companies inside
such a block, and the query is fatal outside of both.

With the setting `CSE_PLAIN`, all of them read `plain`.
"""

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import date, datetime
from functools import update_wrapper
from typing import Any, Generic, NamedTuple, NoReturn, ParamSpec, TypeVar, get_args, get_origin
from uuid import UUID

from django import VERSION
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Aggregate, Count, Field, QuerySet, Value
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    ValuesIterable,
    ValuesListIterable,
    get_related_populators,
)
from django.db.transaction import TransactionManagementError

from cse_portal.companies.scopes import EVERY_COMPANY, company_scope, current_scope

#: which of a queryset's rows are read
Shape = Callable[[Any], Any]
P = ParamSpec("P")
Row = TypeVar("Row")
#: the name under which the current company is given
CURRENT_COMPANY = "current_company"
#: all compiled queries, in the order in which they are declared
COMPILED: "list[Compiled[..., Any]]" = []


class CannotBeCompiled(TypeError):
    """What a compiled query can't do as Django would."""


def fetch_rows(sql: str, values: Sequence[Any]) -> list[Any]:
    """The rows of a statement that PostgreSQL prepares, and plans, once."""
    connection: Any = connections[DEFAULT_DB_ALIAS]
    if settings.CSE_PLAIN:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            rows: list[Any] = cursor.fetchall()
            return rows
    return connection.fetch_prepared(sql, values)


# --- the arguments --------------------------------------------------------------------------------


class Kind(NamedTuple):
    """A type of argument: the field that stands for it in SQL, and what is accepted for it."""

    field: type["Field[Any, Any]"]
    accepts: Callable[[Any], bool]


KINDS: dict[Any, Kind] = {
    int: Kind(models.BigIntegerField, lambda v: isinstance(v, int) and not isinstance(v, bool)),
    str: Kind(models.CharField, lambda v: isinstance(v, str)),
    UUID: Kind(models.UUIDField, lambda v: isinstance(v, UUID)),
    # as Django would convert them, a day is not an instant
    date: Kind(models.DateField, lambda v: isinstance(v, date) and not isinstance(v, datetime)),
    datetime: Kind(
        models.DateTimeField, lambda v: isinstance(v, datetime) and v.tzinfo is not None
    ),
}


def is_asked_by_django() -> bool:
    """Whether the special method that asks was called by Django, which looks at its expressions."""
    caller = sys._getframe(2).f_globals.get("__name__", "")
    return str(caller).startswith("django.")


class Parameter(Value):
    """Stands for an argument while the function is compiled.

    It can be compared by a lookup of Django's, and nothing else: what Python would decide by the
    value itself (`if`, `==`, `str()`, `+`) would be decided once for all values, and is refused.
    """

    def __init__(self, name: str, kind: Kind, *, is_list: bool = False) -> None:
        super().__init__(name, output_field=kind.field())
        self.name, self.kind, self.is_list = name, kind, is_list

    def accepts(self, value: Any) -> bool:
        """Whether the value is of the type that the function's annotation says; None never is."""
        if self.is_list:
            return isinstance(value, list) and all(map(self.kind.accepts, value))
        return self.kind.accepts(value)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return (ANY if self.is_list else "%s"), [self]

    def _refuse(self, *_other: object) -> NoReturn:
        raise CannotBeCompiled(f"The query depends on the value of “{self.name}” in Python.")

    _combine = __str__ = __format__ = _refuse

    def __bool__(self) -> bool:
        return is_asked_by_django() or self._refuse()

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) if is_asked_by_django() else self._refuse()

    __hash__ = Value.__hash__


class _CurrentCompany(Parameter):
    """Stands for the company of the scope; it is its own key."""

    @property
    def pk(self) -> Parameter:
        return self


ANY = "ANY(%s)"


def _parameters_of(function: Callable[..., Any]) -> dict[str, Parameter]:
    found = {}
    for name, one in inspect.signature(function).parameters.items():
        is_list = get_origin(one.annotation) is list
        kind = KINDS.get(get_args(one.annotation)[0] if is_list else one.annotation)
        if kind is None or one.default is not one.empty or one.kind != one.POSITIONAL_OR_KEYWORD:
            raise CannotBeCompiled(
                f"{function.__qualname__}: “{one}” is not an argument without default, annotated "
                "as int, str, UUID, date, datetime or a list of these."
            )
        found[name] = Parameter(name, kind, is_list=is_list)
    return found


# --- the queries ----------------------------------------------------------------------------------


class Compiled(Generic[P, Row]):
    """A query whose SQL is written once. Raises CannotBeCompiled for what it can't do.

    An argument of another type than its annotation's, None included, is refused at each call.
    """

    __name__: str

    def __init__(self, function: "Callable[P, QuerySet[Any, Row]]") -> None:
        update_wrapper(self, function)  # type: ignore[arg-type]
        #: the queryset as Django would ask it
        self.plain = function
        self._parameters = _parameters_of(function)
        self._statements: dict[Any, _Statement] = {}

    def __repr__(self) -> str:
        return f"{self.__module__}.{self.__name__}"

    def all(self, *args: P.args, **kwargs: P.kwargs) -> list[Row]:
        """Its rows."""
        return self._read(whole, self._given(args, kwargs))

    def first(self, *args: P.args, **kwargs: P.kwargs) -> Row | None:
        """The first row, by key if the query says no order; None if there is none."""
        return next(iter(self._read(first_of, self._given(args, kwargs))), None)

    def get(self, *args: P.args, **kwargs: P.kwargs) -> Row:
        """The only row. Raises the model's DoesNotExist, MultipleObjectsReturned."""
        rows = self.all(*args, **kwargs)
        if len(rows) == 1:
            return rows[0]
        model = self.plain(*args, **kwargs).model
        raise model.MultipleObjectsReturned if rows else model.DoesNotExist

    def slice(self, start: int, stop: int, *args: P.args, **kwargs: P.kwargs) -> list[Row]:
        """Its rows from one to another, as a list is sliced."""
        return self._read(whole, self._given(args, kwargs), limit=stop - start, offset=start)

    def count(self, *args: P.args, **kwargs: P.kwargs) -> int:
        """How many rows there are."""
        return sum(one["count"] for one in self._read(count_of, self._given(args, kwargs)))

    def _given(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        given = dict(zip(self._parameters, args, strict=False)) | kwargs
        if len(args) + len(kwargs) != len(given) or given.keys() != self._parameters.keys():
            inspect.signature(self.plain).bind(*args, **kwargs)  # raises, with what is wrong
        for name, parameter in self._parameters.items():
            if not parameter.accepts(given[name]):
                raise CannotBeCompiled(f"{self}: {name}={given[name]!r}")
        return given

    def _read(self, shape: Shape, given: dict[str, Any], **bounds: int) -> list[Any]:
        if settings.CSE_PLAIN:
            queryset = shape(self.plain(**given))  # type: ignore[call-arg]
            start = bounds.get("offset", 0)
            return list(queryset[start : start + bounds["limit"]] if bounds else queryset)
        return self._for_current_scope(shape, given | bounds, is_sliced=bool(bounds))

    def _for_current_scope(
        self, shape: Shape, given: dict[str, Any], *, is_sliced: bool
    ) -> list[Any]:
        """By what is compiled once within a company's scope, across them, outside of both."""
        scope = current_scope()
        if scope is None:
            within = "no scope"
        elif scope is EVERY_COMPANY:
            within = "every company"
        else:
            within, given[CURRENT_COMPANY] = "one company", scope.pk
        key = shape, is_sliced, within
        if key not in self._statements:  # and each time, outside of any scope, where it is fatal
            inside = _CurrentCompany(CURRENT_COMPANY, KINDS[int])
            with company_scope(inside) if within == "one company" else nullcontext():
                self._statements[key] = self._compile(shape, is_sliced=is_sliced)
        return self._statements[key].rows(given)

    def _compile(self, shape: Shape, *, is_sliced: bool) -> "_Statement":
        queryset: Any = self.plain(**self._parameters)  # type: ignore[call-arg, arg-type]
        if reason := why_not_compiled(queryset):
            raise CannotBeCompiled(f"{self}: {reason}")
        try:
            statement = _Statement(shape(queryset), is_sliced=is_sliced)
        except EmptyResultSet:
            raise CannotBeCompiled(f"{self}: it has no rows, whatever its arguments") from None
        if unused := self._parameters.keys() - statement.names:
            raise CannotBeCompiled(f"{self}: its SQL has no {', '.join(unused)}")
        return statement


def compiled(function: "Callable[P, QuerySet[Any, Row]]") -> Compiled[P, Row]:
    """Make a compiled query of a function that builds a queryset."""
    query = Compiled(function)
    COMPILED.append(query)
    return query


def whole(queryset: Any) -> Any:
    """The queryset itself."""
    return queryset


def first_of(queryset: Any) -> Any:
    """What Django's `first` asks; rows that are grouped come as they are."""
    is_in_order = queryset.ordered or isinstance(queryset.query.group_by, tuple)
    return (queryset if is_in_order else queryset.order_by("pk"))[:1]


def count_of(queryset: Any) -> Any:
    """One row of how many rows there are."""
    if queryset.query.group_by is not None or queryset.query.select_for_update:
        raise CannotBeCompiled("It groups or locks: count the rows of another.")
    return counted(queryset, count=Count("*"))


def why_not_compiled(queryset: Any) -> str:
    """What a queryset has that is not in its SQL; empty when nothing stands in the way."""
    query = getattr(queryset, "query", None)
    if query is None:
        return "it is not a queryset"
    reasons = {
        "prefetch_related asks queries of its own": queryset._prefetch_related_lookups,
        "a related manager’s rows hold its instance": queryset._known_related_objects,
        "it is sliced: ask for a slice at the call": query.is_sliced,
        "it is combined with another": query.combinator,
        "it has extra columns": query.extra,
        "it names a database": queryset._db,
        "its rows are neither instances, dictionaries nor tuples": queryset._iterable_class
        not in _READERS,
    }
    return next((reason for reason, stands in reasons.items() if stands), "")


class InPages(Sequence[Row]):
    """The rows of a compiled query, as a Paginator asks for them; `rows` gives a slice."""

    ordered = True

    def __init__(self, count: int, rows: Callable[[int, int], list[Row]]) -> None:
        self._count, self._rows = count, rows

    def count(self, value: Any = None) -> int:
        return self._count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, asked: Any) -> Any:
        return self._rows(asked.start or 0, asked.stop)


def counted(rows: "QuerySet[Any]", **counts: Aggregate) -> "QuerySet[Any, dict[str, Any]]":
    """One row of counts, by their names; no row where nothing is counted."""
    alone = rows.order_by().annotate(all=Value(1)).values("all")
    return alone.annotate(**counts).values(*counts)


# --- the statements -------------------------------------------------------------------------------


class _Statement:
    """SQL, and the way from its rows to instances, or to what `values()` gives: found once too."""

    def __init__(self, queryset: "QuerySet[Any, Any]", *, is_sliced: bool) -> None:
        self.compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        sql, params = self.compiler.as_sql()
        self.sql, self.params = sql.replace(f"IN {ANY}", f"= {ANY}"), list(params)
        if sql.count(f"IN {ANY}") != sum(
            one.is_list for one in params if isinstance(one, Parameter)
        ):
            raise CannotBeCompiled("A list is compared by “in”.")
        self.locks = queryset.query.select_for_update
        if is_sliced:
            self.sql += " LIMIT %s OFFSET %s"
            self.params += [Parameter("limit", KINDS[int]), Parameter("offset", KINDS[int])]
        for constant in self.params:
            if isinstance(constant, date):  # or an instant: it would stay that of the first call
                raise CannotBeCompiled(f"{constant} is in the SQL: make it an argument.")
        self.names = {one.name for one in self.params if isinstance(one, Parameter)}
        self.converters = self.compiler.get_converters([one[0] for one in self.compiler.select])
        self.read = _READERS[queryset._iterable_class](self.compiler)

    def rows(self, given: Mapping[str, Any]) -> list[Any]:
        if self.locks and connections[DEFAULT_DB_ALIAS].get_autocommit():
            # Django asks this only when it writes the statement
            raise TransactionManagementError("A lock holds until the end of a transaction.")
        values = [given[one.name] if isinstance(one, Parameter) else one for one in self.params]
        rows: Any = fetch_rows(self.sql, values)
        if self.converters:
            rows = self.compiler.apply_converters(rows, self.converters)
        return [self.read(row) for row in rows]


Reader = Callable[[Sequence[Any]], Any]


def _instances(compiler: Any) -> Reader:
    """As Django's ModelIterable: a row's own columns, those of related rows, annotations."""
    info = compiler.klass_info
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [one[0].target.attname for one in compiler.select[start:end]]
    populators: Any = get_related_populators
    fetch_mode = [getattr(models, "FETCH_ONE")] if VERSION >= (6, 1) else []  # noqa: B009
    related = populators(info, compiler.select, DEFAULT_DB_ALIAS, *fetch_mode)
    annotations = list(compiler.annotation_col_map.items())
    from_db = info["model"].from_db

    def instance(row: Sequence[Any]) -> Any:
        made = from_db(DEFAULT_DB_ALIAS, names, row[start:end])
        for one in related:
            one.populate(row, made)
        for name, place in annotations:
            setattr(made, name, row[place])
        return made

    return instance


def _dictionaries(compiler: Any) -> Reader:
    """As Django's ValuesIterable."""
    names = list(compiler.query.selected)
    return lambda row: dict(zip(names, row, strict=True))


#: by what the queryset's rows are: instances, `values()`, `values_list()`
_READERS: dict[Any, Callable[[Any], Reader]] = {
    ModelIterable: _instances,
    ValuesIterable: _dictionaries,
    ValuesListIterable: lambda _compiler: tuple,
    FlatValuesListIterable: lambda _compiler: lambda row: row[0],
}
