"""Forget what is past its time: personal information is not kept for longer than it serves."""

import argparse
from typing import Any

from django.core.management.base import CommandParser

from cse_portal.commands.long_command import LongCommand
from cse_portal.commands.progress import Progress
from cse_portal.retention import every_kind

HELP = """
Delete what is past its time, and say how much: {names}.

How long each is kept is a setting (CSE_KEEP_…, at the top of cse_portal/settings.py);
docs/retention.md tells why. Receipts, histories and the trail are never touched.

Rows go some at a time, in short transactions: nobody waits, several may run at once, and one that
was stopped or killed is taken up by the next. A row that somebody holds locked waits for it too.
"""


class Command(LongCommand):
    #: the kinds of rows that it forgets; none for all
    only: tuple[str, ...] = ()

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        self.help = HELP.format(names=", ".join(self.kinds()))
        return super().create_parser(
            *args, formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--only",
            action="append",
            choices=self.kinds(),
            metavar="KIND",
            help="these alone, for example --only drafts; may be given several times",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="count what would be deleted, and delete nothing"
        )

    def kinds(self) -> list[str]:
        """The names of what it can forget."""
        return [name for name in every_kind() if not self.only or name in self.only]

    def is_recorded(self, **options: Any) -> bool:
        """A dry run forgets nothing, and a part leaves the rest: neither is the purge."""
        return not options["dry_run"] and not options["only"]

    def perform(self, progress: Progress, **options: Any) -> str:
        told = []
        for name, kept in every_kind().items():
            if name not in (options["only"] or self.kinds()):
                continue
            count = due = kept.count()
            if not options["dry_run"]:
                progress.begin(name, due)
                count = 0
                for forgotten in kept.forget():
                    count += forgotten
                    progress.advance(forgotten)
            told.append(f"{name} {count}")
        return f"{'Past their time' if options['dry_run'] else 'Forgotten'}: {', '.join(told)}."
