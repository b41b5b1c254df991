"""What a library does not document is touched where it is looked for at start, and nowhere else.

For `cse_portal/speed` that is its adapters; elsewhere, a class that names it by `@stands_on`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
OWN = ("cse_portal", "notices", "users", "registrations", "proxies", "eservices", "home", "sandbox")
ANNEX = PROJECT / "cse_portal" / "speed"
ADAPTERS = ANNEX / "adapters"
#: names with an underscore that Django documents
DOCUMENTED = {"_meta", "_default_manager", "_base_manager", "_state"}
#: names that stand for types alone
TYPES = {"_StrPromise", "_User"}
#: modules that Django and psycopg document, of those from which the annex imports
MODULES = {
    *("django.conf", "django.core.exceptions", "django.db", "django.db.models"),
    *("django.db.transaction", "django.forms.renderers", "django.template"),
    *("django.template.loaders", "django.urls", "django.utils.safestring"),
    *("django.utils.translation", "psycopg", "psycopg.pq"),
}
#: the way to a frame of Python's: documented, though its name has an underscore
OF_PYTHON = {("cse_portal/speed/queries.py", "_getframe")}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def files() -> Iterator[tuple[str, ast.Module]]:
    for app in OWN:
        for path in sorted((PROJECT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(PROJECT)), ast.parse(path.read_text())


def own_names() -> set[str]:
    """All names with an underscore that the portal itself gives."""
    found = set()
    for _file, tree in files():
        for node in ast.walk(tree):
            match node:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    found.add(name)
                case ast.Name(id=name, ctx=ast.Store()):
                    found.add(name)
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                    found.add(name)
    return {name for name in found if is_private(name)}


def named(decorators: list[ast.expr]) -> set[str]:
    """The names of `@stands_on("…")`."""
    return {
        argument.value
        for one in decorators
        if isinstance(one, ast.Call) and getattr(one.func, "id", "") == "stands_on"
        for argument in ast.walk(one)
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def names_that_are_looked_for(tree: ast.Module) -> set[str]:
    return {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for name in named(node.decorator_list)
    }


def test_a_private_name_of_a_library_is_used_where_it_is_looked_for():
    given = own_names()
    found = {
        (file, node.attr)
        for file, tree in files()
        if not (PROJECT / file).is_relative_to(ADAPTERS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and is_private(node.attr)
        and node.attr not in given | DOCUMENTED | names_that_are_looked_for(tree)
    }
    assert found == OF_PYTHON


def test_no_private_name_is_imported_but_for_types():
    found = {
        alias.name
        for file, tree in files()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if is_private(alias.name)
    }
    assert found <= TYPES


def test_the_annex_imports_what_is_documented_alone():
    found = set()
    for file, tree in files():
        path = PROJECT / file
        if not path.is_relative_to(ANNEX) or path.is_relative_to(ADAPTERS):
            continue
        for node in ast.walk(tree):
            modules = []
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            found |= {
                (file, module)
                for module in modules
                if module.partition(".")[0] in {"django", "psycopg", "psycopg_pool"}
                and module not in MODULES
            }
    assert found == set()


def of_libraries() -> set[str]:
    """All names with an underscore that classes of the libraries below have."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.db.backends.postgresql.base import DatabaseWrapper
    from django.db.backends.postgresql.operations import DatabaseOperations
    from gunicorn.workers.gthread import TConn, ThreadWorker

    classes = (SessionStore, DatabaseWrapper, DatabaseOperations, TConn, ThreadWorker)
    return {name for one in classes for name in dir(one) if is_private(name)}


def test_what_overrides_a_private_name_is_looked_for():
    theirs = of_libraries()
    found = {
        (file, node.name, method.name)
        for file, tree in files()
        if not (PROJECT / file).is_relative_to(ADAPTERS)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.bases
        for method in node.body
        if isinstance(method, ast.FunctionDef)
        and method.name in theirs
        and method.name not in named(node.decorator_list)
    }
    assert found == set()
