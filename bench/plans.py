"""How PostgreSQL answers every statement of the pages, and which indexes nothing asked for.

The statements are those that the portal sends, with its own role, company and parameters: a portal
of its own is started whose connections explain all they do (`auto_explain`, of PostgreSQL itself),
each page is visited, and the plans are read from the server's log. A table that is nearly empty
here is read whole, rightly; whether an index would do once it has grown is seen in a second portal,
configured to avoid such reading.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.databases import Sized
from bench.pages import Page
from bench.place import Database, Site, python
from bench.progress import print_line
from bench.rounds import Compared
from cse_portal.embedded.server import PROJECT

PORT = 8134
EXPLAINING = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_format": "json",
}
AVOIDING = EXPLAINING | {"enable_seqscan": "off"}
GROWS = re.compile(
    r"users_(user|signincode|tries)$|proxies_|registrations_registration$|notices_|django_session$"
    r"|cse_portal_(receipt|draft|company)$"
)
#: rows under which PostgreSQL rightly reads a table whole
FEW = 1_000
VISITS = 3


@dataclass
class Explained:
    """One statement of a page."""

    page: str
    plan: dict[str, Any]

    @property
    def shape(self) -> str:
        """The statement without its constants and its list of columns."""
        text = re.sub(r"\s+", " ", self.plan["Query Text"]).strip()
        text = re.sub(r"'(?:[^']|'')*'|\b\d+\b", "…", text)
        text = re.sub(r"\(…(?:, …)+\)", "(…)", text)
        return without_columns(text).replace('"', "")

    def nodes(self) -> list[dict[str, Any]]:
        return list(below(self.plan["Plan"]))

    @property
    def ways(self) -> list[str]:
        """How each table is read: by which index, or whole."""
        found = [
            f"{node['Node Type']} {node.get('Index Name') or node['Relation Name']}"
            for node in self.nodes()
            if "Index Name" in node
            or ("Relation Name" in node and "Bitmap" not in node["Node Type"])
        ]
        return list(dict.fromkeys(found))

    def read_whole(self) -> set[str]:
        """Tables that grow, of which all rows were looked at."""
        return {
            node["Relation Name"]
            for node in self.nodes()
            if node["Node Type"] == "Seq Scan" and GROWS.match(node["Relation Name"])
        }

    def summary(self) -> dict[str, Any]:
        top = self.plan["Plan"]
        return {
            "page": self.page,
            "statement": self.shape,
            "ways": self.ways,
            "rows": top["Actual Rows"],
            "ms": top["Actual Total Time"],
            "blocks": top.get("Shared Hit Blocks", 0) + top.get("Shared Read Blocks", 0),
        }


def below(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A node of a plan and all that feed it, those that were never run left out."""
    if node.get("Actual Loops", 1) == 0:
        return
    yield node
    for child in node.get("Plans", ()):
        yield from below(child)


def without_columns(text: str) -> str:
    """A SELECT from its own FROM on: not that of a query within its list of columns."""
    if not text.startswith("SELECT "):
        return text
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and text.startswith(" FROM ", place):
            return "SELECT …" + text[place:]
    return text


def explain(database: Database, here: Sized, pages: list[Page]) -> dict[str, Any]:
    """Each statement of each page once, and the growing tables that were read whole."""
    found = of_pages(database, here, pages, EXPLAINING)
    avoided = of_pages(database, here, pages, AVOIDING)
    rows = rows_of(database, here)
    whole = {
        (statement.page, statement.shape, table)
        for statement in found
        for table in statement.read_whole()
    }
    unavoidable = {
        (statement.page, statement.shape, table)
        for statement in avoided
        for table in statement.read_whole()
    }
    save_plans(found)
    bad = sorted(read for read in whole if rows.get(read[2], 0) > FEW) + sorted(unavoidable - whole)
    small = sorted({table for _page, _shape, table in whole if rows.get(table, 0) <= FEW})
    for page, shape, table in bad:
        print_line(f"read whole: {table} ({rows.get(table, 0):,} rows), {page}: {shape[:120]}")
    return {
        "statements": [statement.summary() for statement in found],
        "read_whole": [
            {"page": page, "statement": shape, "table": table, "rows": rows.get(table, 0)}
            for page, shape, table in bad
        ],
        "no_index_at_all": sorted({table for _page, _shape, table in unavoidable}),
        "small_here": {table: rows.get(table, 0) for table in small},
    }


def of_pages(
    database: Database, here: Sized, pages: list[Page], options: dict[str, str]
) -> list[Explained]:
    """What the log has of each page, the same statement once."""
    found: dict[tuple[str, str, str], Explained] = {}
    with explaining(database, here, options), Site("cse_portal.wsgi", here.url, PORT) as portal:
        portal.first_answer("/fr/connexion/")
        compared = Compared(database, here, portal, portal, VISITS)
        for page in pages:
            ready = compared.visits(page, VISITS)
            since = database.server.log.stat().st_size
            for visit in ready:
                visit()
            for statement in logged(database, since, page.name):
                found.setdefault(
                    (statement.page, statement.shape, " ".join(statement.ways)), statement
                )
        since = database.server.log.stat().st_size
        python("-m", "bench.decision", str(here.size), "1", database_url=here.url)
        decided = list(logged(database, since, "access decision"))
        often = Counter(statement.shape for statement in decided)  # the others prepare the measure
        for statement in decided:
            if often[statement.shape] > len(often):
                found.setdefault(
                    (statement.page, statement.shape, " ".join(statement.ways)), statement
                )
    return list(found.values())


@contextmanager
def explaining(database: Database, here: Sized, options: dict[str, str]) -> Iterator[None]:
    """New connections to that database log the plan of each statement."""
    with database.as_administrator() as administrator:
        for name, value in options.items():
            administrator.execute(f"ALTER DATABASE {here.name} SET {name} = '{value}'")
        try:
            yield
        finally:
            administrator.execute(f"ALTER DATABASE {here.name} RESET ALL")


def logged(database: Database, since: int, page: str) -> Iterator[Explained]:
    """The plans in the log from that place on; those of PostgreSQL's own tables are left out."""
    with database.server.log.open("rb") as log:
        log.seek(since)
        text = log.read().decode(errors="replace")
    for found in re.finditer(r"duration: [\d.]+ ms  plan:\n((?:\t.*\n)+)", text):
        one = Explained(page, json.loads(found[1].replace("\n\t", "\n")))
        if any(
            "Relation Name" in node and node["Relation Name"][:3] != "pg_" for node in one.nodes()
        ):
            yield one


def rows_of(database: Database, here: Sized) -> dict[str, int]:
    with database.as_administrator(here.name) as administrator:
        return dict(
            administrator.execute(
                "SELECT relname, greatest(reltuples, 0)::bigint FROM pg_class WHERE relkind = 'r'"
            ).fetchall()
        )


def save_plans(found: list[Explained]) -> None:
    """Save the whole plans, for a closer look."""
    path = PROJECT / "var" / "bench" / "plans.json"
    whole = [{"page": statement.page, **statement.plan} for statement in found]
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False))


def forget_uses(database: Database, here: Sized) -> None:
    """From here on, uses of indexes are counted anew."""
    with database.as_administrator(here.name) as administrator:
        administrator.execute("SELECT pg_stat_reset()")


def unused_indexes(database: Database, here: Sized) -> list[dict[str, Any]]:
    """Indexes that nothing asked for, that guard no rule and follow no foreign key."""
    with database.as_administrator(here.name) as administrator:
        rows = administrator.execute(
            """
            SELECT s.relname, s.indexrelname, pg_relation_size(s.indexrelid)
            FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid)
            WHERE s.idx_scan = 0 AND s.schemaname = 'public' AND NOT i.indisunique
              AND NOT EXISTS (
                SELECT FROM pg_constraint c
                WHERE c.conrelid = i.indrelid AND c.contype = 'f' AND c.conkey[1] = i.indkey[0])
            ORDER BY 3 DESC, 2
            """
        ).fetchall()
    return [{"table": table, "index": name, "bytes": size} for table, name, size in rows]
