"""What the documents name is there: tests, commands, variables, files, packages."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from bench.rehearsal.night import STEPS

PROJECT = Path(__file__).parents[2]
PAGES = [PROJECT / "docs/operations.md", *sorted((PROJECT / "docs/operations").glob("*.md"))]
OPERATIONS = "\n".join(page.read_text() for page in PAGES)
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


def test_every_link_of_a_document_leads_somewhere():
    for page in [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.relative_to(PROJECT)}: {target}"


def test_a_version_is_fetched_by_the_number_that_it_has():
    version = re.search(
        r'^version = "([\d.]+)"$', (PROJECT / "pyproject.toml").read_text(), re.MULTILINE
    )
    assert version
    assert set(re.findall(r"cse-portal-(\d+\.\d+\.\d+)", OPERATIONS)) == {version[1]}


def test_a_rehearsal_is_named_by_the_pages_that_it_plays():
    for name, page in (("failover", "many-machines"), ("restore", "restore")):
        text = (PROJECT / f"docs/operations/{page}.md").read_text()
        assert f"deploy/rehearse {name}" in text
    for step in re.findall(r"--steps (\S+?)`", OPERATIONS):
        assert set(step.split(",")) <= STEPS.keys()
