"""GeoPackage: one layer of features, read without trusting the file to be what its name says."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import shapely

from infra_registry.formats.errors import FormatError
from infra_registry.formats.table import Caps, Note, Part, RawRow, columns_of, text_of, too_many

_SQLITE = b"SQLite format 3\0"
_IDS = (b"GPKG", b"GP10", b"GP11")
_INDEX = re.compile(r"\s*CREATE\s+VIRTUAL\s+TABLE\s+\S+\s+USING\s+rtree\b", re.IGNORECASE)
_VIRTUAL = re.compile(r"\s*CREATE\s+VIRTUAL\b", re.IGNORECASE)


def is_geopackage(path: Path) -> bool:
    """Whether the file begins as a GeoPackage does: an SQLite database with the application id of one."""
    with path.open("rb") as stream:
        head = stream.read(72)
    return head[:16] == _SQLITE and head[68:72] in _IDS


def refuse_computed(path: Path, name: str) -> None:
    """Refuse a file whose layers are computed when they are read: a view may run for ever or make endless data.

    Raises FormatError ``format.geopackage_computed`` for views, generated columns and virtual tables other than
    spatial indexes, ``format.geopackage`` for what is no database.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            objects = base.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
            wrong = [row[1] for row in objects if row[0] == "view" or _is_virtual(row[2])]
            tables = (
                []
                if wrong
                else [row[1] for row in objects if row[0] == "table" and not _VIRTUAL.match(row[2])]
            )
            for table in tables:
                columns = base.execute("SELECT hidden FROM pragma_table_xinfo(?)", (table,)).fetchall()
                wrong += [table] if any(hidden in (2, 3) for (hidden,) in columns) else []
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise FormatError("format.geopackage", value=f"{name[:80]}: {str(error)[:120]}") from error
    if wrong:
        raise FormatError(
            "format.geopackage_computed", value=", ".join(map(str, wrong))[:120], name=name[:80]
        )


def _is_virtual(sql: str) -> bool:
    return bool(_VIRTUAL.match(sql)) and not _INDEX.match(sql)


def read_geopackage(path: Path, name: str, caps: Caps) -> Part:
    """The features of the one layer of a file as rows of text with geometry.

    Raises FormatError ``file.too_large``, ``format.geopackage``, ``format.layers``, ``format.too_many_rows``,
    and what ``refuse_computed`` raises.
    """
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError

    if path.stat().st_size > caps.max_bytes:
        raise FormatError("file.too_large", value=name, expected=caps.max_bytes >> 20)
    if not is_geopackage(path):
        raise FormatError("format.geopackage", value=name[:80])
    refuse_computed(path, name)
    try:
        layers = [str(row[0]) for row in pyogrio.list_layers(path) if row[1] is not None]
        if len(layers) != 1:
            raise FormatError("format.layers", value=len(layers), expected=", ".join(layers)[:200])
        info, _, shapes, columns = pyogrio.raw.read(
            path, layer=layers[0], max_features=caps.max_rows + 1, force_2d=True, datetime_as_string=True
        )
    except (DataSourceError, DataLayerError, FieldError, ValueError, RuntimeError) as error:
        raise FormatError("format.geopackage", value=f"{name[:80]}: {str(error)[:120]}") from error
    names = columns_of([str(field) for field in info["fields"]])
    if len(names) > caps.max_columns:
        raise FormatError("format.too_many_columns", value=len(names), expected=caps.max_columns)
    if shapes is None:
        raise FormatError("format.geopackage", value=name[:80])
    if len(shapes) > caps.max_rows:
        raise FormatError("format.too_many_rows", expected=caps.max_rows)
    texts = [[text_of(value)[: caps.max_cell] for value in column] for column in columns]
    rows = [
        _row(number, dict(zip(names, values, strict=True)), shape)
        for number, (shape, *values) in enumerate(zip(shapes, *texts, strict=True), start=1)
    ]
    return Part(name, names, rows, spatial=True, crs=info["crs"])


def _row(number: int, values: dict[str, str], sent: bytes | None) -> RawRow:
    if sent is None:
        return RawRow(number, values)
    try:
        shape = shapely.from_wkb(sent)
    except shapely.errors.GEOSException as error:
        note = Note("geometry.malformed", "error", "geometry", str(error)[:80], "WKB")
        return RawRow(number, values, None, (note,))
    excess = too_many(shape)
    return RawRow(number, values, None, (excess,)) if excess else RawRow(number, values, shape)
