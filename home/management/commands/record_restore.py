"""Record that the database was put back to an earlier state: what pages say of it, and sessions."""

import argparse
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from home.restores import record_restore, withdraw_latest


def instant(typed: str) -> datetime:
    """An instant in ISO 8601, with its zone: an hour without one is two in the night of autumn."""
    at = None
    with suppress(ValueError):
        at = datetime.fromisoformat(typed)
    if at is None or at.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"{typed}: write an instant with its zone, such as 2026-12-01T09:15-05:00"
        )
    return at


class Command(BaseCommand):
    help = """
After a restore to an earlier state, once, before the portal is served again. From then on:

- the public page of verification says that an acknowledgment delivered in the period may be missing
  from the register; it says so of every number of that year that it does not find;
- ESMs read at home, for thirty days, that what was done in the period is no longer there;
- everybody signs in again: the sessions and codes of the earlier state are ended.

--lost-from is the instant that the database was put back to (its recovery_target_time, or the
beginning of the dump), --lost-until the last one at which the lost state may have been served.
"""

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            *args, formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--lost-from", type=instant, metavar="INSTANT")
        parser.add_argument("--lost-until", type=instant, metavar="INSTANT")
        parser.add_argument(
            "--withdraw", action="store_true", help="take back the record made last: it was wrong"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        lost_from, lost_until = options["lost_from"], options["lost_until"]
        if options["withdraw"]:
            if lost_from or lost_until:
                raise CommandError("--withdraw goes alone.")
            return self.withdraw()
        if not (lost_from and lost_until):
            raise CommandError("Give --lost-from and --lost-until, or --withdraw.")
        try:
            with translation.override("en"):
                recorded = record_restore(lost_from=lost_from, lost_until=lost_until)
        except ValidationError as refused:
            raise CommandError(" ".join(refused.messages)) from refused
        self.stdout.write(
            f"Recorded: lost from {lost_from.isoformat()} until {lost_until.isoformat()}. "
            f"Ended: sessions {recorded.sessions}, codes {recorded.codes}."
        )
        return None

    def withdraw(self) -> None:
        restore = withdraw_latest()
        if restore is None:
            raise CommandError("No restore is recorded.")
        self.stdout.write(f"Withdrawn: {restore}.")
