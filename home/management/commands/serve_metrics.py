"""Serves the figures of this machine, on a separate port that must not be public."""

import argparse
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from prometheus_client import CollectorRegistry, start_http_server

from home.scrape import ScrapeCollector


class Command(BaseCommand):
    help = "Serve the portal's figures for Prometheus at http://HOST:PORT/metrics, until Ctrl-C."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=9100)

    def handle(self, *args: Any, **options: Any) -> None:
        registry = CollectorRegistry()
        folder = Path(settings.CSE_FIGURES) if settings.CSE_FIGURES else None
        registry.register(ScrapeCollector(folder))
        server, thread = start_http_server(options["port"], addr=options["host"], registry=registry)
        self.stdout.write(f"Figures at http://{options['host']}:{options['port']}/metrics")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            server.shutdown()
            thread.join()
