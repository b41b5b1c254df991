"""Delete drafts that were not changed for a day: they contain personal information."""

import argparse
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Draft


class Command(BaseCommand):
    help = "Delete the drafts that were not touched for a day (or --hours). For a daily cron."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--hours", type=int, default=24)

    def handle(self, *args: Any, **options: Any) -> None:
        limit = clock.now() - timedelta(hours=options["hours"])
        with across_companies(because="every company's abandoned drafts are forgotten"):
            count, _by_model = Draft.objects.filter(kept_at__lt=limit).delete()
        self.stdout.write(f"{count} drafts deleted.")
