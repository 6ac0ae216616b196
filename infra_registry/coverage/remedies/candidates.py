"""Candidates for a site: hosts that stand, works that are planned, places on a grid. Pure, apart from projecting."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from infra_registry.assets.kinds import Status
from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.remedies.host_state import Situation
from infra_registry.coverage.remedies.standard_site import Heights, Standard

SHARE, PLANNED, NEW = 1, 2, 3
PROJECT, NEW_SITE = "project", "new_site"
UNDER_WAY = (Status.PLANNED.value, Status.BUILDING.value)
WGS84 = "EPSG:4326"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place a standard site could stand at. ``kind`` is that of the host, ``project`` or ``new_site``.

    ``priority``: 1 a host that stands, 2 planned works, 3 a new site. ``code`` orders equals; ``height_m`` is that of
    the antenna, ``height_assumed`` says that none is registered. ``status``, ``acts`` and flags are as registered.
    """

    priority: int
    kind: str
    code: str
    x_m: float
    y_m: float
    height_m: float
    height_assumed: bool
    asset_id: int | None = None
    project_id: int | None = None
    lon_lat: tuple[float, float] | None = None
    status: str | None = None
    protected: bool | None = None
    power_available: bool | None = None
    load_known: bool = False
    acts: tuple[str, ...] = ()


def box(situation: Situation, standard: Standard) -> dict[str, float] | None:
    """West, south, east, north (degrees) of lacking cells and gaps, widened by the longest reach; None without any."""
    lacking = np.zeros((situation.frame.rows, situation.frame.cols), bool)
    for bad in situation.bad.values():
        lacking |= bad
    for gap in situation.gaps:
        lacking.ravel()[gap.cells] = True
    if not lacking.any():
        return None
    rows, cols = np.flatnonzero(lacking.any(axis=1)), np.flatnonzero(lacking.any(axis=0))
    affine, reach = situation.frame.transform, max(site.reach_m for site in standard.sites)
    west, east = affine.c + cols[0] * affine.a, affine.c + (cols[-1] + 1) * affine.a
    north, south = affine.f + rows[0] * affine.e, affine.f + (rows[-1] + 1) * affine.e
    back = Transformer.from_crs(situation.frame.epsg, WGS84, always_xy=True)
    corners = (west - reach, south - reach, east + reach, north + reach)
    bounds = back.transform_bounds(*corners, densify_pts=21)
    return dict(zip(("west", "south", "east", "north"), bounds, strict=True))


def of_hosts(rows: Sequence[Any], frame: Frame, heights: Heights) -> list[Candidate]:
    """Candidates from rows of ``candidate_store.hosts``."""
    xs, ys = frame.points([(row.lon, row.lat) for row in rows]).T
    candidates = []
    for row, x, y in zip(rows, xs, ys, strict=True):
        height, assumed = antenna_height(row.kind, row, heights)
        candidates.append(
            Candidate(
                PLANNED if row.status in UNDER_WAY else SHARE,
                row.kind,
                row.code,
                float(x),
                float(y),
                height,
                assumed,
                asset_id=row.id,
                status=row.status,
                protected=row.protected,
                power_available=row.power_available,
                load_known=bool(row.load_known),
            )
        )
    return candidates


def antenna_height(kind: str, row: Any, heights: Heights) -> tuple[float, bool]:
    """Height of the antenna (m), and whether the register gives none to go by.

    Where floors alone are known, they are taken at the data file's height of a floor: known, not assumed.
    """
    height_m = row.height_m
    if height_m is None and row.floor_count:
        height_m = row.floor_count * heights.floor
    if height_m is None:
        return heights.assumed[kind], True
    on_roof = row.structure_type in heights.on_roof and height_m < heights.on_roof_below
    height = height_m + heights.added[kind] + (heights.under_frame if on_roof else 0.0)
    return min(max(height, heights.least), heights.most), on_roof


def of_projects(rows: Sequence[Any], frame: Frame, heights: Heights) -> list[Candidate]:
    """Candidates from rows of ``candidate_store.projects``."""
    xs, ys = frame.points([(row.lon, row.lat) for row in rows]).T
    height = heights.assumed[PROJECT]
    return [
        Candidate(
            PLANNED,
            PROJECT,
            row.code,
            float(x),
            float(y),
            height,
            height_assumed=True,
            project_id=row.id,
            acts=tuple(row.acts),
        )
        for row, x, y in zip(rows, xs, ys, strict=True)
    ]


def of_grid(situation: Situation, standard: Standard) -> list[Candidate]:
    """New sites where a regular grid of the CRS meets lacking cells; the grid does not depend on the frame."""
    frame = situation.frame
    spots = sorted({spot for bad in situation.bad.values() for spot in _on_grid(frame, bad, standard)})
    if not spots:
        return []
    back = Transformer.from_crs(frame.epsg, WGS84, always_xy=True)
    half = standard.spacing_m / 2
    places = np.array(spots, np.float64) * standard.spacing_m + half
    lons, lats = back.transform(places[:, 0], places[:, 1])
    height = standard.heights.assumed[NEW_SITE]
    return [
        Candidate(
            NEW,
            NEW_SITE,
            f"{i:+d}/{j:+d}",
            float(x),
            float(y),
            height,
            height_assumed=True,
            lon_lat=(round(float(lon), 7), round(float(lat), 7)),
        )
        for (i, j), (x, y), lon, lat in zip(spots, places, lons, lats, strict=True)
    ]


def _on_grid(frame: Frame, bad: NDArray[np.bool_], standard: Standard) -> Iterator[tuple[int, int]]:
    """Squares of the grid whose middle lies in a lacking cell; squares are wider than cells."""
    affine, spacing = frame.transform, standard.spacing_m
    west, south, east, north = (int(edge // spacing) for edge in frame.bounds)
    across, up = np.arange(west, east + 1), np.arange(south, north + 1)
    cols = np.floor(((across + 0.5) * spacing - affine.c) / affine.a).astype(np.int64)
    rows = np.floor(((up + 0.5) * spacing - affine.f) / affine.e).astype(np.int64)
    in_cols, in_rows = (cols >= 0) & (cols < frame.cols), (rows >= 0) & (rows < frame.rows)
    across, cols, up, rows = across[in_cols], cols[in_cols], up[in_rows], rows[in_rows]
    for i, j in np.argwhere(bad[np.ix_(rows, cols)].T):
        yield int(across[i]), int(up[j])
