"""Verify the trail: find rows changed, removed, added or moved directly in the database."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.signing import BadSignature

from cse_portal.commands.long_command import LongCommand
from cse_portal.commands.progress import Progress
from cse_portal.keys_on_record import WHAT_TO_DO, Purpose, put_on_record
from notices import trail
from notices.anchors import NoSuchKey

SHOWN = 100  # faults printed one by one


class Command(LongCommand):
    help = """
Read every company's trail of receipts and events again, and name each row that was changed,
removed, added or moved behind the portal's back. Exit code 1 when there is one. For a daily cron.

The digests are computed here, and no function of the database answers. What keeps the trail there
(functions, triggers, tables, policies) is compared with what this version's migrations make, and
each difference is named too.

Whoever has the database's password could compute a whole trail again. Against that, keep the ends
of the trails where they can't write (another machine, paper), and compare later:

    verify_trail --save FILE                   only when nothing is wrong; never over another file
    verify_trail --against FILE --save LATER   nothing that FILE knew has changed since

The file is signed with the first of CSE_ANCHOR_KEYS and names it by its number; the others read
those of before. Whoever writes another file needs that key as well.
"""

    when_stopped = "Nothing is said of the rest: run it again."

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            *args, formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--save", type=Path, metavar="FILE", help="write the trails' ends")
        parser.add_argument("--against", type=Path, metavar="FILE", help="compare with these ends")

    def perform(self, progress: Progress, **options: Any) -> str:
        against = options["against"]
        reading = trail.Reading(
            known_heads=read_heads(against) if against else {}, progress=progress
        )
        faults = 0
        for fault in reading.faults():
            faults += 1
            if faults <= SHOWN:
                self.stdout.write(str(fault))
        if faults:
            raise CommandError(f"{faults} faults in {reading.count} entries.")
        if options["save"]:
            save(options["save"], signed(reading.heads))
        return f"{reading.count} entries, {len(reading.heads)} companies: whole."


def read_heads(file: Path) -> dict[int, trail.End]:
    try:
        return trail.read_signed_heads(file.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} can't be read: {error}") from error
    except NoSuchKey as error:
        raise CommandError(f"{file} can't be verified: {error}.") from error
    except BadSignature as error:
        raise CommandError(f"{file} is not what this portal wrote.") from error


def signed(heads: dict[int, trail.End]) -> str:
    """The text to keep; the database then knows that a file needs its key."""
    try:
        text = trail.sign_heads(heads)
    except NoSuchKey as error:
        raise CommandError(f"Nothing can be signed: {error}. {WHAT_TO_DO}") from error
    if said := put_on_record(Purpose.ANCHORS):
        raise CommandError(" ".join([*said, WHAT_TO_DO]))
    return text


def save(file: Path, text: str) -> None:
    try:
        with file.open("x") as new_file:
            new_file.write(text)
    except OSError as error:
        raise CommandError(f"{file} can't be written: {error}") from error
