"""Send the letters that wait: as a service, or with `--once` from a cron."""

import argparse
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from notices.letters import send_all_due
from notices.mail_server import MailServerUnavailable
from notices.worker import Worker


class Command(BaseCommand):
    help = (
        "E-mail the messages and letters that wait, as soon as each is written, until Ctrl-C or "
        "SIGTERM. Several may run at once: each letter is sent once."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="send what is due, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.send_once()
            return
        worker = Worker()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()

    def send_once(self) -> None:
        try:
            results = send_all_due()
        except MailServerUnavailable as error:
            raise CommandError(f"Letters wait: no mail server ({error}).") from None
        self.stdout.write(
            "Letters sent: {}; to be tried again: {}; refused: {}; given up: {}; void: {}.".format(
                *(results[result] for result in ("sent", "failed", "refused", "given_up", "void"))
            )
        )
