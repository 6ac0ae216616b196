"""SQL of what the register already holds of the things a file speaks of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Boolean, Connection, and_, delete, func, insert, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT, TEXT
from sqlalchemy.sql.expression import bindparam

from infra_registry.assets.kinds import Kind
from infra_registry.assets.tables import DETAILS, asset, asset_place, cell
from infra_registry.db.aliases import ASSETS, currents
from infra_registry.exchange.related import Host
from infra_registry.parties.tables import party

_OWN = (
    "name",
    "name_en",
    "address",
    "status",
    "owner_stated",
    "operator_stated",
    "owner_id",
    "operator_id",
    "host_id",
    "batch_id",
)
# His party's, or in a city he regulates; everything for the product itself.
_WHOLE = func.sees_whole(asset.c.owner_id, asset.c.operator_id, asset.c.city_id, type_=Boolean)
CELL_NAMES = tuple(column.name for column in cell.columns if column.name not in ("id", "asset_id"))


@dataclass(frozen=True, slots=True)
class Existing:
    """A registered asset as an import compares itself with it."""

    id: int
    code: str
    version: int
    key: str
    own: dict[str, Any]
    fields: dict[str, Any]
    geometry: BaseGeometry


def existing(
    connection: Connection, kind: Kind, keys: Iterable[str], *, weak: bool, source_id: int | None
) -> list[Existing]:
    """Living assets of a kind with one of these keys, with their exact places.

    Only among what this reader sees whole, so that no row tells whether somebody else uses its reference; and
    among assets without a registered owner from the same source.
    """
    details = DETAILS[kind]
    names = [column.name for column in details.columns if column.name != "asset_id"]
    key = asset.c.weak_key if weak else asset.c.owner_ref
    criteria = (
        func.unnest(bindparam("keys", list(keys), type_=ARRAY(TEXT)))
        .table_valued("key")
        .render_derived(name="wanted")
    )
    same_source = asset.c.source_id.is_not_distinct_from(source_id)
    own = or_(_WHOLE, and_(asset.c.owner_id.is_(None), asset.c.source_id == source_id))
    scope = and_(own, same_source if weak else or_(asset.c.owner_id.is_not(None), same_source))
    query = (
        select(
            asset.c.id,
            asset.c.code,
            asset.c.version,
            key.label("key"),
            *(asset.c[name].label(f"own_{name}") for name in _OWN),
            *(details.c[name].label(f"field_{name}") for name in names),
            func.ST_AsBinary(asset_place.c.geom).label("wkb"),
        )
        .join(details, details.c.asset_id == asset.c.id)
        .join(asset_place, and_(asset_place.c.asset_id == asset.c.id, asset_place.c.level == "exact"))
        .join(criteria, criteria.c.key == key)
        .where(asset.c.kind == kind.value, asset.c.status != "retired", scope)
    )
    return [_existing(row, names) for row in connection.execute(query).mappings()]


def _existing(row: Any, names: Sequence[str]) -> Existing:
    return Existing(
        row["id"],
        row["code"],
        row["version"],
        row["key"],
        {name: row[f"own_{name}"] for name in _OWN},
        {name: row[f"field_{name}"] for name in names},
        shapely.from_wkb(bytes(row["wkb"])),
    )


def hosts(connection: Connection, keys: Iterable[str], source_id: int | None) -> dict[str, list[Host]]:
    """Assets that may carry others: by public code, or by owner's reference among those ``existing`` looks at."""
    references = list(keys)
    if not references:
        return {}
    today = currents(connection, references, *ASSETS)
    query = (
        select(
            *(asset.c[name] for name in ("id", "code", "kind", "owner_ref")),
            or_(asset.c.owner_id.is_not(None), asset.c.source_id.is_not(None)).label("sure"),
            func.ST_AsBinary(asset_place.c.geom).label("wkb"),
        )
        .join(asset_place, and_(asset_place.c.asset_id == asset.c.id, asset_place.c.level == "exact"))
        .where(
            asset.c.status != "retired",
            or_(
                asset.c.code.in_(today.values()),
                and_(
                    asset.c.owner_ref.in_(references),
                    or_(_WHOLE, and_(asset.c.owner_id.is_(None), asset.c.source_id == source_id)),
                    or_(asset.c.owner_id.is_not(None), asset.c.source_id.is_not_distinct_from(source_id)),
                ),
            ),
        )
    )
    by_code: dict[str, list[Host]] = {}
    by_reference: dict[str, list[Host]] = {}
    for row in connection.execute(query):
        place = shapely.from_wkb(bytes(row.wkb))
        by_code[row.code] = [Host(row.id, place, row.kind, sure=True)]
        if row.owner_ref in references:
            by_reference.setdefault(row.owner_ref, []).append(Host(row.id, place, row.kind, sure=row.sure))
    by_old_code = {given: by_code[code] for given, code in today.items() if code in by_code}
    return by_reference | by_old_code | by_code


def parties(connection: Connection, worded: Iterable[str]) -> dict[str, int]:
    """Registered organisations by the code, credit code or exact name a file uses."""
    names = list({word for word in worded if word})
    if not names:
        return {}
    query = select(party.c.id, party.c.code, party.c.uscc, party.c.name, party.c.name_en).where(
        or_(*(party.c[name].in_(names) for name in ("code", "uscc", "name", "name_en")))
    )
    ids: dict[str, int] = {}
    for row in connection.execute(query):
        for word in (row.name_en, row.name, row.uscc, row.code):
            if word in names:
                ids[word] = row.id
    return ids


def cells_of(connection: Connection, stations: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Cells by station."""
    cells: dict[int, list[dict[str, Any]]] = {}
    query = select(cell).where(cell.c.asset_id.in_(list(stations))).order_by(cell.c.id)
    for row in connection.execute(query).mappings():
        cells.setdefault(row["asset_id"], []).append({name: row[name] for name in CELL_NAMES})
    return cells


def replace_cells(connection: Connection, cells: dict[int, list[dict[str, Any]]]) -> None:
    """Make these the cells of these stations."""
    if not cells:
        return
    connection.execute(delete(cell).where(cell.c.asset_id.in_(list(cells))))
    rows = [
        {"asset_id": station, **{name: values.get(name) for name in CELL_NAMES}}
        for station, listed in cells.items()
        for values in listed
    ]
    if rows:
        connection.execute(insert(cell), rows)


def cities_of_assets(connection: Connection, ids: Sequence[int]) -> set[int | None]:
    """City ids of these assets, None for those outside every city."""
    return set(connection.scalars(select(asset.c.city_id).where(asset.c.id.in_(list(ids))).distinct()))


_UNTOUCHED = text("""
SELECT w.id, a.code,
  a.version IS NOT DISTINCT FROM w.version
  AND NOT EXISTS (SELECT 1 FROM asset t WHERE t.host_id = a.id AND t.id <> ALL (:ids))
  AND NOT EXISTS (SELECT 1 FROM capacity_unit u WHERE u.asset_id = a.id)
  AND NOT EXISTS (SELECT 1 FROM allocation l WHERE l.tenant_asset_id = a.id)
  AND NOT EXISTS (SELECT 1 FROM presence p WHERE p.asset_id = a.id)
  AND NOT EXISTS (SELECT 1 FROM agreement g WHERE g.asset_id = a.id)
  AND NOT EXISTS (SELECT 1 FROM case_file c WHERE c.asset_id = a.id)
  AND NOT EXISTS (SELECT 1 FROM coverage_gap v WHERE v.asset_id = a.id)
  AND NOT EXISTS (SELECT 1 FROM duct_end d WHERE a.id IN (d.asset_id, d.from_chamber_id, d.to_chamber_id))
  AS untouched
FROM unnest(:ids, :versions) AS w(id, version) JOIN asset a ON a.id = w.id
""").bindparams(bindparam("ids", type_=ARRAY(BIGINT)), bindparam("versions", type_=ARRAY(BIGINT)))


def untouched(connection: Connection, versions: dict[int, int]) -> dict[int, tuple[str, bool]]:
    """By asset: its code, and whether nothing changed it or came to hang on it since this version."""
    values = {"ids": list(versions), "versions": list(versions.values())}
    return {row.id: (row.code, row.untouched) for row in connection.execute(_UNTOUCHED, values)}


def remove(connection: Connection, ids: Sequence[int]) -> None:
    """Delete assets; tenants before hosts. What hangs on them goes with them; history keeps the rows."""
    for tenants in (asset.c.host_id.is_not(None), asset.c.id.is_not(None)):
        connection.execute(delete(asset).where(asset.c.id.in_(list(ids)), tenants))


def at_version(connection: Connection, code: str, version: int) -> bool:
    """True when the asset stands at this version."""
    return connection.scalar(select(asset.c.version).where(asset.c.code == code)) == version
