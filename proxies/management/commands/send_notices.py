"""Reminders and expiries: for a daily cron, or a more frequent one."""

from typing import Any

from django.core.management.base import CommandError

from cse_portal.commands.long_command import LongCommand
from cse_portal.commands.progress import Progress
from proxies.reminders import Round


class Command(LongCommand):
    help = (
        "Write the reminders before a proxy ends (60, 30, 7 days) and what has expired; "
        "send_letters e-mails them. What is due and not yet told is found by an index. Safe to run "
        "as often as one likes, twice at once, and again after it was stopped. A proxy that "
        "somebody holds locked is left for the next run. Exit code 1 when the notices of a proxy "
        "could not be written: the log names it, and the others are."
    )

    def perform(self, progress: Progress, **options: Any) -> str:
        done = Round(progress).write()
        told = f"Messages written: {done.written}."
        if done.locked:
            told += f" Proxies left for the next run, for somebody holds them: {len(done.locked)}."
        if done.failed:
            raise CommandError(f"{told} Proxies that failed, named by the log: {len(done.failed)}.")
        return told
