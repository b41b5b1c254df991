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

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Aggregate, Count, Field, QuerySet, Value
from django.db.transaction import TransactionManagementError

from cse_portal.companies.scopes import EVERY_COMPANY, company_scope, current_scope
from cse_portal.speed.adapters import django

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

    __str__ = __format__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse
    __truediv__ = __rtruediv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = _refuse
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __invert__ = _refuse

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
            return read_plainly(self.plain(**given), shape, **bounds)  # type: ignore[call-arg]
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
        if reason := django().why_not_compiled(queryset):
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


def read_plainly(
    queryset: Any, shape: Shape, *, limit: int | None = None, offset: int = 0
) -> list[Any]:
    """What Django reads of the queryset itself."""
    if shape is count_of:
        return [{"count": queryset.count()}]
    if limit is not None:
        return list(queryset[offset : offset + limit])
    if shape is whole:
        return list(queryset)
    try:
        first = queryset.first()
    except TypeError:  # Django knows no first one of rows that are grouped: they come as they are
        return list(queryset[:1])
    return [] if first is None else [first]


def whole(queryset: Any) -> Any:
    """The queryset itself."""
    return queryset


def first_of(queryset: Any) -> Any:
    """What Django's `first` asks; rows that are grouped come as they are."""
    return (queryset if django().first_is_as_it_comes(queryset) else queryset.order_by("pk"))[:1]


def count_of(queryset: Any) -> Any:
    """One row of how many rows there are."""
    if django().groups_or_locks(queryset):
        raise CannotBeCompiled("It groups or locks: count the rows of another.")
    return counted(queryset, count=Count("*"))


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
        sql, params, self.locks, self.convert, self.read = django().written(queryset)
        self.sql, self.params = sql.replace(f"IN {ANY}", f"= {ANY}"), params
        if sql.count(f"IN {ANY}") != sum(
            one.is_list for one in params if isinstance(one, Parameter)
        ):
            raise CannotBeCompiled("A list is compared by “in”.")
        if is_sliced:
            self.sql += " LIMIT %s OFFSET %s"
            self.params += [Parameter("limit", KINDS[int]), Parameter("offset", KINDS[int])]
        for constant in self.params:
            if isinstance(constant, date):  # or an instant: it would stay that of the first call
                raise CannotBeCompiled(f"{constant} is in the SQL: make it an argument.")
        self.names = {one.name for one in self.params if isinstance(one, Parameter)}

    def rows(self, given: Mapping[str, Any]) -> list[Any]:
        if self.locks and connections[DEFAULT_DB_ALIAS].get_autocommit():
            # Django asks this only when it writes the statement
            raise TransactionManagementError("A lock holds until the end of a transaction.")
        values = [given[one.name] if isinstance(one, Parameter) else one for one in self.params]
        rows: Any = fetch_rows(self.sql, values)
        if self.convert:
            rows = self.convert(rows)
        return [self.read(row) for row in rows]
