"""Reminders and expiries: for a daily cron, or a more frequent one."""

from typing import Any

from cse_portal.commands.long_command import LongCommand
from cse_portal.commands.progress import Progress
from proxies.reminders import notify_expired, remind


class Command(LongCommand):
    help = (
        "Write the reminders before a proxy ends (60, 30, 7 days) and what has expired; "
        "send_letters e-mails them. Safe to run as often as one likes, and twice at once."
    )

    def perform(self, progress: Progress, **options: Any) -> str:
        written = remind() + notify_expired()
        return f"Messages written: {written}."
