"""The SQL statements that reach PostgreSQL, counted by `pg_stat_statements`.

All that a client sends is counted, BEGIN and COMMIT and what sets the scope in PostgreSQL included;
so are the checks that wait for COMMIT (of keys, of the trail), statements of their own to
PostgreSQL. What a trigger or a policy runs at once is not. The extension stands in the server's own
database: the measured databases stay as in production.
"""

from typing import Any

from bench.place import Database


class Statements:
    """Calls of one database since `forget`."""

    def __init__(self, database: Database, name: str) -> None:
        self.connection = database.as_administrator()
        self.connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        found = self.connection.execute(
            "SELECT oid FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        self.oid = found[0] if found else 0

    def forget(self) -> None:
        self.connection.execute("SELECT pg_stat_statements_reset(0, %s, 0)", [self.oid])

    def count(self) -> int:
        found = self.connection.execute(
            "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE dbid = %s", [self.oid]
        ).fetchone()
        return int(found[0]) if found else 0

    def each(self) -> list[dict[str, Any]]:
        """Every statement, its constants taken out, with its calls, the most time first."""
        rows = self.connection.execute(
            "SELECT query, sum(calls)::int, sum(total_exec_time) FROM pg_stat_statements"
            " WHERE dbid = %s GROUP BY query ORDER BY 3 DESC",
            [self.oid],
        ).fetchall()
        return [{"query": query, "calls": calls, "ms": ms} for query, calls, ms in rows]

    def close(self) -> None:
        self.connection.close()
