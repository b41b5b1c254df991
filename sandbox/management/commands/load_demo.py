"""The command that loads the demo companies; existing rows stay as they are."""

from typing import Any

from cse_portal.commands.long_command import LongCommand
from cse_portal.commands.progress import Progress
from sandbox import demo_companies


class Command(LongCommand):
    when_stopped = "Nothing was loaded; run it again."
    help = "Load the demo companies. Run again, it adds only what is missing."

    def perform(self, progress: Progress, **options: Any) -> str:
        demo_companies.load(progress)
        return "The demo companies are there."
