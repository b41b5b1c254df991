"""What a queryset says of itself, its SQL, the way from its rows to instances: as in Django 5.2."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, models, router
from django.db.models import QuerySet
from django.db.models import query as of_django
from django.db.models.constants import OnConflict
from django.db.models.options import Options
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    RelatedPopulator,
    ValuesIterable,
    ValuesListIterable,
)
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.query import Query

from cse_portal.speed.adapters.needs import Call, Need

Row = Sequence[Any]


class Statement(NamedTuple):
    """A queryset's SQL, and what becomes of its rows."""

    sql: str
    params: list[Any]
    #: whether it locks rows
    locks: bool
    #: rows as the database gives them, converted as their fields do; None where none does
    convert: Callable[[list[Any]], Any] | None
    #: what the queryset makes of one row
    read: Callable[[Row], Any]


class Querysets:
    """Querysets, read from inside."""

    def needs_of_querysets(self) -> Iterator[Need | Call]:
        """What is looked for."""
        yield Need(
            QuerySet(),
            ("_prefetch_related_lookups", "_known_related_objects", "_db", "_iterable_class"),
        )
        yield Call(
            vars(QuerySet)["_insert"],
            ("objs", "fields", "returning_fields", "using", "on_conflict"),
        )
        no_model: Any = None
        query = Query(no_model)
        yield Need(query, ("is_sliced", "combinator", "extra", "group_by", "select_for_update"))
        yield Need(query, ("selected", "get_compiler"))
        yield Need(
            SQLCompiler(query, *(None, None)),  # type: ignore[arg-type]
            ("as_sql", "get_converters", "apply_converters", "select", "klass_info"),
        )
        yield Need(SQLCompiler(query, *(None, None)), ("annotation_col_map",))  # type: ignore[arg-type]
        yield Need(RelatedPopulator, ("populate",))
        yield Need(OnConflict, ("IGNORE",))
        yield Need(Options, ("local_concrete_fields", "db_returning_fields"))
        yield self.call_of_populators()

    def call_of_populators(self) -> Call:
        """How the populators of related rows are asked for."""
        return Call(of_django.get_related_populators, ("klass_info", "select", "db"))

    def why_not_compiled(self, queryset: Any) -> str:
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
            not in READERS,
        }
        return next((reason for reason, stands in reasons.items() if stands), "")

    def first_is_as_it_comes(self, queryset: Any) -> bool:
        """Whether the first row is that of the query as it is: in order, or grouped."""
        return bool(queryset.ordered) or isinstance(queryset.query.group_by, tuple)

    def groups_or_locks(self, queryset: Any) -> bool:
        """Whether its rows are those of groups, or are locked."""
        return queryset.query.group_by is not None or queryset.query.select_for_update

    def written(self, queryset: Any) -> Statement:
        """Its statement. Raises EmptyResultSet where it has no rows whatever the values."""
        compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        converters = compiler.get_converters([one[0] for one in compiler.select])
        return Statement(
            sql,
            list(params),
            bool(queryset.query.select_for_update),
            (lambda rows: compiler.apply_converters(rows, converters)) if converters else None,
            READERS[queryset._iterable_class](self, compiler),
        )

    def instances(self, compiler: Any) -> Callable[[Row], Any]:
        """As Django's ModelIterable: a row's own columns, those of related rows, annotations."""
        info = compiler.klass_info
        start, end = info["select_fields"][0], info["select_fields"][-1] + 1
        names = [one[0].target.attname for one in compiler.select[start:end]]
        related = self.populators(info, compiler.select)
        annotations = list(compiler.annotation_col_map.items())
        from_db = info["model"].from_db

        def instance(row: Row) -> Any:
            made = from_db(DEFAULT_DB_ALIAS, names, row[start:end])
            for one in related:
                one.populate(row, made)
            for name, place in annotations:
                setattr(made, name, row[place])
            return made

        return instance

    def populators(self, info: Any, select: Any) -> list[Any]:
        """What makes the related rows of `select_related`."""
        make: Any = of_django.get_related_populators
        return list(make(info, select, DEFAULT_DB_ALIAS))

    def dictionaries(self, compiler: Any) -> Callable[[Row], Any]:
        """As Django's ValuesIterable."""
        names = list(compiler.query.selected)
        return lambda row: dict(zip(names, row, strict=True))

    def insert_unless_taken(self, row: models.Model) -> bool:
        """Insert a row by `ON CONFLICT DO NOTHING`; False if one of its unique values is taken.

        What `save` itself calls; only it also takes `on_conflict`.
        """
        meta = row._meta
        has_key = row.pk is not None
        fields = [
            one
            for one in meta.local_concrete_fields
            if not one.generated and (has_key or one is not meta.auto_field)
        ]
        returned = list(dict.fromkeys([meta.pk, *meta.db_returning_fields]))
        database = router.db_for_write(type(row), instance=row)
        rows: Any = type(row)._base_manager
        inserted = rows._insert(
            [row],
            fields=fields,
            returning_fields=returned,
            using=database,
            on_conflict=OnConflict.IGNORE,
        )
        values = next((one for one in inserted if one), None)  # none, or a None: taken
        if values is None:
            return False
        for one, value in zip(returned, values, strict=True):
            setattr(row, one.attname, value)
        row._state.adding, row._state.db = False, database
        return True


#: by what the queryset's rows are: instances, `values()`, `values_list()`
READERS: dict[Any, Callable[[Querysets, Any], Callable[[Row], Any]]] = {
    ModelIterable: lambda adapter, compiler: adapter.instances(compiler),
    ValuesIterable: lambda adapter, compiler: adapter.dictionaries(compiler),
    ValuesListIterable: lambda _adapter, _compiler: tuple,
    FlatValuesListIterable: lambda _adapter, _compiler: lambda row: row[0],
}
