"""List the numbered keys: what still needs each of them, and which can be taken out."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.signing import BadSignature
from django.db import ProgrammingError

from cse_portal.commands.long_command import LongCommand
from cse_portal.commands.progress import Progress
from cse_portal.keys_on_record import (
    VARIABLES,
    WHAT_TO_DO,
    KeyState,
    Purpose,
    receipts_by_number,
    states,
    what_is_wrong,
)
from cse_portal.models import KeyOnRecord
from cse_portal.numbered_keys import OF_BEFORE
from notices.anchors import Anchor, NoSuchKey


class Command(LongCommand):
    help = """
List the keys of CSE_RECEIPT_KEYS and CSE_ANCHOR_KEYS, by number and fingerprint, with the receipts
whose codes each of them verifies. Files that `verify_trail --save` wrote are named with their key
when they are given. Exit code 1 when a key is missing that receipts or files need.

    in use                 what is new is written with it
    listed                 what was written with it is read
    announced              listed, and never written with
    MISSING                needed, and not listed on this machine
    no longer announced    known to the database, never written with, and not listed

    list_keys --forget FINGERPRINT     the database no longer expects this key

It is refused for a key that receipts bear, unless --lost says that nobody has it any more: their
codes are then good no more. As the owner of the tables: deploy/manage --owner.
"""

    when_stopped = "Nothing is changed by it."

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            *args, formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="of verify_trail")
        parser.add_argument("--forget", metavar="FINGERPRINT", help="expect this key no longer")
        parser.add_argument("--lost", action="store_true", help="nobody has it any more")

    def perform(self, progress: Progress, **options: Any) -> str:
        counts = receipts_by_number(progress)
        progress.end()
        if options["forget"]:
            return self.forget(options["forget"], counts, is_lost=options["lost"])
        self.show(Purpose.RECEIPTS, counts)
        self.show(Purpose.ANCHORS)
        not_verified = [file for file in options["files"] if not self.show_file(file)]
        wrong = [said for purpose in Purpose for said in what_is_wrong(purpose)]
        unknown = counts.keys() - {key.number for key in states(Purpose.RECEIPTS)}
        wrong += [f"{counts[n]:,} receipts bear key {n}, which nothing knows." for n in unknown]
        wrong += [f"{file} is not verified." for file in not_verified]
        if wrong:
            raise CommandError("\n".join([*wrong, WHAT_TO_DO]))
        return f"{counts.total():,} receipts: every key that they need is listed."

    def show(self, purpose: Purpose, counts: dict[int, int] | None = None) -> None:
        self.stdout.write(VARIABLES[purpose])
        for key in states(purpose):
            line = f"  {key.number:>5}  {key.fingerprint}  {key!s:<19}"
            if counts is not None:
                line += f"  {counts.get(key.number, 0):>13,} receipts{remark(key, counts)}"
            self.stdout.write(line.rstrip())

    def show_file(self, file: Path) -> bool:
        """Tell which key a kept file is signed with; whether it is one that the portal signed."""
        try:
            said = f"key {Anchor.read(file).key}"
        except NoSuchKey as error:
            said = str(error)
        except BadSignature:
            said = "not what this portal wrote"
        except OSError as error:
            said = str(error)
        self.stdout.write(f"{file}: {said}")
        return said.startswith("key ")

    def forget(self, fingerprint: str, counts: dict[int, int], *, is_lost: bool) -> str:
        found = [
            (purpose, key)
            for purpose in Purpose
            for key in states(purpose)
            if key.fingerprint == fingerprint
        ]
        if not found:
            raise CommandError(f"No key has the fingerprint {fingerprint}.")
        for purpose, key in found:
            borne = counts.get(key.number, 0) if purpose == Purpose.RECEIPTS and key.used_at else 0
            if key.is_present:
                raise CommandError(f"Key {key.number} of {VARIABLES[purpose]} is in use.")
            if borne and not is_lost:
                raise CommandError(
                    f"{borne:,} receipts bear key {key.number}: without it, their papers look "
                    "forged. If nobody has it any more: --lost."
                )
        try:
            KeyOnRecord.objects.filter(fingerprint=fingerprint).delete()
        except ProgrammingError as error:
            raise CommandError("Only the tables' owner may: deploy/manage --owner.") from error
        return f"The database no longer expects the key {fingerprint}."


def remark(key: KeyState, counts: dict[int, int]) -> str:
    """What else an operator needs to know of it."""
    if key.number == OF_BEFORE and counts.get(OF_BEFORE):
        return " by all keys 0"
    is_free = key.is_listed and not key.is_present and not counts.get(key.number)
    return ": it may be taken out" if is_free and key.used_at else ""
