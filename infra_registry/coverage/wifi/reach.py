"""Which places have a free zone within reach, and how much of a surface. Pure: geometry in, answers out, no database.

Coordinates are projected into the UTM zone of the data and rounded to whole centimetres counted from that
grid's own origin; distances are rounded to whole centimetres too, and a tie goes to the lowest code. Equal
inputs therefore give equal bits, in whatever order they come.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely import Geometry, STRtree

MODEL = "wifi_reach 2"
CENTIMETRES = 100
# Segments of a quarter of a disc: its surface is short by 1 in 10,000, less than the last digit of a share.
SEGMENTS = 64
SHARE_DIGITS = 3
UTM_WIDTH_DEG = 6


@dataclass(frozen=True, slots=True)
class Place:
    """A venue, an inhabited place or a key area in EPSG:4326. ``group`` is the venue's family, empty for people.

    ``surface``: the share of its surface within reach is computed too, where it has a surface.
    """

    code: str
    geom: Geometry
    group: str = ""
    people: int = 0
    surface: bool = False


@dataclass(frozen=True, slots=True)
class Zone:
    """A free zone in EPSG:4326; ``reach_m`` is what its register entry states, None when it states nothing."""

    code: str
    geom: Geometry
    reach_m: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a place is served, and how far (m) the nearest zone is, whether or not it reaches.

    ``zones``: how many reach it. ``share``: of its surface within reach, 0 to 1; None where ``surface`` is false or
    the place has none.
    """

    code: str
    served: bool
    nearest_m: float | None
    nearest_zone: str | None
    zones: int = 0
    share: float | None = None

    @property
    def partly(self) -> bool:
        """Reached, but not everywhere."""
        return self.served and self.share is not None and self.share < 1


@dataclass(frozen=True, slots=True)
class Reached:
    """The answers in order of code, the grid used, and how many zones needed an assumption."""

    answers: tuple[Answer, ...]
    epsg: int
    digest: str
    assumed_zones: int  # points without a stated reach: the default was used
    drawn_zones: int  # areas without a stated reach: they serve what they cover


def reach(places: Iterable[Place], zones: Iterable[Zone], default_reach_m: float) -> Reached:
    """Answer for every place whether a zone reaches it.

    A zone reaches as far as it states. A point that states nothing reaches ``default_reach_m``; an area that
    states nothing serves what lies in it. Codes must be unique within places and within zones.
    """
    ordered = sorted(places, key=lambda place: place.code)
    offered = sorted(zones, key=lambda zone: zone.code)
    epsg = utm([*(p.geom for p in ordered), *(z.geom for z in offered)])
    targets = to_grid([place.geom for place in ordered], epsg)
    sources = to_grid([zone.geom for zone in offered], epsg)
    limits = np.array([round(limit_m(zone, default_reach_m) * CENTIMETRES) for zone in offered], float)
    silent = [zone.geom.geom_type == "Point" for zone in offered if zone.reach_m is None]
    pairs = _pairs(targets, sources, limits)
    counts = np.bincount([place for place, _ in pairs], minlength=len(ordered))
    shares = _shares(ordered, targets, sources, limits, pairs)
    nearest = _nearest(targets, sources)
    answers = tuple(
        Answer(
            place.code,
            bool(counts[index]),
            nearest[index][0] / CENTIMETRES if index in nearest else None,
            offered[nearest[index][1]].code if index in nearest else None,
            int(counts[index]),
            shares.get(index),
        )
        for index, place in enumerate(ordered)
    )
    digest = _digest(
        epsg, default_reach_m, zip(ordered, targets, strict=True), zip(offered, sources, strict=True)
    )
    return Reached(answers, epsg, digest, silent.count(True), silent.count(False))


def utm(geometries: Sequence[Geometry]) -> int:
    """EPSG code of the UTM zone at the middle of the data; zone 31 north where there is no data."""
    if not len(geometries):
        return 32631
    west, south, east, north = shapely.total_bounds(np.asarray(geometries, dtype=object))
    zone = min(60, int(((west + east) / 2 + 180) // UTM_WIDTH_DEG) + 1)
    return (32600 if south + north >= 0 else 32700) + zone


def to_grid(geometries: Sequence[Geometry], epsg: int) -> NDArray[Any]:
    """Geometries in whole centimetres of the grid's own origin."""
    transformer = Transformer.from_crs(4326, epsg, always_xy=True)

    def project(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = transformer.transform(xy[:, 0], xy[:, 1])
        rounded: NDArray[np.float64] = np.rint(np.column_stack([x, y]) * CENTIMETRES)
        return rounded

    flat = shapely.force_2d(np.asarray(geometries, dtype=object))
    grid: NDArray[Any] = np.asarray(shapely.transform(flat, project), dtype=object)
    return grid


def limit_m(zone: Zone, default_reach_m: float) -> float:
    """How far (m) a zone reaches: as it states, a point that states nothing by default, an area not beyond itself."""
    if zone.reach_m is not None:
        return zone.reach_m
    return default_reach_m if zone.geom.geom_type == "Point" else 0.0


def _pairs(
    targets: NDArray[Any], sources: NDArray[Any], limits: NDArray[np.float64]
) -> list[tuple[int, int]]:
    """Target and source wherever the target lies within that source's limit, the limit itself included; in order."""
    if not len(targets) or not len(sources):
        return []
    # One centimetre wider than needed, then decided on rounded distances: no edge depends on the last bit.
    zone, place = STRtree(targets).query(sources, predicate="dwithin", distance=limits + 1)
    within = np.rint(shapely.distance(sources[zone], targets[place])) <= limits[zone]
    return sorted(zip(place[within].tolist(), zone[within].tolist(), strict=True))


def _shares(
    places: Sequence[Place],
    targets: NDArray[Any],
    sources: NDArray[Any],
    limits: NDArray[np.float64],
    pairs: Sequence[tuple[int, int]],
) -> dict[int, float]:
    """By index of target: the share of its surface that the zones which reach it serve together."""
    surfaces = {index for index, place in enumerate(places) if place.surface and targets[index].area > 0}
    reaching: dict[int, list[int]] = {index: [] for index in surfaces}
    for place, zone in pairs:
        if place in reaching:
            reaching[place].append(zone)
    shares: dict[int, float] = {}
    for index, zones in reaching.items():
        ground = shapely.make_valid(targets[index])
        discs = shapely.buffer(shapely.make_valid(sources[zones]), limits[zones], quad_segs=SEGMENTS)
        served = shapely.union_all(discs).intersection(ground).area if zones else 0.0
        shares[index] = round(min(1.0, served / ground.area), SHARE_DIGITS)
    return shares


def _nearest(targets: NDArray[Any], sources: NDArray[Any]) -> dict[int, tuple[int, int]]:
    """By index of target: distance (cm) and index of the nearest source, the lowest index on a tie."""
    if not len(targets) or not len(sources):
        return {}
    (place, zone), metres = STRtree(sources).query_nearest(targets, return_distance=True, all_matches=True)
    nearest: dict[int, tuple[int, int]] = {}
    for index, candidate, distance in zip(place, zone, np.rint(metres), strict=True):
        best = (int(distance), int(candidate))
        if int(index) not in nearest or best < nearest[int(index)]:
            nearest[int(index)] = best
    return nearest


def _digest(
    epsg: int,
    default_reach_m: float,
    places: Iterable[tuple[Place, Geometry]],
    zones: Iterable[tuple[Zone, Geometry]],
) -> str:
    """SHA-256 of everything the answer depends on, as it went into the arithmetic."""
    taken = hashlib.sha256(f"{MODEL}|{epsg}|{default_reach_m!r}".encode())
    for place, grid in places:
        taken.update(f"\np|{place.code}|{place.group}|{place.people}|{grid.wkb_hex}".encode())
    for zone, grid in zones:
        taken.update(f"\nz|{zone.code}|{zone.reach_m!r}|{grid.wkb_hex}".encode())
    return taken.hexdigest()
