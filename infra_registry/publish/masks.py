"""Which fields a reader may see of which asset: the publication table applied, in SQL and on rows.

A reader's standing for an asset is 4 for its owner, its operator and the regulator of its city, 3 inside a live
grant, 2 for a seeker, 1 otherwise. A field of class P0 or P1 wants 1, P2 wants 2, P3 wants 3, P4 wants 4.
A reference of an asset that is shown blurred is hidden whatever its class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.access import Actor, Role
from infra_registry.assets.kinds import REFERENCES
from infra_registry.db import first_row

NEEDED = {"P0": 1, "P1": 1, "P2": 2, "P3": 3, "P4": 4}
STRICTEST = 3
WHOLE = 4  # standing of owner, operator and regulator
EXACT = "p.level = 'exact'"  # place row ``p`` is shown where it is
MAX_KEPT = 8
_read: dict[Any, dict[int, dict[str, int]]] = {}  # publication tables by version, never changed once kept
_last: dict[
    str, tuple[Any, bool]
] = {}  # under "seen": mark and leakproof as last seen, of whichever register
# What every answer rests on: the mark of the publication table, the one of the layer, the leakproof mark of ``&&``.
LOOK_SQL = """(SELECT sum(mark) FROM layer_change WHERE layer = 'publication'),
    (SELECT coalesce(sum(mark), 0) FROM layer_change WHERE layer = :layer),
    (SELECT proleakproof FROM pg_proc WHERE oid = 'geometry_overlaps(geometry, geometry)'::regprocedure)"""
_WHOLE = (
    "(coalesce(p.owner_id = (SELECT my_party()), false) OR coalesce(p.operator_id = (SELECT my_party()), false)"
    " OR (SELECT regulates_all()) OR coalesce(p.city_id = ANY ((SELECT regulated_cities())::bigint[]), false)"
)


@dataclass(frozen=True)
class Masks:
    """The publication table as one reader meets it."""

    actor: Actor
    fields: dict[int, dict[str, int]]
    leakproof: bool

    @property
    def ground(self) -> int:
        """Standing for an asset this reader has no tie to."""
        if self.actor.service:
            return 4
        return 2 if self.actor.has(Role.SEEKER) else 1

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels of places this reader can meet; partitions of others are not opened."""
        if self.actor.service or self.actor.regulated() == "*":
            return ("exact",)
        return ("exact", "hundred", "cell") if self.actor.has(Role.SEEKER) else ("exact", "cell")

    def levels_sql(self) -> str:
        """The levels as a literal list: constants, so that the planner prunes."""
        return "(" + ", ".join(f"'{level}'" for level in self.levels) + ")"

    def standing_sql(self) -> str:
        """SQL of the standing for the place row ``p``."""
        if not self.actor.is_authenticated or self.actor.service:
            return str(self.ground)
        granted = "WHEN p.asset_id IN (SELECT granted_assets()) THEN 3 " if self.actor.party_id else ""
        return f"CASE WHEN {_WHOLE}) THEN 4 {granted}ELSE {self.ground} END"

    def hidden(self, field: str) -> list[int]:
        """Publication rows that hide a field from a reader with no tie to the asset."""
        ground = self.ground
        return [key for key, fields in self.fields.items() if fields.get(field, STRICTEST) > ground]

    def visible_sql(self, field: str) -> str:
        """SQL that a common field of row ``p`` may be used for this reader: filtered by, searched, sorted."""
        published = self._published_sql(field)
        return f"({EXACT} AND {published})" if field in REFERENCES else published

    def target_sql(self, asset_id: str) -> str:
        """SQL that row ``p`` may name this asset: it is shown exactly too, or the reader sees ``p`` whole."""
        exact = f"EXISTS (SELECT 1 FROM asset_place t WHERE t.asset_id = {asset_id} AND t.level = 'exact')"
        return f"({exact} OR {_WHOLE}))" if self.actor.is_authenticated else exact

    def _published_sql(self, field: str) -> str:
        hidden = self.hidden(field)
        if not hidden:
            return "true"
        listed = ", ".join(map(str, sorted(hidden)))
        open_to_all = f"p.publication_id NOT IN ({listed})"
        if not self.actor.is_authenticated:
            return open_to_all
        granted = " OR p.asset_id IN (SELECT granted_assets())" if self.actor.party_id else ""
        return f"({open_to_all} OR {_WHOLE}{granted}))"

    def shows(self, publication_id: int, field: str, standing: int, *, exact: bool) -> bool:
        """True when a reader of this standing may see the field; ``exact``: he is shown the exact place."""
        if field in REFERENCES and not exact:
            return False
        return self.fields[publication_id].get(field, STRICTEST) <= standing

    def apply(
        self,
        row: dict[str, Any],
        publication_id: int,
        standing: int,
        names: dict[str, str] | None = None,
        *,
        exact: bool,
    ) -> tuple[dict[str, Any], list[str]]:
        """Values with hidden ones as None, and the names of what was hidden. ``names``: output key → field."""
        fields = {key: (names or {}).get(key, key) for key in row}
        hidden = [key for key in row if not self.shows(publication_id, fields[key], standing, exact=exact)]
        return {key: None if key in hidden else value for key, value in row.items()}, hidden

    @cached_property
    def everything(self) -> bool:
        """True when nothing is ever hidden from this reader."""
        return self.ground == 4 or self.actor.regulated() == "*"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at what every answer rests on: the reader's masks, and the version of a layer and of the masks."""

    masks: Masks
    version: str
    mark: Any

    def holds(self, other: "Look") -> bool:
        """True when what was drawn with these masks would be drawn the same with the other's."""
        return (self.mark, self.masks.leakproof) == (other.mark, other.masks.leakproof)


def load(connection: Connection, actor: Actor) -> Masks:
    """The publication table as this reader meets it, and whether the spatial index serves row security."""
    return look(connection, actor, "assets").masks


def look(connection: Connection, actor: Actor, layer: str) -> Look:
    """Masks and layer version in one round trip; the table itself is read when its version is a new one.

    A version is a sum of random marks, which every change of the table adds to in its own transaction: equal
    versions mean equal rows, in whichever register, and one that was rolled back does not come again.
    """
    return understood(connection, actor, first_row(connection, f"SELECT {LOOK_SQL}", {"layer": layer}))


def understood(connection: Connection, actor: Actor, row: Sequence[Any]) -> Look:
    """What a row of ``LOOK_SQL`` says to this reader."""
    mark, version, leakproof = row
    fields = _read.get(mark)
    if fields is None:
        fields = _fields(connection)
        if len(_read) >= MAX_KEPT:
            _read.clear()
        if mark is not None:
            _read[mark] = fields
    _last["seen"] = mark, bool(leakproof)
    return Look(Masks(actor, fields, bool(leakproof)), f"{version}.{mark}", mark)


def supposed(actor: Actor) -> Look | None:
    """The publication table as last seen for anyone. Whoever uses it compares it with a look of the same statement."""
    mark, leakproof = _last.get("seen", (None, False))
    fields = _read.get(mark)
    return Look(Masks(actor, fields, leakproof), "", mark) if fields is not None else None


def _fields(connection: Connection) -> dict[int, dict[str, int]]:
    fields: dict[int, dict[str, int]] = {}
    rows = connection.execute(text("SELECT publication_id, field, access_class FROM publication_field"))
    for row in rows:
        fields.setdefault(row.publication_id, {})[row.field] = NEEDED[row.access_class]
    return fields
