"""The command that loads the demo companies; existing rows stay as they are."""

from typing import Any

from django.core.management.base import BaseCommand

from sandbox import demo_companies


class Command(BaseCommand):
    help = "Load the demo companies. Run again, it adds only what is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        demo_companies.load()
