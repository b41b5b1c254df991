"""Compile the translations without GNU gettext, which a bare machine does not have."""

from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Compile the catalogs that changed since they were last compiled."""

    help = "Compile locale/*/LC_MESSAGES/*.po into .mo where the .po is newer."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile each stale catalog."""
        for folder in settings.LOCALE_PATHS:
            for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                compiled = source.with_suffix(".mo")
                if is_stale(compiled, source):
                    compile_catalog(source, compiled)
                    if options["verbosity"] > 1:
                        self.stdout.write(f"Compiled {source}")


def is_stale(compiled: Path, source: Path) -> bool:
    """Whether the compiled catalog is missing or older than its source."""
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime


def compile_catalog(source: Path, compiled: Path) -> None:
    """Write a catalog's compiled form; fuzzy translations stay out, as with gettext."""
    # Renamed into place: a server that starts meanwhile never reads half a catalog.
    new = compiled.with_suffix(".mo.new")
    polib.pofile(str(source)).save_as_mofile(str(new))
    new.replace(compiled)
