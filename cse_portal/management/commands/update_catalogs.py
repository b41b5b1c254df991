"""Bring the translation catalogs up to date with the sources: `make messages`."""

import shutil
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import makemessages

#: folders whose texts no visitor reads; Django ignores the hidden ones by itself
NO_TEXTS = ["bench", "docs", "static", "staticfiles", "tests", "var"]


class Command(makemessages.Command):
    """Django's `makemessages` for all languages, without its guesses, locations and dates."""

    help = "Add new messages to locale/*/LC_MESSAGES/django.po, and remove those no longer used."

    def handle(self, *args: Any, **options: Any) -> None:
        """Update each catalog, and list what is still to translate.

        Raises CommandError when GNU gettext is not installed.
        """
        if not shutil.which("xgettext"):
            raise CommandError(
                "GNU gettext is not installed. On Debian or Ubuntu: apt-get install gettext"
            )
        folder = Path(settings.LOCALE_PATHS[0])
        paths = sorted(folder.glob("*/LC_MESSAGES/django.po"))
        template = folder / "django.pot"
        options |= {
            "exclude": [path.parts[-3] for path in paths],  # Django only fills the template
            "keep_pot": True,
            "no_location": True,
            "ignore_patterns": NO_TEXTS,
        }
        try:
            super().handle(*args, **options)
            found = polib.pofile(str(template))
        finally:
            template.unlink(missing_ok=True)
        for path in paths:
            catalog = polib.pofile(str(path), wrapwidth=0)
            update(catalog, found)
            catalog.save(str(path))
            missing = catalog.untranslated_entries()
            self.stdout.write(f"{path.parts[-3]}: {len(missing)} to translate")
            for entry in missing:
                self.stdout.write(f"  {entry.msgid}")


def update(catalog: polib.POFile, found: polib.POFile) -> None:
    """Give the catalog the messages of the sources, sorted; what it has of them stays as it is.

    A fuzzy translation is a guess of some other tool: it is dropped. Of an entry that stands there
    twice, as after a merge, one stays.
    """
    entries = {identity(entry): entry for entry in catalog if not (entry.fuzzy or entry.obsolete)}
    catalog[:] = sorted((entries.get(identity(entry), entry) for entry in found), key=place)


def identity(entry: polib.POEntry) -> tuple[str | None, str, str]:
    """What distinguishes a message from the others."""
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def place(entry: polib.POEntry) -> tuple[str, str]:
    """Where an entry stands: by its context, none first, then by its message."""
    return entry.msgctxt or "", entry.msgid
