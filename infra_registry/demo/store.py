"""SQL of the sample data that no other store has: its parties, cells, duct ends, and its removal."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, text

from infra_registry.assets.tables import cell, duct_end
from infra_registry.parties.tables import party, user_account, user_role


def loaded(connection: Connection, source_id: int) -> int:
    """How many assets of this source are registered."""
    query = text("SELECT count(*) FROM asset WHERE source_id = :source AND sample")
    return int(connection.scalar(query, {"source": source_id}) or 0)


def put_parties(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Insert the parties that are not there yet; ids by code."""
    codes = [row["code"] for row in rows]
    existing = set(connection.scalars(select(party.c.code).where(party.c.code.in_(codes))))
    fresh = [dict(row) for row in rows if row["code"] not in existing]
    if fresh:
        connection.execute(insert(party), fresh)
    stored = connection.execute(select(party.c.code, party.c.id).where(party.c.code.in_(codes)))
    return {row.code: row.id for row in stored}


def put_accounts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the accounts that are not there yet with their roles; how many."""
    count = 0
    for row in rows:
        values = {name: value for name, value in row.items() if name not in ("roles", "area_id")}
        if connection.scalar(select(user_account.c.id).where(user_account.c.login == row["login"])):
            continue
        key = connection.scalar(insert(user_account).values(**values).returning(user_account.c.id))
        connection.execute(
            insert(user_role),
            [{"user_id": key, "role": role, "area_id": row["area_id"]} for role in row["roles"]],
        )
        count += 1
    return count


def add_cells(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert cells of base stations."""
    if rows:
        connection.execute(insert(cell), [dict(row) for row in rows])


def add_ends(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the chambers ducts run between."""
    if rows:
        connection.execute(insert(duct_end), [dict(row) for row in rows])


def has_run(connection: Connection, area_code: str, method: str) -> bool:
    """True when the product itself asked for a run of the area that has ended, waits or is being computed."""
    query = text("""SELECT EXISTS (SELECT 1 FROM coverage_run r JOIN area a ON a.id = r.area_id
                    WHERE a.code = :area AND r.method = :method AND r.user_id IS NULL
                      AND (r.ended_at IS NOT NULL OR is_computed(r.job_id)))""")
    return bool(connection.scalar(query, {"area": area_code, "method": method}))


_MARKED = ("asset", "agreement", "project", "opening_event", "key_area", "campaign", "coverage_claim",
           "coverage_challenge", "coverage_measurement", "population_zone", "road")  # fmt: skip
# A disabled account stays for what it did once, and with it the party it belongs to.
_LEFT = dict.fromkeys(_MARKED, "sample") | {
    "user_account": "sample AND active",
    "party": """sample AND NOT EXISTS (
        SELECT 1 FROM user_account u WHERE u.party_id = t.id AND u.sample AND NOT u.active)""",
    "inhabited": "EXISTS (SELECT 1 FROM source s WHERE s.id = t.source_id AND s.sample)",
}


def left(connection: Connection) -> dict[str, int]:
    """Rows of sample data by table, without tables that have none. Run as the service."""
    counts = [
        f"SELECT '{name}' AS name, count(*) AS n FROM {name} t WHERE {rule}"  # noqa: S608  constants of this module
        for name, rule in _LEFT.items()
    ]
    rows = connection.execute(text(" UNION ALL ".join(counts)))
    return {row.name: row.n for row in rows if row.n}


def remove(connection: Connection) -> dict[str, int]:
    """Delete sample data; what others refer to stays and is counted as kept."""
    counts = connection.scalar(text("SELECT remove_samples()"))
    return dict(counts or {})
