"""Verify the trail: find rows changed, removed, added or moved directly in the database."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.signing import BadSignature

from cse_portal.commands.long_command import LongCommand
from cse_portal.commands.progress import Progress
from cse_portal.keys_on_record import WHAT_TO_DO, Purpose, put_on_record
from notices import anchors
from notices.anchors import Anchor, NoSuchKey
from notices.known_ends import KnownEnds
from notices.trail import Reading
from notices.trail_since import ReadingSince

SHOWN = 100  # faults printed one by one


class Command(LongCommand):
    help = """
Read every company's trail of receipts and events again, and name each row that was changed,
removed, added or moved behind the portal's back. Exit code 1 when there is one.

The digests are computed here, and no function of the database answers. What keeps the trail there
(functions, triggers, tables, policies) is compared with what this version's migrations make, and
each difference is named too. However many entries there are, some are in memory.

Whoever has the database's password could compute a whole trail again. Against that, keep the ends
of the trails where they can't write (another machine, paper), and compare later:

    verify_trail --save FILE                   only when nothing is wrong; never over another file
    verify_trail --against FILE --save LATER   nothing that FILE knew has changed since
    verify_trail --since FILE --save LATER     what was appended since FILE, and that the ends that
                                               it knew are still there

The last one is for every night: it reads what a day wrote. A row that was changed before FILE, or
added without a place in the trail, is found by the whole reading alone: every week.

A folder may stand for a file: --save names one there by the instant, --against and --since take the
latest of it; --since an empty folder reads the whole trail.

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
        known = parser.add_mutually_exclusive_group()
        known.add_argument("--against", type=Path, metavar="FILE", help="compare with these ends")
        known.add_argument(
            "--since", type=Path, metavar="FILE", help="read what came after these ends alone"
        )
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="delete all but the N latest of the folder in which this one is saved",
        )

    def run_name(self, **options: Any) -> str:
        """The two readings are on record apart: each has its timer."""
        name, since = super().run_name(**options), options["since"]
        is_whole = since is None or (since.is_dir() and anchors.latest_in(since) is None)
        return name if is_whole else f"{name}_since"

    def perform(self, progress: Progress, **options: Any) -> str:
        save, keep = options["save"], options["keep"]
        if keep is not None and not (keep > 0 and save and save.is_dir()):
            raise CommandError("--keep N goes with --save FOLDER, and keeps one at least.")
        known = read_anchor(options["since"] or options["against"])
        reading_of = ReadingSince if options["since"] and known else Reading
        with saving(save) as new:
            reading = reading_of(KnownEnds(known.lines() if known else ()), progress=progress)
            if new:
                reading.keep = new.add
            self.tell_faults(reading)
        if keep:
            anchors.delete_all_but(keep, save)
        since = f" since {known.file.name}" if known and options["since"] else ""
        return f"{reading.count} entries{since}, {reading.companies} companies: whole."

    def tell_faults(self, reading: Reading) -> None:
        """Name each fault. Raises CommandError when there is one."""
        faults = 0
        for fault in reading.faults():
            faults += 1
            if faults <= SHOWN:
                self.stdout.write(str(fault))
        if faults:
            raise CommandError(f"{faults} faults in {reading.count} entries.")


def read_anchor(place: Path | None) -> Anchor | None:
    """The anchor of a file, or the latest of a folder; None without any."""
    file = anchors.latest_in(place) if place and place.is_dir() else place
    if file is None:
        return None
    try:
        return Anchor.read(file)
    except OSError as error:
        raise CommandError(f"{file} can't be read: {error}") from error
    except NoSuchKey as error:
        raise CommandError(f"{file} can't be verified: {error}.") from error
    except BadSignature as error:
        raise CommandError(f"{file} is not what this portal wrote.") from error


@contextmanager
def saving(place: Path | None) -> Iterator[anchors.NewAnchor | None]:
    """The anchor to write, there once the block has ended; None without a place for it.

    The database then knows that a file needs its key.
    """
    if place is None:
        yield None
        return
    try:
        with anchors.writing(place) as new:
            if said := put_on_record(Purpose.ANCHORS):
                raise CommandError(" ".join([*said, WHAT_TO_DO]))
            yield new
    except NoSuchKey as error:
        raise CommandError(f"Nothing can be signed: {error}. {WHAT_TO_DO}") from error
    except OSError as error:
        raise CommandError(f"{place} can't be written: {error}") from error
