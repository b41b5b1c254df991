"""Django's operations on PostgreSQL, but for those that need the zone files of its server."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import operations

from cse_portal.inheritance import stands_on


class ZoneNamed(RuntimeError):
    """A query would name a time zone, which the server of another installation may not know."""


@stands_on("_convert_sql_to_tz")
class DatabaseOperations(operations.DatabaseOperations):
    """A day, an hour or a month of an instant is never asked of PostgreSQL.

    `at__date=day`, `TruncDate`, `ExtractHour` or the admin's `date_hierarchy` would send
    `AT TIME ZONE 'America/Montreal'`: an error where the zone files of the server lack that name,
    as recent ones do. They raise ZoneNamed everywhere, so that the tests of any machine see it.
    """

    def _convert_sql_to_tz(
        self, sql: str, params: Sequence[Any], tzname: str | None
    ) -> tuple[str, Sequence[Any]]:
        if tzname:
            raise ZoneNamed("Compare with the bounds of a day (cse_portal.clock.start_of).")
        return sql, params
