"""A city in figures, at the reader's level: counts per kind and status, hidden ones per district with suppression."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from infra_registry.access import Actor
from infra_registry.assets.kinds import Kind
from infra_registry.publish import masks as publication
from infra_registry.publish.assets import IN_AREA

SUPPRESS_BELOW = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts by kind and by status of what this reader sees."""

    by_kind: dict[str, int]
    by_status: dict[str, int]
    total: int


@dataclass(frozen=True, slots=True)
class HiddenCount:
    """Assets in a district that this reader is not shown; ``count`` is None where it is above 0 and below 5."""

    district: str
    name: str
    count: int | None


def city(connection: Connection, actor: Actor, area_code: str | None = None) -> Figures:
    """Figures of one area, or of the whole register without one."""
    levels = publication.load(connection, actor).levels_sql()
    within = f"AND {IN_AREA}" if area_code else ""
    rows = connection.execute(
        text(
            f"SELECT p.kind, p.status, count(*) AS n FROM asset_place p "
            f"WHERE p.level IN {levels} {within} GROUP BY 1, 2"
        ),
        {"area": area_code} if area_code else {},
    ).all()
    kinds: dict[str, int] = {}
    statuses: dict[str, int] = {}
    for kind, status, n in rows:
        kinds[kind] = kinds.get(kind, 0) + n
        statuses[status] = statuses.get(status, 0) + n
    by_kind: dict[str, int] = {kind.value: kinds[kind.value] for kind in Kind if kind.value in kinds}
    return Figures(by_kind, statuses, sum(kinds.values()))


def hidden_counts(connection: Connection, city_code: str) -> list[HiddenCount]:
    """Hidden assets (P0, P4) per district of a city: "something here, ask". Run as the service, shown to anyone."""
    rows = connection.execute(
        text("""
        SELECT d.code, d.name, count(a.id) AS n FROM area d JOIN area c ON c.id = d.parent_id
        LEFT JOIN asset_area aa ON aa.area_id = d.id AND aa.level = 'exact'
        LEFT JOIN asset a ON a.id = aa.asset_id AND a.access_class IN ('P0', 'P4') AND a.status <> 'retired'
        WHERE c.code = :city GROUP BY 1, 2 ORDER BY 1"""),
        {"city": city_code},
    )
    return [
        HiddenCount(row.code, row.name, row.n if row.n == 0 or row.n >= SUPPRESS_BELOW else None)
        for row in rows
    ]
