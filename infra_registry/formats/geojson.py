"""GeoJSON, read strictly: what is not JSON is refused, what is odd about a feature is said beside it."""

import json
from typing import Any

import shapely
from shapely.errors import GEOSException
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from infra_registry.formats.encoding import decode
from infra_registry.formats.errors import FormatError
from infra_registry.formats.table import Caps, Note, Part, RawRow, columns_of, text_of, too_many

_TYPES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}


class _Doubled(dict[str, Any]):
    """An object whose keys stand twice in the file; the last one wins."""


def read_geojson(data: bytes, name: str, caps: Caps) -> Part:
    """The features of a collection as rows numbered from 1. Coordinates stay as sent, third ones dropped."""
    document = _parsed(decode(data).text)
    if not isinstance(document, dict) or document.get("type") not in ("FeatureCollection", "Feature"):
        raise FormatError("format.not_geojson")
    features = document.get("features") if document["type"] == "FeatureCollection" else [document]
    if not isinstance(features, list):
        raise FormatError("format.not_geojson")
    if len(features) > caps.max_rows:
        raise FormatError("format.too_many_rows", expected=caps.max_rows)
    keys: dict[str, None] = {}
    for feature in features:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if isinstance(properties, dict):
            keys.update(dict.fromkeys(properties))
        if len(keys) > caps.max_columns:
            raise FormatError("format.too_many_columns", value=len(keys), expected=caps.max_columns)
    rows = [_row(number, feature, caps) for number, feature in enumerate(features, start=1)]
    return Part(name, columns_of(list(keys)), rows, spatial=True, crs=_crs(document))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse, object_pairs_hook=_object)
    except RecursionError as error:
        raise FormatError("format.too_deep") from error
    except json.JSONDecodeError as error:
        raise FormatError("format.json", value=f"{error.lineno} {error.colno} {error.msg}") from error
    except ValueError as error:  # a number of thousands of digits
        raise FormatError("format.json", value=str(error)[:80]) from error


def _refuse(word: str) -> Any:
    raise FormatError("format.json_constant", value=word)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    return members if len(members) == len(pairs) else _Doubled(members)


def _row(number: int, feature: Any, caps: Caps) -> RawRow:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return RawRow(number, {}, None, (Note("feature.not_feature", "error", value=text_of(feature)[:80]),))
    properties = feature.get("properties") or {}
    notes: list[Note] = []
    if isinstance(feature, _Doubled) or isinstance(properties, _Doubled):
        notes.append(Note("feature.doubled_key", "warning"))
    if not isinstance(properties, dict):
        notes.append(Note("feature.not_feature", "error", "properties", text_of(properties)[:80]))
        properties = {}
    values = {key[:200].strip(): text_of(value) for key, value in properties.items()}
    for key, value in values.items():
        if len(value) > caps.max_cell:
            values[key] = value[: caps.max_cell]
            notes.append(Note("cell.too_long", "error", key, value[:80], f"≤ {caps.max_cell}"))
        if "\0" in value:
            values[key] = values[key].replace("\0", "\ufffd")
            notes.append(Note("cell.control", "error", key, values[key][:80]))
    if feature.get("id") is not None:
        values.setdefault("@id", text_of(feature["id"])[:200])
    geometry, note = _geometry(feature.get("geometry"))
    return RawRow(number, values, geometry, (*notes, note) if note else tuple(notes))


def _geometry(sent: Any) -> tuple[BaseGeometry | None, Note | None]:
    if sent is None:
        return None, None
    if not isinstance(sent, dict) or sent.get("type") not in _TYPES:
        kind = sent.get("type") if isinstance(sent, dict) else sent
        return None, Note(
            "geometry.malformed", "error", "geometry", text_of(kind)[:80], " | ".join(sorted(_TYPES))
        )
    try:
        geometry = shapely.force_2d(shape(sent))
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        OverflowError,
        GEOSException,
    ) as error:
        return None, Note("geometry.malformed", "error", "geometry", str(error)[:80], sent["type"])
    note = too_many(geometry)
    return (None, note) if note else (geometry, None)


def _crs(document: dict[str, Any]) -> str | None:
    """The coordinate system an old-style ``crs`` member names."""
    member = document.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name[:200] if isinstance(name, str) else None
