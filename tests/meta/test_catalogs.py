"""The French catalog: complete, faithful, in French typography, and up to date with the sources."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import polib
import pytest
from django.core.management import CommandError, call_command

from cse_portal.management.commands.update_catalogs import identity

PROJECT = Path(__file__).parents[2]
CATALOG = PROJECT / "locale" / "fr" / "LC_MESSAGES" / "django.po"
SOURCES = (
    "cse_portal",
    "users",
    "registrations",
    "proxies",
    "eservices",
    "home",
    "sandbox",
    "notices",
    "templates",
    "locale",
)

NO_BREAK = "\u00a0\u202f"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<\w+:\w+>")
MARKUP = re.compile(r"<[^>]+>|&#?\w+;")
ADDRESS = re.compile(r"\w+://\S+")


@pytest.fixture(scope="module")
def catalog():
    """The entries in use; the obsolete ones are not read."""
    return [entry for entry in polib.pofile(str(CATALOG)) if not entry.obsolete]


def translations(entry):
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def in_words(catalog):
    """What people read, without markup: not the addresses, which have their own context."""
    for entry in catalog:
        if entry.msgctxt != "address":
            for text in translations(entry):
                yield ADDRESS.sub("", MARKUP.sub("", text))


def test_no_message_is_untranslated(catalog):
    assert [entry.msgid for entry in catalog if not all(translations(entry))] == []


def test_no_translation_is_fuzzy(catalog):
    assert [entry.msgid for entry in catalog if entry.fuzzy] == []


def test_no_message_stands_there_twice(catalog):
    counted = Counter((entry.msgctxt, entry.msgid) for entry in catalog)
    assert [message for message, count in counted.items() if count > 1] == []


def test_a_translation_has_the_placeholders_of_its_message(catalog):
    """A singular may spell its number out, as English does in « one more minute »."""
    wrong = []
    for entry in catalog:
        wanted = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
        *singular, last = (set(PLACEHOLDER.findall(text)) for text in translations(entry))
        if last != wanted or not all(found <= wanted for found in singular):
            wrong.append(entry.msgid)
    assert wrong == []


def test_a_translation_has_the_markup_of_its_message(catalog):
    wrong = [
        entry.msgid
        for entry in catalog
        for text in translations(entry)
        if Counter(re.findall(r"</?\w+", text)) != Counter(re.findall(r"</?\w+", entry.msgid))
    ]
    assert wrong == []


def test_apostrophes_are_curly(catalog):
    assert [text for text in in_words(catalog) if "'" in text] == []


def test_quotation_marks_are_french(catalog):
    assert [text for text in in_words(catalog) if re.search('["“”]', text)] == []


def test_a_no_break_space_stands_before_double_punctuation(catalog):
    bad = re.compile(rf"[^{NO_BREAK}?!](?=[;!?»])|[^{NO_BREAK}](?=:)|^[:;!?]")
    assert [text for text in in_words(catalog) if bad.search(text)] == []


def test_a_no_break_space_stands_after_an_opening_quotation_mark(catalog):
    assert [text for text in in_words(catalog) if re.search(rf"«(?![{NO_BREAK}])", text)] == []


@pytest.fixture(scope="module")
def needs_gettext():
    if not shutil.which("xgettext"):
        if os.environ.get("CSE_REQUIRE_GETTEXT") == "1":
            pytest.fail("CSE_REQUIRE_GETTEXT=1, and xgettext is not installed.")
        pytest.skip("GNU gettext is not installed. On Debian or Ubuntu: apt-get install gettext")


@pytest.fixture
def copy(needs_gettext, tmp_path):
    """The sources elsewhere: extraction writes files beside those that it reads."""
    for name in SOURCES:
        shutil.copytree(
            PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo")
        )
    shutil.copy(PROJECT / "manage.py", tmp_path)
    return tmp_path


def update_in(copy):
    """The catalog that `make messages` writes there, and what it prints."""
    made = subprocess.run(
        [sys.executable, "manage.py", "update_catalogs"],
        cwd=copy,
        env=os.environ | {"CSE_SANDBOX": "true", "DJANGO_SETTINGS_MODULE": "cse_portal.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return (copy / CATALOG.relative_to(PROJECT)).read_text(), made.stdout


def test_the_catalog_holds_exactly_the_messages_of_the_sources(catalog, copy):
    """`make messages` changes nothing: neither messages, nor their order, nor a date."""
    written, printed = update_in(copy)
    in_sources = {identity(entry) for entry in polib.pofile(written)}
    in_catalog = {identity(entry) for entry in catalog}
    assert in_sources - in_catalog == set(), "messages that the catalog lacks"
    assert in_catalog - in_sources == set(), "messages that no source has any more"
    assert (written == CATALOG.read_text()) is True, "`make messages` changes it: look at its diff"
    assert "fr: 0 to translate" in printed
    assert {path.name for path in (copy / "locale").rglob("*.po*")} == {"django.po"}


def test_an_update_changes_only_what_the_sources_changed(copy):
    """What was guessed, is no longer used or stands there twice goes; nothing is guessed anew."""
    path = copy / CATALOG.relative_to(PROJECT)
    before = path.read_text()
    path.write_text(
        before.replace('msgid "Add"\n', '#, fuzzy\nmsgid "Add"\n')
        + '\nmsgid "No source has this"\nmsgstr "Aucune"\n'
        + '\nmsgid "Assign"\nmsgstr "Assigner"\n'
    )
    (copy / "home" / "new.py").write_text('_("Assign a prox")\nngettext("%(n)d x", "%(n)d y", n)\n')
    written, printed = update_in(copy)
    old, new = before.strip().split("\n\n"), written.strip().split("\n\n")
    assert [entry for entry in old if entry not in new] == ['msgid "Add"\nmsgstr "Ajouter"']
    assert [entry for entry in new if entry not in old] == [
        '#, python-format\nmsgid "%(n)d x"\nmsgid_plural "%(n)d y"\nmsgstr[0] ""\nmsgstr[1] ""',
        'msgid "Add"\nmsgstr ""',
        'msgid "Assign a prox"\nmsgstr ""',
    ]
    assert new.index('msgid "Assign a prox"\nmsgstr ""') + 1 == new.index(
        next(entry for entry in new if entry.startswith('msgid "Assign a proxy"'))
    )
    assert printed.endswith("fr: 3 to translate\n  %(n)d x\n  Add\n  Assign a prox\n")


def test_without_gettext_an_update_names_the_package_to_install(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(CommandError, match="apt-get install gettext"):
        call_command("update_catalogs")
