"""Reminders, expiries, and the e-mails that wait: for a daily cron, or a more frequent one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from notices.actions import send_waiting
from proxies.reminders import remind, tell_expired


class Command(BaseCommand):
    help = (
        "Write the reminders before a proxy ends (60, 30, 7 days) and what has expired, then "
        "e-mail all that waits. Safe to run as often as one likes, and twice at once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        told = remind() + tell_expired()
        sent, failed = send_waiting()
        self.stdout.write(
            f"Messages written: {told}. Waiting e-mails sent: {sent}; failed: {failed}."
        )
        if failed:
            raise CommandError("Some e-mails could not be sent: they wait for the next run.")
