"""Values that documents are made of. Texts are plain, to be escaped where they are written; GeoJSON is EPSG:4326."""

from dataclasses import dataclass
from datetime import date
from typing import Any

MAX_FEATURES = 10_000


@dataclass(frozen=True, slots=True)
class Symbol:
    """How a feature is drawn: ``svg`` (a whole document) for points, colours for lines and areas.

    ``weight`` is in pixels; ``dash`` a Leaflet dash array; ``shade`` the opacity of an area's inside; ``hatched`` lays
    hatching over it instead of a colour.
    """

    svg: str
    line: str
    fill: str
    weight: float = 2.0
    dash: str | None = None
    shade: float = 0.25
    hatched: bool = False


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing on the map and one row of the list; ``values`` stand under the layer's columns."""

    label: str
    geometry: dict[str, Any]
    symbol: Symbol
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layer:
    """Features that one control shows or hides, and that share a list; ``columns`` head the values of the list."""

    name: str
    columns: tuple[str, ...]
    features: tuple[Feature, ...]
    shown: bool = True
    clustered: bool = True


@dataclass(frozen=True, slots=True)
class Outline:
    """An area drawn under every feature, with its name."""

    name: str
    geometry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A picture (PNG in web mercator) under the features; of several, the reader chooses which one is shown.

    ``box`` is west, south, east, north in degrees.
    """

    name: str
    png: bytes
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A symbol, what it means and how often it occurs."""

    svg: str
    label: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class LegendGroup:
    """Entries of one sort: kinds by shape, operators by colour, states by fill."""

    title: str
    entries: tuple[LegendEntry, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table beside the features, such as figures by district; columns of numbers are right-aligned."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]
    note: str | None = None

    @property
    def numeric(self) -> list[bool]:
        """For each column, whether it holds nothing but numbers and blanks."""
        return [
            all(isinstance(row[i], int | float | None) for row in self.rows) for i in range(len(self.columns))
        ]


@dataclass(frozen=True, slots=True)
class Meta:
    """What every document states about itself: its day, precision, whether it is a sample, the map's approval.

    ``box`` (west, south, east, north) is the part shown first; the outlines or features where it is None.
    """

    as_of: date
    precision: str | None = None
    sample: bool = False
    map_approval: str | None = None
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    legend: tuple[LegendGroup, ...] = ()
    outlines: tuple[Outline, ...] = ()
    backdrops: tuple[Backdrop, ...] = ()
    box: tuple[float, float, float, float] | None = None
