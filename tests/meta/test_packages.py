"""Each package that the portal's code imports is named, with its reason.

In `runtime.in`; in `telemetry.in`, those that only a service which sends traces or errors imports
(`tests/watching/test_telemetry.py` sees that no other does).

One that came in by another could go with it, at any upgrade.
"""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from itertools import pairwise
from pathlib import Path

from cse_portal.speed.adapters import ADAPTERS

PROJECT = Path(__file__).parents[2]
REQUIREMENTS = [PROJECT / "requirements" / name for name in ("runtime.in", "telemetry.in")]
OWN = {"cse_portal", "notices", "users", "registrations", "proxies", "eservices", "home", "sandbox"}
NAME = re.compile(r"[A-Za-z0-9._-]+")


def normalized(name: str) -> str:
    """As PyPI compares names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported() -> dict[str, set[str]]:
    """The packages from elsewhere that the code imports, and the files that do."""
    files = [PROJECT / "manage.py", *(PROJECT / "deploy").glob("*.py")]
    files += [file for app in OWN for file in (PROJECT / app).rglob("*.py")]
    found: dict[str, set[str]] = {}
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module or ""]
            else:
                continue
            for module in modules:
                name = module.partition(".")[0]
                if name not in OWN and name not in sys.stdlib_module_names:
                    found.setdefault(name, set()).add(str(file.relative_to(PROJECT)))
    return found


def test_each_package_that_the_code_imports_is_named():
    lines = [line for file in REQUIREMENTS for line in file.read_text().splitlines()]
    named = {normalized(name[0]) for name in map(NAME.match, lines) if name}
    distributions = packages_distributions()
    missing = {
        module: files
        for module, files in imported().items()
        if not {normalized(one) for one in distributions[module]} & named
    }
    assert "django" in imported()
    assert not missing


def test_each_package_has_its_reason():
    without = [
        line
        for file in REQUIREMENTS
        for before, line in pairwise(file.read_text().splitlines())
        if line and line[0] not in "#-" and not before.startswith("# ")
    ]
    assert not without


def test_each_django_that_is_locked_has_an_adapter_and_no_other_version_has():
    """The annex is tried on what it says it knows."""
    locks = (PROJECT / "requirements").glob("*.lock")
    pinned = [re.search(r"^django==(\d+)\.(\d+)", one.read_text(), re.MULTILINE) for one in locks]
    assert {(int(one[1]), int(one[2])) for one in pinned if one} == ADAPTERS.keys()


def test_the_lock_of_another_django_has_django_alone():
    """The other packages are those of dev.lock, at the versions that the LTS is served with."""
    for lock in (PROJECT / "requirements").glob("django-*.lock"):
        assert re.findall(r"^(\S+)==", lock.read_text(), re.MULTILINE) == ["django"], lock.name
