"""Serves the metrics for Prometheus, on a separate port that must not be public."""

import argparse
import threading
from typing import Any

from django.core.management.base import BaseCommand
from prometheus_client import CollectorRegistry, start_http_server

from home.metrics import PortalCollector


class Command(BaseCommand):
    help = "Serve the portal's figures for Prometheus at http://HOST:PORT/metrics, until Ctrl-C."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=9100)

    def handle(self, *args: Any, **options: Any) -> None:
        registry = CollectorRegistry()
        registry.register(PortalCollector())
        server, thread = start_http_server(options["port"], addr=options["host"], registry=registry)
        self.stdout.write(f"Figures at http://{options['host']}:{options['port']}/metrics")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            server.shutdown()
            thread.join()
