"""Bring the translation catalogs up to date with the sources: `make messages`."""

import shutil
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import makemessages

#: folders without user-visible texts; Django ignores hidden folders by itself
NO_TEXTS = ["bench", "docs", "static", "staticfiles", "tests", "var"]


class Command(makemessages.Command):
    """Django's `makemessages` for all languages, without fuzzy entries, locations and dates."""

    help = "Add new messages to locale/*/LC_MESSAGES/django.po, and remove those no longer used."

    def handle(self, *args: Any, **options: Any) -> None:
        """Update each catalog, and list what is still to translate.

        Raises CommandError when GNU gettext is not installed.
        """
        if not shutil.which("xgettext"):
            raise CommandError(
                "GNU gettext is not installed. On Debian or Ubuntu: apt-get install gettext"
            )
        catalogs = {
            path: polib.pofile(str(path), wrapwidth=0)
            for folder in settings.LOCALE_PATHS
            for path in sorted(Path(folder).glob("*/LC_MESSAGES/django.po"))
        }
        options |= {"all": True, "no_location": True, "ignore_patterns": NO_TEXTS}
        super().handle(*args, **options)
        for path, catalog in catalogs.items():
            update(catalog, polib.pofile(str(path)))
            catalog.save(str(path))
            missing = catalog.untranslated_entries()
            self.stdout.write(f"{path.parts[-3]}: {len(missing)} to translate")
            for entry in missing:
                self.stdout.write(f"  {entry.msgid}")


def update(catalog: polib.POFile, extracted: polib.POFile) -> None:
    """Give the catalog the entries of the sources, sorted; its present translations are unchanged.

    Fuzzy translations are removed.
    """
    entries = {identity(entry): entry for entry in catalog if not (entry.fuzzy or entry.obsolete)}
    catalog[:] = sorted(
        (
            entries.get(identity(entry)) or untranslated(entry)
            for entry in extracted
            if not entry.obsolete
        ),
        key=place,
    )


def untranslated(entry: polib.POEntry) -> polib.POEntry:
    """The same message, with its comment and flags but without translation."""
    return polib.POEntry(
        msgctxt=entry.msgctxt,
        msgid=entry.msgid,
        msgid_plural=entry.msgid_plural,
        msgstr_plural=dict.fromkeys(entry.msgstr_plural, ""),
        comment=entry.comment,
        flags=[flag for flag in entry.flags if flag != "fuzzy"],
    )


def identity(entry: polib.POEntry) -> tuple[str | None, str, str]:
    """What distinguishes a message from the others."""
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def place(entry: polib.POEntry) -> tuple[str, str]:
    """The sort key of an entry: its context (none first), then its message."""
    return entry.msgctxt or "", entry.msgid
