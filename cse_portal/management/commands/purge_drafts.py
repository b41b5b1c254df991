"""Delete drafts that were not changed for a day: they contain personal information."""

import argparse
from datetime import timedelta
from typing import Any

from cse_portal import clock
from cse_portal.commands.long_command import LongCommand
from cse_portal.commands.progress import Progress
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Draft


class Command(LongCommand):
    help = "Delete the drafts that were not touched for a day (or --hours). For a daily cron."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--hours", type=int, default=24)

    def perform(self, progress: Progress, **options: Any) -> str:
        limit = clock.now() - timedelta(hours=options["hours"])
        with across_companies(because="every company's abandoned drafts are forgotten"):
            count, _by_model = Draft.objects.filter(kept_at__lt=limit).delete()
        return f"{count} drafts deleted."
