"""Signal classes of a layer as a grid to be drawn and counted: as they are, and with sites added.

The internal edition gives the cells of its raster, coarser ones where they are too many to be drawn; the public
edition its published cells. Sites are reckoned as remedies are: a standard site, by the model of the run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, cos, radians
from typing import Any

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry import shape
from sqlalchemy import Connection

from infra_registry import config, files
from infra_registry.coverage.grids.classes import classify
from infra_registry.coverage.propagation.antenna import horizontal_attenuation, vertical_attenuation
from infra_registry.coverage.propagation.budget import environment_loss_db
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.propagation.tr38901 import mean_loss
from infra_registry.coverage.radio.result.class_tiles import CLASS_BAND, Colour, png
from infra_registry.coverage.radio.result.document_store import published_classes
from infra_registry.coverage.radio.result.store import INTERNAL
from infra_registry.coverage.remedies.standard_site import Site, standard
from infra_registry.coverage.runs.published import WIDTH
from infra_registry.documents import Underlay
from infra_registry.files import Folder
from infra_registry.formats.mercator import HALF
from infra_registry.formats.raster import opened

NONE = -1  # outside the area
MERCATOR, WGS84 = "EPSG:3857", "EPSG:4326"
MOST_CELLS = 2400  # of a side; a wider grid is read coarser
LEAST_PIXELS, MOST_PIXELS = 400, 1400  # of the longer side of a picture


@dataclass(frozen=True, slots=True, eq=False)
class ClassGrid:
    """``classes`` 0 … 5 by row from the north, -1 outside; ``cell_m`` what a cell is wide on the ground.

    ``whole``: cells are those of the run and may be counted as ground; published ones reach beyond the area.
    """

    classes: NDArray[np.int16]
    transform: Affine
    crs: str
    cell_m: float
    whole: bool

    def counts(self) -> list[int]:
        """Cells of each class, 0 … 5."""
        return [int(count) for count in np.bincount(self.classes[self.classes >= 0].ravel(), minlength=6)]


@dataclass(frozen=True, slots=True)
class Mast:
    """A site to be added: where (degrees), technology, standard site by name, antenna height, EIRP and band."""

    lon: float
    lat: float
    technology: str
    site: str
    height_m: float
    reference_eirp_dbm: float
    frequency_mhz: float


def grid_of(
    connection: Connection, edition: str, layer: Mapping[str, Any], *, most: int = MOST_CELLS
) -> ClassGrid | None:
    """The classes of a layer as this reader may have them, ``most`` cells of a side; None where there are none."""
    from rasterio.warp import transform_bounds

    if edition == INTERNAL:
        return _cells(str(layer["raster_digest"]), most) if layer["raster_digest"] else None
    cells = published_classes(connection, layer)
    if not len(cells):
        return None
    x, y, value = cells.T
    x0, y0 = int(x.min()), int(y.min())
    classes = np.full((int(y.max()) - y0 + 1, int(x.max()) - x0 + 1), NONE, np.int16)
    if max(classes.shape) > 20 * MOST_CELLS:  # over the dateline: no picture
        return None
    classes[y - y0, x - x0] = value
    transform = Affine(WIDTH, 0.0, x0 * WIDTH - HALF, 0.0, -WIDTH, HALF - y0 * WIDTH)
    _, south, _, north = transform_bounds(MERCATOR, WGS84, *_bounds(classes.shape, transform))
    return ClassGrid(classes, transform, MERCATOR, WIDTH * cos(radians((south + north) / 2)), whole=False)


def masts(remedies: Sequence[Mapping[str, Any]]) -> list[Mast]:
    """Remedies as sites to be added; those whose place this reader may not know are left out."""
    result = []
    for row in remedies:
        taken = row["assumed"]
        if row["geom"] is None or "reference_eirp_dbm" not in taken:
            continue
        place = row["geom"].centroid
        parameters = (taken["site"], taken["height_m"], taken["reference_eirp_dbm"], taken["frequency_mhz"])
        result.append(Mast(place.x, place.y, row["technology"], *parameters))
    return result


def with_sites(grid: ClassGrid, sites: Sequence[Mast], environment: str) -> ClassGrid:
    """The same cells with sites added: each takes the best class at its middle; nothing becomes worse."""
    classes = grid.classes.copy()
    standard_sites = {site.name: site for site in standard().sites}
    for mast in sites:
        if mast.site in standard_sites:
            _raise(classes, grid, mast, standard_sites[mast.site], environment)
    return replace(grid, classes=classes)


def picture(grid: ClassGrid, colours: Sequence[Colour], *, crs: str = WGS84) -> Underlay | None:
    """The grid as PNG in ``colours`` of classes 0 … 5, north up, even in ``crs``; None over the dateline.

    ``crs`` is that of the map it is laid on: degrees on paper, web mercator in a browser. The box is in degrees.
    """
    from rasterio.enums import Resampling
    from rasterio.warp import reproject, transform_bounds

    west, south, east, north = transform_bounds(grid.crs, crs, *_bounds(grid.classes.shape, grid.transform))
    if not west < east:
        return None
    long_side = min(MOST_PIXELS, max(LEAST_PIXELS, 4 * max(grid.classes.shape)))
    scale = long_side / max(east - west, north - south)
    cols, rows = max(1, ceil((east - west) * scale)), max(1, ceil((north - south) * scale))
    pixels = np.full((rows, cols), NONE, np.int16)
    reproject(
        grid.classes,
        pixels,
        src_transform=grid.transform,
        src_crs=grid.crs,
        src_nodata=NONE,
        dst_transform=Affine((east - west) / cols, 0, west, 0, -(north - south) / rows, north),
        dst_crs=crs,
        dst_nodata=NONE,
        resampling=Resampling.nearest,
    )
    content = png((pixels + 1).astype(np.uint8), [(0, 0, 0, 0), *colours])
    return Underlay(content, transform_bounds(crs, WGS84, west, south, east, north))


def outlines(grid: ClassGrid) -> dict[int, Any]:
    """The ground of each class as one geometry in degrees, class by class."""
    from rasterio.features import shapes

    away = Transformer.from_crs(grid.crs, WGS84, always_xy=True)
    parts: dict[int, list[Any]] = {}
    mask = grid.classes != NONE
    for outline, value in shapes(grid.classes, mask=mask, transform=grid.transform):
        parts.setdefault(int(value), []).append(shape(outline))
    return {
        number: shapely.transform(
            shapely.MultiPolygon(class_parts), lambda xy: np.column_stack(away.transform(*xy.T))
        )
        for number, class_parts in sorted(parts.items())
    }


def _cells(digest: str, most: int) -> ClassGrid:
    from rasterio.enums import Resampling

    with opened(files.path_of(config.load().files_dir, Folder.RASTERS, digest)) as source:
        factor = max(1, ceil(max(source.height, source.width) / most))
        shape_ = (ceil(source.height / factor), ceil(source.width / factor))
        read = source.read(CLASS_BAND, out_shape=shape_, resampling=Resampling.nearest, masked=True)
        scaled = source.transform @ Affine.scale(source.width / shape_[1], source.height / shape_[0])
        crs = str(source.crs.to_string())
    values = np.ma.filled(read.astype(np.float32), np.nan)
    classes = np.where(np.isfinite(values), np.clip(np.nan_to_num(values), 0, 5), NONE).astype(np.int16)
    return ClassGrid(classes, scaled, crs, float(scaled.a), whole=True)


def _raise(classes: NDArray[np.int16], grid: ClassGrid, mast: Mast, site: Site, environment: str) -> None:
    """Lift the classes of the cells around one site, in place."""
    x, y = Transformer.from_crs(WGS84, grid.crs, always_xy=True).transform(mast.lon, mast.lat)
    ground = cos(radians(mast.lat)) if grid.crs == MERCATOR else 1.0  # web-mercator metres are longer
    col, row = ~grid.transform @ (x, y)
    reach = site.reach_m / ground / grid.transform.a
    rows = slice(max(0, int(row - reach)), max(0, int(row + reach) + 2))
    cols = slice(max(0, int(col - reach)), max(0, int(col + reach) + 2))
    part = classes[rows, cols]
    if not part.size:
        return
    down = (np.arange(rows.start, rows.start + part.shape[0]) + 0.5 - row)[:, None]
    along = (np.arange(cols.start, cols.start + part.shape[1]) + 0.5 - col)[None, :]
    metres = np.hypot(along, down) * grid.transform.a * ground
    bearing = np.degrees(np.arctan2(along, -down + 0 * along))
    level = _level(mast, site, metres, bearing, environment)
    steps = radio().thresholds(mast.technology)
    better = np.maximum(part, classify(level.astype(np.float32), steps).astype(np.int16))
    part[:] = np.where(part == NONE, NONE, better)


def _level(
    mast: Mast, site: Site, metres: NDArray[np.float64], bearing: NDArray[np.float64], environment: str
) -> NDArray[np.float64]:
    """Level (dBm) of a standard site at a distance and bearing; -inf beyond its reach."""
    receiver = radio().receiver_height_m
    table = np.arange(1.0, site.reach_m + 2.0)
    loss = mean_loss(site.scenario, table, mast.height_m, receiver, mast.frequency_mhz)
    below = np.degrees(np.arctan2(mast.height_m - receiver, table))
    level = mast.reference_eirp_dbm - loss - vertical_attenuation(below)
    level -= environment_loss_db(radio().environments[environment], mast.frequency_mhz)
    level_dbm = np.interp(metres, table, level)
    if site.sectors > 1:
        mains = np.arange(site.sectors) * (360.0 / site.sectors)
        cuts = [horizontal_attenuation(bearing - main, beam_deg=site.beam_deg) for main in mains]
        level_dbm -= np.min(np.stack(cuts), axis=0)
    best: NDArray[np.float64] = np.where(metres <= site.reach_m, level_dbm, -np.inf)
    return best


def _bounds(shape_: tuple[int, ...], transform: Affine) -> tuple[float, float, float, float]:
    west, north = transform @ (0, 0)
    east, south = transform @ (shape_[1], shape_[0])
    return west, south, east, north
