"""How evidence is taken in and laid on a grid: numbers of the register's own choosing, from ``data/coverage``."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from infra_registry.resources import COVERAGE_DATA, tables


@dataclass(frozen=True, slots=True)
class ClaimCaps:
    """Limits of a claim's file: bytes, corner points, cells of a raster, sides between its classes."""

    max_bytes: int
    max_vertices: int
    max_raster_cells: int
    max_raster_edges: int
    lowest_class: int


@dataclass(frozen=True, slots=True)
class MeasurementCaps:
    """Limits of a file of measurements, and the earliest day one may be from."""

    max_bytes: int
    max_rows: int
    oldest: date


@dataclass(frozen=True, slots=True)
class Rules:
    """When a measurement is good (dBm, Mbit/s), how many make a cell sure, and the fewest that are published."""

    good_dbm: float
    good_mbps: float
    many: int
    fewest: int


@dataclass(frozen=True, slots=True)
class FieldRules:
    """``least_share``: of a measured band that downlinks must fill; ``distances_m``: edges of the classes of distance;
    ``most_links``: pairs of site and carrier one comparison may have."""

    least_share: float
    distances_m: tuple[float, ...]
    most_links: int


@cache
def claim_caps() -> ClaimCaps:
    """Limits of claims."""
    return ClaimCaps(**_table()["claim"])


@cache
def measurement_caps() -> MeasurementCaps:
    """Limits of measurements."""
    return MeasurementCaps(**_table()["measurement"])


@cache
def rules() -> Rules:
    """When a measurement is good, a cell sure and a count published."""
    table = _table()
    return Rules(
        table["good"]["level_dbm"],
        table["good"]["down_mbps"],
        table["confidence"]["many"],
        table["published"]["fewest"],
    )


@cache
def field_rules() -> FieldRules:
    """How predicted and measured field strengths are compared."""
    table = _table()["field_strength"]
    return FieldRules(table["least_share"], tuple(map(float, table["distances_m"])), table["most_links"])


@cache
def broadband_statements() -> tuple[str, ...]:
    """Beginnings of the manifest's statements on fixed broadband."""
    return tuple(tables(COVERAGE_DATA / "broadband.toml")["statements"])


@cache
def _table() -> dict[str, Any]:
    return dict(tables(COVERAGE_DATA / "evidence.toml"))
