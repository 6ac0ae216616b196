"""Lists of assets at the reader's level: the one read path of list, map panel, interface, export and map file.

Every predicate, order, distance and count runs on the row that is shown; a filter on a field the reader
may not see matches nothing. Nothing here can tell more than the row itself.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.access import Actor
from infra_registry.db import holding
from infra_registry.db.aliases import ASSETS, currents
from infra_registry.publish import lone_hosts
from infra_registry.publish import masks as publication
from infra_registry.publish.masks import EXACT, Masks
from infra_registry.publish.query import MAX_LIMIT, Query, next_cursor
from infra_registry.publish.spatial import condition

COUNT_CAP = 10_000
# Output key → field of the publication table, where they differ.
FIELD_OF = {
    "operator_code": "operator",
    "owner_code": "owner",
    "owner_stated": "owner",
    "operator_stated": "operator",
    "level": "kind",
}
# Of its last change a blurred row tells the day alone: an instant pairs it with what was written beside it.
_CHANGED_ON = "CASE WHEN p.level <> 'exact' THEN area_day(a.city_id, a.changed_at) END"
_COLUMNS = f"""
  p.code, p.kind, p.status, p.name, a.name_en, a.address, p.level, p.precision_m, a.sample,
  CASE WHEN p.level = 'exact' THEN a.changed_at END AS changed_at, {_CHANGED_ON} AS changed_on, p.publication_id,
  ow.code AS owner_code, ow.name AS owner, a.owner_stated,
  op.code AS operator_code, op.name AS operator, a.operator_stated, ST_AsGeoJSON(p.geom, 7) AS geometry
"""
_FROM = """
  FROM asset_place p JOIN asset a ON a.id = p.asset_id
  LEFT JOIN party ow ON ow.id = p.owner_id LEFT JOIN party op ON op.id = p.operator_id
"""
# SQL that place row ``p`` lies in the area of code ``:area``.
IN_AREA = """EXISTS (SELECT 1 FROM asset_area aa JOIN area ar ON ar.id = aa.area_id
  WHERE aa.asset_id = p.asset_id AND aa.level = p.level AND ar.code = :area)"""
_ORDER = {
    "code": "p.code",
    "kind": "p.kind",
    "status": "p.status",
    "changed_at": f"coalesce({_CHANGED_ON}::text, a.changed_at::text)",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One asset as this reader sees it: shown values, hidden field names, GeoJSON geometry of the shown place."""

    values: dict[str, Any]
    hidden: tuple[str, ...]
    geometry: dict[str, Any]
    standing: int

    @property
    def label(self) -> str:
        """The name where it may be seen, else the code."""
        return str(self.values.get("name") or self.values["code"])

    @property
    def exact(self) -> bool:
        """Whether this reader is shown where the asset is, and not only about where."""
        return bool(self.values["level"] == "exact")

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the shown point, else of the middle of the shown shape's box."""
        pairs = list(_pairs(self.geometry["coordinates"]))
        xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
        return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


@dataclass(frozen=True, slots=True)
class Page:
    """A page of items; ``matched`` is exact up to the cap, then ``capped`` is true."""

    items: tuple[Item, ...]
    matched: int
    capped: bool
    cursor: str | None


def search(connection: Connection, actor: Actor, query: Query) -> Page:
    """One page of assets for this reader, and how many match."""
    masks = publication.load(connection, actor)
    items, cursor = page(connection, masks, query)
    matched = count(connection, actor, query, masks=masks)
    return Page(items, min(matched, COUNT_CAP), matched > COUNT_CAP, cursor)


def page(connection: Connection, masks: Masks, query: Query) -> tuple[tuple[Item, ...], str | None]:
    """One page of items and the cursor of the next, uncounted."""
    where, values = _where(connection, masks, query)
    order, after, key = _order(masks, query)
    sql = (
        f"SELECT {_COLUMNS}, {masks.standing_sql()} AS standing, {key} AS sort_key {_FROM} WHERE {where}{after} "
        f"ORDER BY {order} LIMIT :limit"
    )
    if query.cursor:
        values |= {"after_key": query.cursor[0], "after_code": query.cursor[1]}
    rows = connection.execute(text(sql), values | {"limit": query.limit + 1}).mappings().all()
    cursor = None
    if len(rows) > query.limit and query.near is None:
        last = rows[query.limit - 1]
        cursor = next_cursor(str(last["sort_key"]), last["code"])
    return tuple(_item(masks, row) for row in rows[: query.limit]), cursor


def count(connection: Connection, actor: Actor, query: Query, *, masks: Masks | None = None) -> int:
    """How many assets match, counted up to one more than the cap."""
    masks = masks or publication.load(connection, actor)
    where, values = _where(connection, masks, query)
    joined = "JOIN asset a ON a.id = p.asset_id" if "a." in where else ""
    number = connection.scalar(
        text(
            f"SELECT count(*) FROM (SELECT 1 FROM asset_place p {joined} "
            f"WHERE {where} LIMIT {COUNT_CAP + 1}) AS found"
        ),
        values,
    )
    return int(number or 0)


def stream(connection: Connection, actor: Actor, query: Query) -> Iterator[Item]:
    """All matching assets in order of code."""
    for items in pages(connection, actor, query):
        yield from items


def pages(connection: Connection, actor: Actor, query: Query) -> Iterator[tuple[Item, ...]]:
    """All matching assets in order of code, at most ``MAX_LIMIT`` at a time; nothing is counted."""
    masks = publication.load(connection, actor)
    page_query = replace(query, limit=MAX_LIMIT, sort="code", descending=False, cursor=None, near=None)
    items, cursor = page(connection, masks, page_query)
    yield items
    while cursor:
        last = items[-1].values["code"]
        items, cursor = page(connection, masks, replace(page_query, cursor=(last, last)))
        yield items


def _pairs(nested: Any) -> Iterator[tuple[float, float]]:
    if nested and isinstance(nested[0], int | float):
        yield nested[0], nested[1]
        return
    for inner in nested:
        yield from _pairs(inner)


def _item(masks: Masks, row: Any) -> Item:
    values = {
        key: value
        for key, value in row.items()
        if key not in ("geometry", "publication_id", "standing", "sort_key", "changed_on")
    }
    values["changed_at"] = row["changed_on"] or row["changed_at"]
    exact = row["level"] == "exact"
    shown, hidden = masks.apply(values, row["publication_id"], row["standing"], FIELD_OF, exact=exact)
    return Item(
        shown,
        tuple(sorted({FIELD_OF.get(key, key) for key in hidden})),
        json.loads(row["geometry"]),
        row["standing"],
    )


def _where(connection: Connection, masks: Masks, query: Query) -> tuple[str, dict[str, Any]]:
    query = _with_current_codes(connection, query)
    parts = [f"p.level IN {masks.levels_sql()}"]
    values: dict[str, Any] = {}
    if query.box:
        sql, bound = condition(query.box, leakproof=masks.leakproof)
        parts.append(sql)
        values |= bound
    for column, values_allowed in (("kind", query.kinds), ("status", query.statuses), ("code", query.codes)):
        if values_allowed:
            parts.append(f"p.{column} = ANY (:{column}s)")
            values[f"{column}s"] = list(values_allowed)
    for field, values_allowed in (("operator", query.operators), ("owner", query.owners)):
        if values_allowed:
            parts.append(_party(masks, field, values_allowed))
            values[f"{field}s"] = [code for code in values_allowed if code != "none"]
    _more(masks, query, parts, values)
    return " AND ".join(parts), values


def _with_current_codes(connection: Connection, query: Query) -> Query:
    """The query with today's codes for old ones in the list of codes, the host and the text."""
    given = {*query.codes, *(text for text in (query.host, query.text) if text)}
    today = currents(connection, given, *ASSETS)
    return replace(
        query,
        codes=tuple(today[code] for code in query.codes),
        host=today.get(query.host or "", query.host),
        text=today.get(query.text or "", query.text),
    )


def _party(masks: Masks, field: str, wanted: tuple[str, ...]) -> str:
    """``none`` asks for assets whose operator or owner is not stated."""
    named = f"p.{field}_id IN (SELECT id FROM party WHERE code = ANY (:{field}s))"
    unstated = f" OR (p.{field}_id IS NULL AND a.{field}_stated IS NULL)" if "none" in wanted else ""
    return f"({named}{unstated}) AND {masks.visible_sql(field)}"


def _more(masks: Masks, query: Query, parts: list[str], values: dict[str, Any]) -> None:
    if query.area:
        parts.append(IN_AREA)
        values["area"] = query.area
    if query.text:
        parts.append(
            f"(p.code = upper(:exact) OR ((p.name ILIKE :like OR a.name_en ILIKE :like) "
            f"AND {masks.visible_sql('name')}) OR (a.address ILIKE :like AND {masks.visible_sql('address')}))"
        )
        values |= {"exact": query.text, "like": holding(query.text)}
    if query.host:
        parts.append(
            f"a.host_id = (SELECT id FROM asset WHERE code = :host) AND {masks.visible_sql('host')} "
            f"AND {masks.target_sql('a.host_id')}"
        )
        values["host"] = query.host
    if query.batch:
        parts.append(f"a.batch_id = (SELECT id FROM import_batch WHERE code = :batch) AND {EXACT}")
        values["batch"] = query.batch
    if query.lone_host:
        parts.append(lone_hosts.condition(masks))
    if query.sample is not None:
        parts.append("a.sample = :sample")
        values["sample"] = query.sample
    if query.near:
        values |= {"lon": query.near[0], "lat": query.near[1]}


def _order(masks: Masks, query: Query) -> tuple[str, str, str]:
    if query.near:
        return "p.geom <-> ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), p.code", "", "p.code"
    # Hidden names stand last: U+FFFD sorts after every letter and sign in use.
    key = _ORDER.get(query.sort) or f"CASE WHEN {masks.visible_sql('name')} THEN p.name ELSE '\ufffd' END"
    way, compare = ("DESC", "<") if query.descending else ("ASC", ">")
    after = f" AND ({key}, p.code) {compare} (:after_key, :after_code)" if query.cursor else ""
    return f"{key} {way}, p.code {way}", after, key
