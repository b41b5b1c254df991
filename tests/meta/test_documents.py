"""What the documents name is there: tests, commands, variables, files, packages."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

PROJECT = Path(__file__).parents[2]
OPERATIONS = (PROJECT / "docs/operations.md").read_text()
SETTINGS = (PROJECT / "cse_portal/settings.py").read_text()
NAMED_TESTS = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (PROJECT / "docs/asvs.md").read_text())


def test_requirements_are_named_with_their_tests():
    assert len(NAMED_TESTS) >= 40


@pytest.mark.parametrize(("path", "name"), NAMED_TESTS)
def test_a_test_that_proves_a_requirement_exists(path, name):
    assert f"\ndef {name}(" in (PROJECT / path).read_text()


def test_every_variable_that_is_read_is_explained_at_the_top_of_the_settings():
    read = set()
    for path in [*(PROJECT / "cse_portal").rglob("*.py"), PROJECT / "deploy/gunicorn.conf.py"]:
        read |= set(re.findall(r'env(?:iron)?\.\w+\(\s*"([A-Z_]+)"', path.read_text()))
    assert len(read) > 15
    explained = re.findall(r"^\| `(\w+)` *\|", SETTINGS, flags=re.MULTILINE)
    assert sorted(explained) == sorted(read - {"DJANGO_SETTINGS_MODULE"})


def test_no_document_explains_the_variables_again():
    tables = [
        path.name
        for path in [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]
        if re.search(r"^\| variables? ", path.read_text(), flags=re.MULTILINE)
    ]
    assert tables == []
    assert "](../cse_portal/settings.py)" in OPERATIONS


def test_every_command_and_file_that_operations_name_exists():
    commands = set(
        re.findall(
            r"(?:manage\.py|deploy/manage(?: --(?:owner|files|with \w+))?) (\w+)", OPERATIONS
        )
    )
    assert len(commands) > 8
    assert commands <= set(get_commands())
    for name in re.findall(r"deploy/[\w.-]+\w", OPERATIONS):
        assert (PROJECT / name).exists(), name
    for target in re.findall(r"`make (\w+)`", OPERATIONS):
        assert f"\n{target}:" in (PROJECT / "Makefile").read_text()


def test_every_unit_runs_a_command_that_exists():
    units = list((PROJECT / "deploy").glob("*.service"))
    assert len(units) >= 4
    for unit in units:
        text = unit.read_text()
        assert set(re.findall(r"manage\.py (\w+)", text)) <= set(get_commands())
        assert "NoNewPrivileges=yes" in text


def test_every_package_that_runs_is_listed_with_its_licence():
    locks = ("runtime.lock", "telemetry.lock")
    locked = "".join((PROJECT / "requirements" / lock).read_text() for lock in locks)
    names = re.findall(r"^([a-z0-9._-]+)==", locked, flags=re.MULTILINE)
    listed = (PROJECT / "docs/licences.md").read_text()
    assert len(names) > 20
    assert [name for name in names if f"| {name} |" not in listed] == []
