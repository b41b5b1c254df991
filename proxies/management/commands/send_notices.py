"""Reminders and expiries: for a daily cron, or a more frequent one."""

from typing import Any

from django.core.management.base import BaseCommand

from proxies.reminders import notify_expired, remind


class Command(BaseCommand):
    help = (
        "Write the reminders before a proxy ends (60, 30, 7 days) and what has expired; "
        "send_letters e-mails them. Safe to run as often as one likes, and twice at once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        written = remind() + notify_expired()
        self.stdout.write(f"Messages written: {written}.")
