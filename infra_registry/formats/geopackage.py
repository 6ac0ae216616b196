"""GeoPackage: one layer of features, read without trusting the file to be what its name says."""

from pathlib import Path

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FieldError

from infra_registry.formats.errors import FormatError
from infra_registry.formats.geojson import MAX_COORDINATES
from infra_registry.formats.table import Caps, Note, Part, RawRow, columns_of

_SQLITE = b"SQLite format 3\0"
_IDS = (b"GPKG", b"GP10", b"GP11")


def is_geopackage(path: Path) -> bool:
    """Whether the file begins as a GeoPackage does: an SQLite database with the application id of one."""
    with path.open("rb") as stream:
        head = stream.read(72)
    return head[:16] == _SQLITE and head[68:72] in _IDS


def read_geopackage(path: Path, name: str, caps: Caps, *, layer: str | None = None) -> Part:
    """The features of one layer as rows of text with geometry; ``layer`` where the file has several.

    Raises FormatError ``file.too_large``, ``format.geopackage``, ``format.layers``, ``format.too_many_rows``.
    """
    if path.stat().st_size > caps.max_bytes:
        raise FormatError("file.too_large", cap_mb=caps.max_bytes >> 20, name=name)
    if not is_geopackage(path):
        raise FormatError("format.geopackage", value=name[:80])
    try:
        chosen = _layer(path, layer)
        info, _, shapes, columns = pyogrio.raw.read(
            path, layer=chosen, max_features=caps.max_rows + 1, force_2d=True, datetime_as_string=True
        )
    except (DataSourceError, DataLayerError, FieldError, ValueError, RuntimeError) as error:
        raise FormatError("format.geopackage", value=f"{name[:80]}: {str(error)[:120]}") from error
    names = columns_of([str(field)[:200] for field in info["fields"]])
    if len(names) > caps.max_columns:
        raise FormatError("format.too_many_columns", value=len(names), expected=caps.max_columns)
    if shapes is None:
        raise FormatError("format.geopackage", value=name[:80])
    if len(shapes) > caps.max_rows:
        raise FormatError("format.too_many_rows", expected=caps.max_rows)
    texts = [[_text(value, caps) for value in column] for column in columns]
    rows = [
        _row(number, dict(zip(names, values, strict=True)), shape)
        for number, (shape, *values) in enumerate(zip(shapes, *texts, strict=True), start=1)
    ]
    return Part(name, names, rows, spatial=True, crs=info["crs"])


def _layer(path: Path, wanted: str | None) -> str:
    layers = [str(row[0]) for row in pyogrio.list_layers(path) if row[1] is not None]
    if wanted in layers:
        return str(wanted)
    if wanted is None and len(layers) == 1:
        return layers[0]
    raise FormatError("format.layers", value=len(layers), expected=", ".join(layers)[:200])


def _row(number: int, values: dict[str, str], sent: bytes | None) -> RawRow:
    if sent is None:
        return RawRow(number, values)
    try:
        shape = shapely.from_wkb(sent)
    except shapely.errors.GEOSException as error:
        note = Note("geometry.malformed", "error", "geometry", str(error)[:80], "WKB")
        return RawRow(number, values, None, (note,))
    count = int(shapely.get_num_coordinates(shape))
    if count > MAX_COORDINATES:
        note = Note("geometry.too_many", "error", "geometry", str(count), f"≤ {MAX_COORDINATES}")
        return RawRow(number, values, None, (note,))
    return RawRow(number, values, shape)


def _text(value: object, caps: Caps) -> str:
    if value is None:
        return ""
    if isinstance(value, float | np.floating):
        number = float(value)
        if np.isnan(number):
            return ""
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return str(value)[: caps.max_cell]
