"""What an area, its boundary and its source are: plain values. Geometry is in EPSG:4326, dates are legal days."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry

from infra_registry import words

EVER = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class SourceDraft:
    """Where something came from. Without ``map_approval`` every map made of it is called schematic."""

    code: str
    title: str
    provider: str
    licence: str | None = None
    published_on: date | None = None
    note: str | None = None
    map_approval: str | None = None
    sample: bool = False


@dataclass(frozen=True, slots=True)
class AreaDraft:
    """An area to be registered; (scheme, code) is its key. Which rules hold there the rulebooks say.

    Without ``time_zone`` it keeps the one it has, else takes that of its parent, else the register's.
    """

    scheme: str
    code: str
    name: str
    level: str
    name_en: str | None = None
    parent_id: int | None = None
    source_id: int | None = None
    time_zone: str | None = None
    population: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A registered area, with its parent's name and whether a boundary is in force."""

    id: int
    scheme: str
    code: str
    name: str
    name_en: str | None
    level: str
    parent_id: int | None
    parent_code: str | None
    parent_name: str | None
    parent_name_en: str | None
    time_zone: str
    population: int | None
    valid_from: date | None
    valid_until: date | None
    has_boundary: bool

    def called(self, locale: str) -> str:
        """The name in the reader's language, or the only one there is."""
        return words.name_of(self, locale)


@dataclass(frozen=True, slots=True)
class Boundary:
    """An area's boundary and where it came from; ``geometry`` is GeoJSON, ``box`` west, south, east, north."""

    geometry: dict[str, Any]
    box: tuple[float, float, float, float]
    area_km2: float
    valid_from: date
    valid_until: date | None
    source_title: str | None
    source_provider: str | None
    source_licence: str | None
    source_note: str | None
    source_published_on: date | None
    map_approval: str | None
    sample: bool


@dataclass(frozen=True, slots=True)
class Inhabited:
    """People who live at a place: a point with a count, and what the count rests on."""

    area_id: int
    people: int
    point: BaseGeometry
    ref: str | None = None
    basis: str = "census"
    source_id: int | None = None
