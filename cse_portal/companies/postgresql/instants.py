"""How an instant that PostgreSQL writes is read: every page reads a dozen."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from psycopg.adapt import AdaptersMap
from psycopg.types.datetime import TimestamptzLoader


class InstantLoader(TimestamptzLoader):
    """`2026-11-29 09:14:44.947915+00`, as a connection in UTC has it, by Python's own reader.

    Whatever else (another style of dates, `infinity`, a year before ours) goes psycopg's way.
    """

    #: Django asks whether a loader is of the connection's own time zone
    timezone = UTC

    def load(self, data: Any) -> datetime:
        try:
            return datetime.fromisoformat(bytes(data).decode())
        except ValueError:
            return super().load(data).astimezone(UTC)


@cache  # Django asks for the same ones at every request
def reading_instants(adapters: AdaptersMap) -> AdaptersMap:
    """The same adapters, with that loader."""
    context = AdaptersMap(adapters)
    context.register_loader("timestamptz", InstantLoader)
    return context
