"""Assets per area as this reader is shown them: a thing on a border counts in every area it touches."""

from sqlalchemy import Connection, text

from infra_registry.access import Actor
from infra_registry.publish import masks as publication


def totals(connection: Connection, actor: Actor, parent_id: int | None = None) -> dict[int, int]:
    """Assets by area id; only the areas inside a parent when one is given."""
    within = "WHERE aa.area_id IN (SELECT id FROM area WHERE parent_id = :parent)" if parent_id else ""
    rows = connection.execute(
        text(f"SELECT aa.area_id, count(*) AS n {_from(connection, actor)} {within} GROUP BY 1"),
        {"parent": parent_id} if parent_id else {},
    )
    return {row.area_id: row.n for row in rows}


def by_kind(connection: Connection, actor: Actor, area_id: int) -> dict[str, int]:
    """Assets of an area by kind."""
    rows = connection.execute(
        text(
            f"SELECT p.kind, count(*) AS n {_from(connection, actor)} "
            "WHERE aa.area_id = :area GROUP BY 1 ORDER BY 1"
        ),
        {"area": area_id},
    )
    return {row.kind: row.n for row in rows}


def _from(connection: Connection, actor: Actor) -> str:
    levels = publication.load(connection, actor).levels_sql()
    return (
        "FROM asset_area aa JOIN asset_place p ON p.asset_id = aa.asset_id AND p.level = aa.level "
        f"AND p.level IN {levels}"
    )
