"""Arrows only point down in what no import shows: templates, and the names of screens.

An app names tags, templates and screens of its own, or of the apps below it in the layers of
`pyproject.toml`. What frames every page, and the screens that the settings name, are everybody's.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template import engines
from django.urls import URLPattern, URLResolver, get_resolver

PROJECT = Path(__file__).parents[2]
TEMPLATES = PROJECT / "templates"
KERNEL = "cse_portal"
#: name every app: that is their purpose
COMPOSITION = {"cse_portal/settings.py", "cse_portal/urls.py"}
#: what frames pages: its header and footer lead to every app
FRAME = {"base.html", "error_page.html", "plain_page.html", "429.html"}
NAMES_A_SCREEN = {"reverse", "reverse_lazy", "redirect", "resolve_url", "address"}

LOADED = re.compile(r"{%\s*load\s+([^%]+?)\s*%}")
TAKEN_IN = re.compile(r"""{%\s*(?:include|extends)\s+['"]([^'"]+)['"]""")
LINKED = re.compile(
    r"""{%\s*url\s+['"]([^'"]+)['"]|{%\s*link_button\s+(?:_\("[^"]*"\)|\S+)\s+"([^"]+)\""""
)


def ranks() -> dict[str, int]:
    """How high each app stands."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = contracts["contracts"][0]["layers"]
    return {
        app.strip(): height
        for height, layer in enumerate(reversed(layers))
        for app in layer.split("|")
    }


RANKS = ranks()


def may_know(app: str, other: str) -> bool:
    """Whether an app may name what belongs to the other; what is no app of ours, it may."""
    return app == other or RANKS.get(other, -1) < RANKS[app]


def owner_of(template: str) -> str:
    """The app that a template belongs to, by its folder."""
    folders = Path(template).parts[:-1]
    return next((folder for folder in folders if folder in RANKS), KERNEL)


def is_frame(template: str) -> bool:
    return template in FRAME or template.startswith("components/")


def screens(resolver: URLResolver, namespaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Each named address, and the app whose screen it is."""
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            if one.name:
                yield ":".join([*namespaces, one.name]), app_of(one.callback)
        else:
            within = (*namespaces, one.namespace) if one.namespace else namespaces
            yield from screens(one, within)


def app_of(view: Any) -> str:
    """The app of a view; of the procedure, for one of the three views that serve them all."""
    flow = getattr(view, "view_initkwargs", {}).get("flow")
    shown: Any = flow or getattr(view, "view_class", view)
    app: str = shown.__module__.partition(".")[0]
    return app


SCREENS = dict(screens(get_resolver()))
#: what can be nothing else than the name of a screen
CLEAR_NAMES = {name for name in SCREENS if re.search("[:-]", name)}
NAMED_BY_SETTINGS = {
    getattr(settings, name) for name in dir(settings) if name.endswith("_URL")
} & SCREENS.keys()
ALL_TEMPLATES = sorted(
    str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*") if path.is_file()
)
SOURCES = sorted(
    str(path.relative_to(PROJECT))
    for app in RANKS
    for path in (PROJECT / app).rglob("*.py")
    if str(path.relative_to(PROJECT)) not in COMPOSITION
)


def test_a_template_loads_tags_of_its_own_app_or_of_those_below():
    libraries: Any = engines["django"]
    wrong = []
    for template in ALL_TEMPLATES:
        text = (TEMPLATES / template).read_text()
        for name in [name for names in LOADED.findall(text) for name in names.split()]:
            app = libraries.engine.libraries[name].partition(".")[0]
            wrong += [] if may_know(owner_of(template), app) else [f"{template}: {name}"]
    assert wrong == []


def test_a_template_takes_in_templates_of_its_own_app_or_of_those_below():
    wrong = []
    for template in ALL_TEMPLATES:
        for one in TAKEN_IN.findall((TEMPLATES / template).read_text()):
            is_there = (TEMPLATES / one).exists() or one.startswith("admin/")
            if not is_there or not may_know(owner_of(template), owner_of(one)):
                wrong.append(f"{template}: {one}")
    assert wrong == []


def test_a_template_leads_to_screens_of_its_own_app_or_of_those_below():
    wrong = []
    for template in ALL_TEMPLATES:
        if is_frame(template):
            continue
        found = LINKED.findall((TEMPLATES / template).read_text())
        wrong += [
            f"{template}: {name}"
            for name in {url or button for url, button in found} - NAMED_BY_SETTINGS
            if name not in SCREENS or not may_know(owner_of(template), SCREENS[name])
        ]
    assert wrong == []


def test_code_names_screens_of_its_own_app_or_of_those_below():
    wrong = []
    for source in SOURCES:
        tree = ast.parse((PROJECT / source).read_text())
        app = source.partition("/")[0]
        wrong += [f"{source}: {one}" for one in named_in(tree) if not may_know(app, SCREENS[one])]
    assert wrong == []


def named_in(tree: ast.AST) -> Iterator[str]:
    """Names of screens: what is given to `reverse` and the like, and what can be nothing else."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            function = getattr(node.func, "id", getattr(node.func, "attr", ""))
            given: Any = getattr(node.args[0], "value", "")
            if function in NAMES_A_SCREEN and given in SCREENS:
                yield given
        elif isinstance(node, ast.Constant) and node.value in CLEAR_NAMES:
            yield str(node.value)


def test_the_layers_are_those_of_the_apps():
    ours = {name.partition(".")[0] for name in settings.INSTALLED_APPS} & set(RANKS)
    assert ours == set(RANKS)
    assert may_know("proxies", "users")
    assert not may_know("users", "proxies")
    assert not may_know("eservices", "home")
