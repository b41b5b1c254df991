"""The base of the commands that may take long."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cse_portal.commands.progress import Progress
from cse_portal.commands.runs import Stopped, recorded

STOPPING = (signal.SIGINT, signal.SIGTERM)


class LongCommand(BaseCommand):
    """A command that shows how far it is, ends cleanly, and leaves its last run on record.

    A subclass does its work in `perform` and returns the sentence that it ends with.
    """

    #: what holds after Ctrl-C or SIGTERM, as a sentence
    when_stopped = "What was done stays; run it again to go on."

    def perform(self, progress: Progress, **options: Any) -> str:
        """Do the work, telling `progress` how far it is; return the sentence that ends it.

        Raises CommandError when it fails, as any command.
        """
        raise NotImplementedError

    def run_name(self, **options: Any) -> str:
        """The name under which the run is recorded: the command's own."""
        return type(self).__module__.rpartition(".")[2]

    def is_recorded(self, **options: Any) -> bool:
        """Whether this run counts as a run of the command."""
        return True

    def handle(self, *args: Any, **options: Any) -> None:
        progress = Progress(self.run_name(**options), out=sys.stderr)
        try:
            with stoppable():
                if not self.is_recorded(**options):
                    told = self.perform(progress, **options)
                else:
                    with recorded(progress.command) as run:
                        told = run.told = self.perform(progress, **options)
        except KeyboardInterrupt as stop:
            progress.end()
            number = getattr(stop, "number", signal.SIGINT)
            done = f"Stopped after {progress.done:,}. {self.when_stopped}"
            raise CommandError(done, returncode=128 + number) from None
        finally:
            progress.end()
        self.stdout.write(told)


@contextmanager
def stoppable() -> Iterator[None]:
    """Inside the block, Ctrl-C and SIGTERM raise Stopped, once; the next one acts as before."""
    if threading.current_thread() is not threading.main_thread():
        yield  # the main thread alone receives signals
        return
    before = {number: signal.getsignal(number) for number in STOPPING}

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(number: int, frame: FrameType | None) -> None:
        put_back()
        raise Stopped(number)

    for number in STOPPING:
        signal.signal(number, stop)
    try:
        yield
    finally:
        put_back()
