"""One asset as this reader may see it: the list's values and the fields of its kind, masked the same way."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from infra_registry.access import Actor
from infra_registry.assets.kinds import CELL_FIELDS, KINDS, Kind
from infra_registry.errors import NotFound
from infra_registry.publish import masks as publication
from infra_registry.publish.assets import Item, page, search
from infra_registry.publish.masks import WHOLE, Masks
from infra_registry.publish.query import Query
from infra_registry.rules.masking import Sight

_MORE = """
SELECT a.id, a.version, a.valid_from, a.recorded_at, area_day(a.city_id, a.recorded_at) AS recorded_on,
       a.owner_ref, a.withheld_reason, a.withheld_review_on,
       a.publication_id, a.access_class, a.city_id, a.owner_id, a.operator_id, h.code AS host, c.name AS controller,
       EXISTS (SELECT 1 FROM asset_place hp WHERE hp.asset_id = a.host_id AND hp.level = 'exact') AS host_exact,
       c.code AS controller_code, s.code AS source, s.title AS source_title, s.provider AS source_provider,
       s.licence AS source_licence, s.published_on AS source_published_on, s.note AS source_note,
       city.code AS city, city.name AS city_name
FROM asset a LEFT JOIN asset h ON h.id = a.host_id LEFT JOIN party c ON c.id = a.controller_id
LEFT JOIN source s ON s.id = a.source_id LEFT JOIN LATERAL (
  SELECT ar.code, ar.name FROM asset_area aa JOIN area ar ON ar.id = aa.area_id AND ar.level = 'city'
  WHERE aa.asset_id = a.id ORDER BY ar.scheme, ar.code LIMIT 1) AS city ON true
WHERE a.code = :code
"""
_FIELD_OF = {
    "controller_code": "controller",
    "source_title": "source",
    "source_provider": "source",
    "source_licence": "source",
    "source_published_on": "source",
    "source_note": "source",
    "recorded_at": "changed_at",
    "withheld_review_on": "withheld_reason",
}
_INTERNAL = (
    "id",
    "version",
    "recorded_on",
    "publication_id",
    "owner_id",
    "operator_id",
    "city_id",
    "city",
    "city_name",
    "access_class",
    "host_exact",
)
_SECTIONS = ("capacity", "presence", "cells", "ends", "operators", "operators_count")


@dataclass(frozen=True, slots=True)
class Record:
    """An asset with the fields of its kind; ``hidden`` names what this reader may not see.

    Host and ends are named where they are shown exactly too, and to who sees the asset whole: None says that there is
    none this reader may know of. ``operators``: who has a live asset on this host; ``operators_count``: how many, None
    where that is hidden.
    ``id``, ``owner_id``, ``operator_id``, ``city_id`` are for the code that asks for permissions, never for output.
    """

    item: Item
    fields: dict[str, Any]
    more: dict[str, Any]
    cells: tuple[dict[str, Any], ...]
    ends: dict[str, str | None]
    operators: tuple[dict[str, Any], ...]
    operators_count: int | None
    hidden: tuple[str, ...]
    version: int
    id: int
    owner_id: int | None
    operator_id: int | None
    city_id: int | None
    masks: Masks
    publication_id: int

    @property
    def kind(self) -> Kind:
        """The kind of the asset."""
        return Kind(self.item.values["kind"])

    def may_see(self, field: str) -> bool:
        """Whether the publication table shows this reader the field; one that it does not name is hidden."""
        return self.masks.shows(self.publication_id, field, self.item.standing, exact=self.item.exact)

    @property
    def shown_version(self) -> int | None:
        """How often the asset was changed; None where only its blurred place is shown: changes come in company."""
        return self.version if self.item.exact else None

    @property
    def sight(self) -> Sight:
        """What this reader may be told of the law about the asset."""
        return Sight(self.kind.value, self.may_see, self.item.standing >= WHOLE)


def detail(connection: Connection, actor: Actor, code: str) -> Record:
    """The record of one asset. Raises NotFound when there is none, or none for this reader."""
    masks = publication.load(connection, actor)
    items, _ = page(connection, masks, Query(codes=(code,), limit=1))
    shown = items[0].values["code"] if items else code
    row = connection.execute(text(_MORE), {"code": shown}).mappings().one_or_none()
    if not items or row is None:
        raise NotFound("asset.not_found", code=code[:60])
    return _record(connection, masks, items[0], row)


def _record(connection: Connection, masks: Masks, item: Item, row: RowMapping) -> Record:
    key, standing, asset_id = row["publication_id"], item.standing, row["id"]
    common = {name: value for name, value in row.items() if name not in _INTERNAL}
    if not item.exact:
        common["recorded_at"] = row["recorded_on"]
    if standing < WHOLE and not row["host_exact"]:
        common["host"] = None
    more, hidden_more = masks.apply(common, key, standing, _FIELD_OF, exact=item.exact)
    own = _fields(connection, Kind(item.values["kind"]), asset_id)
    fields, hidden = masks.apply(own, key, standing, exact=item.exact)
    names = {*item.hidden, *hidden, *(_FIELD_OF.get(name, name) for name in hidden_more)}
    names |= {name for name in _SECTIONS if not masks.shows(key, name, standing, exact=item.exact)}
    operators = _operators(connection, Kind(item.values["kind"]), asset_id, names)
    return Record(
        item=item,
        fields=fields,
        more=more | {name: row[name] for name in ("city", "city_name", "access_class")},
        cells=_cells(connection, asset_id, names),
        ends=_ends(connection, asset_id, names, whole=standing >= WHOLE),
        operators=() if "operators" in names else operators or (),
        operators_count=None if operators is None else len(operators),
        hidden=tuple(sorted(names)),
        version=row["version"],
        id=asset_id,
        owner_id=row["owner_id"],
        operator_id=row["operator_id"],
        city_id=row["city_id"],
        masks=masks,
        publication_id=key,
    )


def hosted(connection: Connection, actor: Actor, code: str) -> tuple[Item, ...]:
    """Assets that stand on a host, of those that are shown exactly to this reader."""
    return search(connection, actor, Query(host=code, limit=200, sort="kind")).items


def _operators(
    connection: Connection, kind: Kind, key: int, hidden: set[str]
) -> tuple[dict[str, Any], ...] | None:
    """Operators with a live asset on a host, derived, never stored; None where even their number is hidden.

    A station whose operator is not stated counts as one row with code None.
    """
    if not KINDS[kind].host or {"operators", "operators_count"} <= hidden:
        return None
    rows = connection.execute(
        text("""
        SELECT p.code, coalesce(p.name, a.operator_stated) AS name, p.name_en, count(*) AS assets
        FROM asset a LEFT JOIN party p ON p.id = a.operator_id
        WHERE a.host_id = :host AND a.status <> 'retired' AND a.kind IN ('base_station', 'cable', 'wifi_zone')
        GROUP BY 1, 2, 3 ORDER BY assets DESC, name NULLS LAST"""),
        {"host": key},
    )
    return tuple(dict(row) for row in rows.mappings())


def _fields(connection: Connection, kind: Kind, key: int) -> dict[str, Any]:
    names = [field.name for field in KINDS[kind].fields]
    query = text(f"SELECT {', '.join(names)} FROM asset_{kind.value} WHERE asset_id = :id")
    row = connection.execute(query, {"id": key}).mappings().one_or_none()
    return dict(row) if row else dict.fromkeys(names)


def _cells(connection: Connection, key: int, hidden: set[str]) -> tuple[dict[str, Any], ...]:
    if "cells" in hidden:
        return ()
    names = ", ".join(field.name for field in CELL_FIELDS)
    rows = connection.execute(
        text(
            f"SELECT {names} FROM cell WHERE asset_id = :id "
            "ORDER BY technology, azimuth_deg, band_low_mhz, id"
        ),
        {"id": key},
    )
    return tuple(dict(row) for row in rows.mappings())


def _ends(connection: Connection, key: int, hidden: set[str], *, whole: bool) -> dict[str, str | None]:
    if "ends" in hidden:
        return {}
    query = text("""
        SELECT f.code AS from_chamber, t.code AS to_chamber FROM duct_end e
        LEFT JOIN asset f ON f.id = e.from_chamber_id AND (:whole OR EXISTS (
          SELECT 1 FROM asset_place p WHERE p.asset_id = f.id AND p.level = 'exact'))
        LEFT JOIN asset t ON t.id = e.to_chamber_id AND (:whole OR EXISTS (
          SELECT 1 FROM asset_place p WHERE p.asset_id = t.id AND p.level = 'exact'))
        WHERE e.asset_id = :id""")
    row = connection.execute(query, {"id": key, "whole": whole}).mappings().one_or_none()
    return dict(row) if row else {}
