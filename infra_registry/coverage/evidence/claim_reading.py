"""The shape of a claim from its file: polygons (GeoJSON, GeoPackage) or a class raster (GeoTIFF). No database.

Caps are checked before parsing; a file with too many corner points is refused with their number and what to do.
"""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.errors import GEOSException
from shapely.geometry import MultiPolygon, shape
from shapely.geometry.base import BaseGeometry

from infra_registry.areas.shapes import mended, untangled
from infra_registry.coverage.evidence.settings import ClaimCaps, claim_caps
from infra_registry.errors import Fault, Invalid, RegistryError
from infra_registry.formats import FormatError
from infra_registry.formats.crs import WGS84, known, to_wgs84
from infra_registry.formats.geopackage import refuse_computed
from infra_registry.formats.raster import RasterCaps, opened

_POSITION = re.compile(rb"\[\s*-?[0-9]")
SQLITE, TIFF = b"SQLite format 3\0", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_JSON_FRAME = 4  # brackets and braces per corner point that honest GeoJSON stays below


@dataclass(frozen=True, slots=True)
class Shape:
    """A valid multipolygon of EPSG:4326, its corner points, and notices: (message key, params)."""

    geometry: MultiPolygon
    vertices: int
    notices: tuple[tuple[str, dict[str, Any]], ...] = ()


def read_shape(data: bytes, name: str, crs: str | None = None, caps: ClaimCaps | None = None) -> Shape:
    """The claimed area of a file; ``crs`` where the file does not say. Raises Invalid naming what is wrong.

    Invalid polygons are made valid with a notice; overlapping ones are merged.
    """
    caps = caps or claim_caps()
    if len(data) > caps.max_bytes:
        raise _fault(name, "claims.file_too_large", f"≤ {caps.max_bytes >> 20} MB")
    if data.startswith(SQLITE):
        parts, stated_crs = _geopackage(data, name, caps)
    elif data.startswith(TIFF):
        parts, stated_crs = _raster(data, name, caps)
    elif data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        parts, stated_crs = _geojson(data, name, caps), None
    else:
        raise _fault(name, "claims.file_type", "GeoJSON | GeoPackage | GeoTIFF")
    return _joined(parts, known(crs or stated_crs or WGS84), caps)


def _fault(value: object, code: str, expected: str = "") -> Invalid:
    return Invalid([Fault("file", str(value)[:80], code, expected)])


def _refused(error: FormatError, name: str) -> RegistryError:
    """The refusal of a file, with a fault of claims where one says more."""
    if error.code == "raster.too_many_pixels":
        return _fault(f"{error.params['count']:,}", "claims.too_many_cells", f"{error.params['cap']:,}")
    if error.code == "raster.no_crs":
        return _fault(name, "claims.raster_crs", "EPSG:4326")
    if error.code == "raster.broken":
        return _fault(error.params["said"], "claims.file_broken", "GeoTIFF")
    if error.code == "format.geopackage":
        return _fault(error.params["value"], "claims.file_broken", "GeoPackage")
    return error


def _too_many(count: int, caps: ClaimCaps) -> Invalid:
    return _fault(f"{count:,}", "claims.too_many_vertices", f"{caps.max_vertices:,}")


def _geojson(data: bytes, name: str, caps: ClaimCaps) -> list[BaseGeometry]:
    count = sum(1 for _ in _POSITION.finditer(data))
    if count > caps.max_vertices:
        raise _too_many(count, caps)
    if data.count(b"[") + data.count(b"{") > _JSON_FRAME * max(count, 1000):
        raise _fault(name, "claims.file_broken", "GeoJSON")
    try:
        geometry = shapely.from_geojson(data.decode("utf-8-sig"))
    except (GEOSException, UnicodeDecodeError, ValueError) as error:
        raise _fault(str(error)[:80], "claims.file_broken", "GeoJSON") from error
    return list(geometry.geoms) if geometry.geom_type == "GeometryCollection" else [geometry]


def _geopackage(data: bytes, name: str, caps: ClaimCaps) -> tuple[list[BaseGeometry], str | None]:
    import pyogrio

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claim.gpkg"
        path.write_bytes(data)
        try:
            refuse_computed(path, name)
            layers = pyogrio.list_layers(path)
            layer = next((row[0] for row in layers if row[1] and "Polygon" in row[1]), None)
            if layer is None:
                raise _fault(name, "claims.no_polygon", "Polygon | MultiPolygon")
            meta, _, wkb, _ = pyogrio.raw.read(path, layer=layer, columns=[], max_features=caps.max_vertices)
        except FormatError as error:
            raise _refused(error, name) from error
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
            raise _fault(str(error)[:80], "claims.file_broken", "GeoPackage") from error
    geometries = shapely.from_wkb([blob for blob in wkb if blob is not None], on_invalid="ignore")
    return [geometry for geometry in geometries if geometry is not None], meta["crs"]


def _raster(data: bytes, name: str, caps: ClaimCaps) -> tuple[list[BaseGeometry], str | None]:
    """Cells of the first band from the lowest claimed class on, as polygons along their sides."""
    from rasterio.features import shapes

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claim.tif"
        path.write_bytes(data)
        limits = RasterCaps(max_bytes=caps.max_bytes, max_pixels=caps.max_raster_cells)
        try:
            with opened(path, caps=limits) as source:
                band = source.read(1, masked=True)
                system, transform = source.crs.to_string(), source.transform
        except FormatError as error:
            raise _refused(error, name) from error
    with np.errstate(invalid="ignore"):
        claimed = np.asarray(band.filled(0) >= caps.lowest_class) & ~np.ma.getmaskarray(band)
    edges = int((claimed[1:] != claimed[:-1]).sum()) + int((claimed[:, 1:] != claimed[:, :-1]).sum())
    if edges > caps.max_raster_edges:
        raise _fault(f"{edges:,}", "claims.too_many_edges", f"{caps.max_raster_edges:,}")
    drawn = shapes(claimed.astype(np.uint8), mask=claimed, transform=transform)
    return [shape(outline) for outline, _ in drawn], system


def _joined(parts: Sequence[BaseGeometry], crs: str, caps: ClaimCaps) -> Shape:
    areas = [
        shapely.force_2d(part)
        for part in parts
        if part.geom_type in ("Polygon", "MultiPolygon") and not part.is_empty
    ]
    if not areas:
        raise _fault(len(parts), "claims.no_polygon", "Polygon | MultiPolygon")
    count = int(shapely.get_num_coordinates(areas).sum())
    if count > caps.max_vertices:
        raise _too_many(count, caps)
    notices: list[tuple[str, dict[str, Any]]] = []
    if len(areas) < len(parts):
        notices.append(("claims.left_out", {"count": len(parts) - len(areas)}))
    placed = to_wgs84(areas, crs)
    fault = next((item.fault for item in placed if item.fault), None)
    if fault:
        raise Invalid([replace(fault, field="file")])
    moved = [item.geometry for item in placed if item.geometry is not None]
    bad = [item for item in moved if not item.is_valid]
    if bad:
        notices.append(
            ("claims.made_valid", {"count": len(bad), "why": shapely.is_valid_reason(bad[0])[:80]})
        )
        moved = [mended(item) for item in moved]
    if len(moved) > 1:
        untangled(moved)
    merged = moved[0] if len(moved) == 1 else shapely.union_all(moved)
    return Shape(_polygons(merged), int(shapely.get_num_coordinates(merged)), tuple(notices))


def _polygons(geometry: BaseGeometry) -> MultiPolygon:
    flat = shapely.get_parts(shapely.get_parts(geometry))
    polygons = [part for part in flat if part.geom_type == "Polygon" and not part.is_empty]
    if not polygons:
        raise _fault(geometry.geom_type, "claims.no_polygon", "Polygon | MultiPolygon")
    return MultiPolygon(polygons)
