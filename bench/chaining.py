"""The trail of what COPY wrote: computed as PostgreSQL does, for all companies at once.

The portal's own triggers chain a row at a time, which a million companies would wait for.
"""

import psycopg

#: the rows of each company in the order of their places: its receipts, then its events
PLACES = """
    CREATE TEMPORARY TABLE places AS
    SELECT company_id, receipt_id, event_id, row_number() OVER (
        PARTITION BY company_id ORDER BY event_id NULLS FIRST, receipt_id
    ) AS place
    FROM (
        SELECT company_id, id AS receipt_id, NULL::bigint AS event_id FROM cse_portal_receipt
        UNION ALL SELECT company_id, NULL, id FROM notices_event
    ) written
"""
ENTRIES = """
    INSERT INTO notices_trailentry
        (company_id, receipt_id, event_id, columns, position, previous, digest)
    SELECT place.company_id, place.receipt_id, place.event_id, covered.columns, place.place,
        coalesce(last.digest, ''), encode(sha256(convert_to(jsonb_build_array(
            coalesce(last.digest, ''), place.company_id, place.place, place.receipt_id,
            place.event_id, to_jsonb(covered.columns), jsonb_build_array({values})
        )::text, 'UTF8')), 'hex')
    FROM places place JOIN {table} one ON one.id = place.{key}
    LEFT JOIN notices_trailentry last
        ON last.company_id = place.company_id AND last.position = place.place - 1
    CROSS JOIN (SELECT trail_columns('{table}') AS columns) covered
    WHERE place.place = {place}
"""
HEADS = """
    INSERT INTO notices_trailhead (company_id, position, digest)
    SELECT DISTINCT ON (company_id) company_id, position, digest FROM notices_trailentry
    ORDER BY company_id, position DESC
"""
TABLES = {"receipt_id": "cse_portal_receipt", "event_id": "notices_event"}


def is_made_up(connection: psycopg.Connection) -> bool:
    """Whether the trail is one that former seeds made up: its digests are none."""
    found = connection.execute("SELECT columns FROM notices_trailentry ORDER BY id LIMIT 1")
    return found.fetchone() in (None, (["id"],))


def chain(connection: psycopg.Connection) -> None:
    """Compute the trail of all receipts and events anew, as the server's administrator."""
    for setting in ("session_replication_role = replica", "timezone = 'UTC'", "work_mem = '256MB'"):
        connection.execute(f"SET {setting}")
    connection.execute("DELETE FROM notices_trailentry")
    connection.execute("DELETE FROM notices_trailhead")
    connection.execute(PLACES)
    connection.execute("CREATE INDEX ON places (place)")
    connection.execute("ANALYZE places")
    last = connection.execute("SELECT max(place) FROM places").fetchone()
    for place in range(1, (last[0] or 0) + 1 if last else 1):
        for key, table in TABLES.items():
            columns = connection.execute(
                "SELECT unnest(trail_columns(%s::regclass))", [table]
            ).fetchall()
            values = ", ".join(f'to_jsonb(one."{name}")' for (name,) in columns)
            connection.execute(ENTRIES.format(key=key, table=table, place=place, values=values))
        if place < 4:  # most companies have three rows: later places are of few
            connection.execute("ANALYZE notices_trailentry")
    connection.execute(HEADS)
    connection.execute("DROP TABLE places")
    for setting in ("session_replication_role", "timezone", "work_mem"):
        connection.execute(f"RESET {setting}")
