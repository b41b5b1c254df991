"""What keeps the trail in the database, compared with what the migrations make.

Whoever has the database's password can replace a function, switch a trigger off or put a view in a
table's place, write rows meanwhile, and leave it so: the entries would agree with the rows. The
migrations of this version are read as text; the database's definitions as PostgreSQL writes them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection
from django.db.migrations import Migration, RunSQL, SeparateDatabaseAndState
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from notices.stored import TABLES

MISSING = "missing: a migration makes it"
CHANGED = "changed: it is not what the migrations make"
DISABLED = "disabled"
ADDED = "added: no migration makes it"
SHADOWS = "added: it may answer in the place of one of this name"
NOT_A_TABLE = "changed: a view, a rule or another table may answer for its rows"
HIDDEN = "changed: its policies may hide rows"
NO_TRIGGERS = "changed: no trigger fires in its sessions"

STATEMENT = re.compile(
    r"""
    CREATE \s+ (?:OR \s+ REPLACE \s+)? FUNCTION \s+ (?P<function>[\w."]+) \s*
        \( (?P<arguments>[^)]*) \) (?P<options>.*?)
        (?: \b AS \s+ (?P<mark>\$\w*\$) (?P<body>.*?) (?P=mark) (?P<more>[^;]*)
          | \b RETURN \s+ (?P<expression>[^;]+) )
    | CREATE \s+ (?:OR \s+ REPLACE \s+)? (?P<constraint>CONSTRAINT \s+)? TRIGGER \s+
        (?P<trigger>\w+) \s+ (?P<terms>.*? EXECUTE \s+ FUNCTION \s+ [\w."]+ \s* \([^)]*\))
    | DROP \s+ FUNCTION \s+ (?:IF \s+ EXISTS \s+)? (?P<dropped_function>\w+)
    | DROP \s+ TRIGGER \s+ (?:IF \s+ EXISTS \s+)? (?P<dropped_trigger>\w+)
        \s+ ON \s+ (?P<its_table>\w+)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
CALLED = re.compile(r"\b([a-z_]\w*)\s*\(")

FUNCTIONS = """
    SELECT space.nspname, one.proname, pg_get_functiondef(one.oid), EXISTS (
        SELECT FROM pg_proc own WHERE own.proname = one.proname
        AND own.pronamespace = 'pg_catalog'::regnamespace
    )
    FROM pg_proc one JOIN pg_namespace space ON space.oid = one.pronamespace
    WHERE one.prokind <> 'a' AND space.nspname NOT IN ('pg_catalog', 'information_schema')
    ORDER BY 1, 2
"""
TRIGGERS = """
    SELECT its_table.relname, one.tgname, one.tgisinternal, one.tgenabled,
        pg_get_triggerdef(one.oid)
    FROM pg_trigger one JOIN pg_class its_table ON its_table.oid = one.tgrelid
    WHERE its_table.relnamespace = 'public'::regnamespace
    ORDER BY 1, 2
"""
#: what stands at the names of the trail's tables, in every schema that all sessions may name
RELATIONS = """
    SELECT space.nspname, one.relname,
        one.relkind = 'r'
        AND NOT EXISTS (SELECT FROM pg_rewrite WHERE ev_class = one.oid)
        AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = one.oid),
        NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = one.oid AND NOT polpermissive)
        AND (NOT one.relrowsecurity OR EXISTS (
            SELECT FROM pg_policy WHERE polrelid = one.oid AND polcmd = '*'
            AND to_regrole('cse_across')::oid = ANY (polroles)
            AND pg_get_expr(polqual, polrelid) = 'true'
        ))
    FROM pg_class one JOIN pg_namespace space ON space.oid = one.relnamespace
    WHERE one.relname = ANY (%s) AND one.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND NOT starts_with(space.nspname, 'pg_temp_')
    ORDER BY 1, 2
"""
#: those for whom triggers do not fire: this session, a role, the database
WITHOUT_TRIGGERS = """
    SELECT 'session' WHERE current_setting('session_replication_role') <> 'origin'
    UNION ALL
    SELECT concat_ws(' ', 'settings of', pg_get_userbyid(nullif(setrole, 0)), datname)
    FROM pg_db_role_setting LEFT JOIN pg_database ON pg_database.oid = setdatabase
    WHERE (setdatabase = 0 OR datname = current_database())
    AND array_to_string(setconfig, ',') LIKE '%%session_replication_role=%%'
    ORDER BY 1
"""


class Difference(NamedTuple):
    """What stands in the database otherwise than the migrations make it, and how."""

    what: str
    how: str


@dataclass
class Made:
    """The functions, by name and arguments, and the triggers, by name and table, in one form."""

    functions: dict[str, str] = field(default_factory=dict)
    triggers: dict[str, str] = field(default_factory=dict)

    def read(self, text: str) -> None:
        """Read the statements of a text, one after the other."""
        for found in STATEMENT.finditer(text):
            if found["function"]:
                self.functions[function_named(found)] = function_in_one_form(found)
            elif found["trigger"]:
                trigger = trigger_in_one_form(found)
                self.triggers[trigger_named(found["trigger"], trigger)] = trigger
            elif found["dropped_function"]:
                self._drop_function(found["dropped_function"].lower())
            else:
                self.triggers.pop(f"{found['dropped_trigger']} on {found['its_table']}", None)

    def _drop_function(self, name: str) -> None:
        """With CASCADE, as nothing else drops a function that a trigger executes."""
        for key in [one for one in self.functions if one.partition("(")[0] == name]:
            del self.functions[key]
        for key, terms in list(self.triggers.items()):
            if terms.endswith(f" {name}"):
                del self.triggers[key]

    @property
    def names(self) -> set[str]:
        """The names of its functions."""
        return {one.partition("(")[0] for one in self.functions}

    @property
    def called(self) -> set[str]:
        """The names of the functions that its functions call."""
        return {name for body in self.functions.values() for name in CALLED.findall(body)}


def function_named(found: re.Match[str]) -> str:
    """`trail_columns(of_table regclass)`."""
    return f"{in_one_form(found['function'])}({in_one_form(found['arguments'])})"


def function_in_one_form(found: re.Match[str]) -> str:
    """Its options in the order of the alphabet, for PostgreSQL has its own; its body as it is."""
    options = in_one_form(f"{found['options']} {found['more'] or ''}").split()
    body = found["body"] if found["mark"] else in_one_form(found["expression"])
    return f"{' '.join(sorted(options))}\n{body}"


def trigger_named(name: str, terms: str) -> str:
    """`receipt_is_append_only on cse_portal_receipt`."""
    found = re.search(r" on (\w+)", terms)
    return f"{name} on {found[1] if found else ''}"


def trigger_in_one_form(found: re.Match[str]) -> str:
    """`update or delete` is `delete or update`."""

    def in_order(events: re.Match[str]) -> str:
        return f"{events[1]} {' or '.join(sorted(events[2].split(' or ')))} on "

    terms = in_one_form(f"{found['constraint'] or ''}{found['terms']}")
    return re.sub(r"\b(before|after|instead of) (.+?) on ", in_order, terms, count=1)


def in_one_form(text: str) -> str:
    """Small letters, single spaces; without parentheses, the schema, or quotes that change nothing.

    Those of a name that is not in small letters stay, for it is another name without them.
    """
    plain = re.sub(r"\bpublic\.", "", text)
    plain = re.sub(r'(?i)\bset "(\w+)" to\b', r"set \1 to", plain)  # of any letters, to PostgreSQL
    plain = re.sub(r"""(["'])([a-z_][a-z0-9_]*)\1""", r"\2", plain).lower()
    plain = re.sub(r"\s=\s", " to ", plain)
    return " ".join(re.sub(r"[()]", " ", plain).split())


def columns_at_first() -> dict[str, frozenset[str]]:
    """The columns of receipts and of events when the trail began: every entry covers them."""
    state = _migrations().project_state(("notices", "0005_the_database_keeps_the_trail"))
    return {
        kind: frozenset(
            f"{name}_id" if one.is_relation else name
            for name, one in state.models[app, kind].fields.items()
        )
        for app, kind in (("cse_portal", "receipt"), ("notices", "event"))
    }


def _migrations() -> MigrationLoader:
    return MigrationLoader(None, ignore_no_migrations=True)


def made_by_migrations() -> Made:
    """What the migrations of this version make, in the order in which they are applied."""
    made = Made()
    for migration in _in_order(_migrations()):
        for statement in _sql_of(migration.operations):
            made.read(statement)
    return made


def _in_order(loader: MigrationLoader) -> Iterator[Migration]:
    keys: dict[Any, None] = {}
    for leaf in loader.graph.leaf_nodes():
        keys |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    for key in keys:
        yield loader.graph.nodes[key]


def _sql_of(operations: Iterable[Operation]) -> Iterator[str]:
    for one in operations:
        if isinstance(one, SeparateDatabaseAndState):
            yield from _sql_of(one.database_operations)
        elif isinstance(one, RunSQL):
            statements = [one.sql] if isinstance(one.sql, str) else one.sql
            yield from (said if isinstance(said, str) else said[0] for said in statements)


def differences() -> Iterator[Difference]:
    """Name each function, trigger, table or setting that is otherwise than the migrations make it.

    To be asked inside `notices.stored.as_stored`.
    """
    made = made_by_migrations()
    yield from _of_functions(made)
    yield from _of_triggers(made)
    yield from _of_tables()
    for (whose,) in _rows(WITHOUT_TRIGGERS):
        yield Difference(whose, NO_TRIGGERS)


def _of_functions(made: Made) -> Iterator[Difference]:
    missing = dict(made.functions)
    for schema, name, text, is_of_postgresql in _rows(FUNCTIONS):
        stands = Made()
        stands.read(text)
        key = next(iter(stands.functions), f"{name}()")
        if schema == "public" and key in made.functions:
            del missing[key]
            if stands.functions[key] != made.functions[key]:
                yield Difference(f"function {key}", CHANGED)
        elif name in made.names or (is_of_postgresql and name in made.called):
            yield Difference(f"function {schema}.{key.removeprefix(f'{schema}.')}", SHADOWS)
    for key in missing:
        yield Difference(f"function {key}", MISSING)


def _of_triggers(made: Made) -> Iterator[Difference]:
    missing = dict(made.triggers)
    for table, name, is_internal, enabled, text in _rows(TRIGGERS):
        key = f"{name} on {table}"
        what = f"trigger {key}"
        if enabled != "O":
            yield Difference(what, DISABLED)
        if is_internal:  # of a foreign key, which the models make
            continue
        stands = Made()
        stands.read(text)
        if key not in made.triggers:
            yield Difference(what, ADDED)
        elif stands.triggers.get(key) != made.triggers[key]:
            yield Difference(what, CHANGED)
        missing.pop(key, None)
    for key in missing:
        yield Difference(f"trigger {key}", MISSING)


def _of_tables() -> Iterator[Difference]:
    for schema, name, is_a_table, is_seen_whole in _rows(RELATIONS, [*TABLES.values()]):
        if schema != "public":
            yield Difference(f"table {schema}.{name}", SHADOWS)
        elif not is_a_table:
            yield Difference(f"table {name}", NOT_A_TABLE)
        elif not is_seen_whole:
            yield Difference(f"table {name}", HIDDEN)


def _rows(query: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchall()
