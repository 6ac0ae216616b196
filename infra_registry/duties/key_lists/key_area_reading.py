"""A government's list of key public areas as a file: rows with a place, and what is wrong with each. No database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely
from shapely.errors import GEOSException
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from infra_registry import words
from infra_registry.assets.draft import geometry_faults
from infra_registry.assets.fields import Field, choice, day, expected, number, parse, text
from infra_registry.assets.kinds import Kind
from infra_registry.config import today
from infra_registry.errors import Fault, RegistryError
from infra_registry.formats import Caps, Part, RawRow, read
from infra_registry.formats.crs import WGS84, known, to_wgs84
from infra_registry.rules.facts import URBAN_PARTS

CAPS = Caps(max_bytes=16 << 20, max_inflated=64 << 20, max_rows=5000, max_columns=100)
FIRST_DAY = date(1990, 1, 1)
EARTH = 4e7
WKT = text("wkt", max_length=32_767)
FIELDS: dict[str, Field] = {
    "name": text("name", required=True),
    "part": choice("part", *URBAN_PARTS),
    "lon": number("lon", -EARTH, EARTH),
    "lat": number("lat", -EARTH, EARTH),
    "wkt": WKT,
    "list_title": text("list_title", required=True),
    "issued_by": text("issued_by", required=True),
    "issued_on": Field("issued_on", day("issued_on").type, required=True),
    "ends_on": day("ends_on"),
}
OF_THE_LIST = ("list_title", "issued_by", "issued_on", "ends_on")
NEEDED = ("name", "list_title", "issued_by", "issued_on")
_MORE = {"lon": ("longitude", "x", "lng"), "lat": ("latitude", "y"), "part": ("urban_part",), "name": ()}


@dataclass(frozen=True, slots=True)
class ListFinding:
    """What is wrong in a row (the heading of a table is row 1) or worth knowing: field, value, what would be right."""

    row: int
    field: str
    value: str | None
    code: str
    expected: str = ""
    severity: str = "error"


@dataclass(frozen=True, slots=True)
class Listed:
    """One area of the list, in EPSG:4326."""

    row: int
    name: str
    part: str | None
    geometry: BaseGeometry
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """The list itself: its title, who issued it when, and until when it says it holds."""

    title: str
    issued_by: str
    issued_on: date
    ends_on: date | None


@dataclass(slots=True)
class Sheet:
    """A list as read; ``issued`` is None while its own facts cannot be read."""

    crs: str
    rows: int = 0
    issued: Issued | None = None
    areas: list[Listed] = field(default_factory=list)
    findings: list[ListFinding] = field(default_factory=list)

    @property
    def faults(self) -> list[ListFinding]:
        """Findings that forbid loading."""
        return [item for item in self.findings if item.severity == "error"]


def headings(name: str) -> tuple[str, ...]:
    """Headings a column may have: the field's own name, its words in each language, usual other names."""
    return (
        name,
        *(words.say(locale, f"wifi.field.{name}") for locale in words.LOCALES),
        *_MORE.get(name, ()),
    )


def template(locale: str) -> list[list[str]]:
    """A list to fill in: headings and two rows that would be taken."""
    rows = [[words.say(locale, f"wifi.field.{name}") for name in FIELDS]]
    parts = [words.say(locale, f"wifi.part.{part}") for part in URBAN_PARTS]
    title, body = words.say(locale, "wifi.template.title"), words.say(locale, "wifi.template.body")
    shape = "POLYGON ((116.590 35.410, 116.594 35.410, 116.594 35.413, 116.590 35.413, 116.590 35.410))"
    names = [words.say(locale, f"wifi.template.name_{number}") for number in (1, 2)]
    rows.append([names[0], parts[0], "116.5870", "35.4150", "", title, body, "2026-01-15", ""])
    rows.append([names[1], parts[0], "", "", shape, title, body, "2026-01-15", ""])
    return rows


def read_list(content: bytes, name: str, crs: str | None = None) -> Sheet:
    """Read a CSV, workbook or GeoJSON of one list. ``crs`` declares the coordinates, else the file, else EPSG:4326.

    Raises FormatError for what cannot be read at all, RegistryError ``key_area.parts`` for several tables in one.
    """
    declared = known(crs) if crs else None
    parts = [part for part in read(content, name, caps=CAPS) if part.rows]
    if len(parts) > 1:
        raise RegistryError("key_area.parts", count=len(parts))
    if not parts:
        raise RegistryError("key_area.no_rows")
    part = parts[0]
    own = known(part.crs) if part.crs else None
    sheet = Sheet(declared or own or WGS84, rows=len(part.rows))
    if declared and own and own != declared:
        sheet.findings.append(ListFinding(1, "crs", own, "crs.conflict", declared, "warning"))
    columns = _columns(part, sheet)
    if not sheet.findings or not sheet.faults:
        _rows(part, columns, sheet)
    return sheet


def _columns(part: Part, sheet: Sheet) -> dict[str, str]:
    """Which column of the file holds which field."""
    there = {column.strip().casefold(): column for column in part.columns}
    headed = {
        name: there[heading.casefold()]
        for name in FIELDS
        for heading in reversed(headings(name))
        if heading.casefold() in there
    }
    for name in NEEDED:
        if name not in headed:
            named = " / ".join(headings(name)[:3])
            columns = ", ".join(part.columns)[:200]
            sheet.findings.append(ListFinding(1, name, columns, "finding.missing_column", named))
    if not part.spatial and "wkt" not in headed and not {"lon", "lat"} <= headed.keys():
        sheet.findings.append(ListFinding(1, "lon", part.name, "finding.no_geometry", "lon, lat | wkt"))
    return headed


def _rows(part: Part, columns: dict[str, str], sheet: Sheet) -> None:
    shapes: list[BaseGeometry | None] = []
    read_rows: list[tuple[RawRow, dict[str, Any]]] = []
    for raw in part.rows:
        values = dict(_values(raw, columns, sheet))
        read_rows.append((raw, values))
        shapes.append(raw.geometry if part.spatial else _drawn(raw, values, sheet))
    first: dict[str, Any] = {}
    seen: dict[tuple[str, bytes], int] = {}
    placed = to_wgs84(shapes, sheet.crs)
    for (raw, values), sent, place in zip(read_rows, shapes, placed, strict=True):
        _same_list(raw, values, first, sheet)
        if place.fault:
            _note(sheet, raw.number, [place.fault])
            continue
        if place.geometry is None and _already(sheet, raw.number):
            continue
        faults = geometry_faults(Kind.WIFI_ZONE, place.geometry)
        _note(sheet, raw.number, faults)
        if faults or place.geometry is None or sent is None or "name" not in values:
            continue
        key = (values["name"], shapely.to_wkb(place.geometry))
        if key in seen:
            sheet.findings.append(
                ListFinding(raw.number, "name", values["name"], "key_area.twice", str(seen[key]))
            )
        seen.setdefault(key, raw.number)
        sheet.areas.append(Listed(raw.number, values["name"], values.get("part"), place.geometry))
    sheet.issued = _issued(first, sheet)


def _values(raw: RawRow, columns: dict[str, str], sheet: Sheet) -> Iterator[tuple[str, Any]]:
    """The typed values of a row; its faults are noted."""
    for note in raw.notes:
        sheet.findings.append(
            ListFinding(
                raw.number, note.field or "", note.value, note.code, note.expected or "", note.severity
            )
        )
    for name, spec in FIELDS.items():
        sent: str | None = raw.values.get(columns[name], "") if name in columns else None
        if name == "part" and sent:
            sent = _part(sent)
        value, fault = parse(spec, sent)
        if fault and (name in columns or spec.required):
            _note(sheet, raw.number, [fault])
        elif value is not None:
            yield name, value


def _part(sent: str) -> str:
    """The code of a part of the city from its words."""
    for code in URBAN_PARTS:
        if sent.strip() in {words.say(locale, f"wifi.part.{code}") for locale in words.LOCALES}:
            return code
    return sent


def _drawn(raw: RawRow, values: dict[str, Any], sheet: Sheet) -> BaseGeometry | None:
    if "wkt" in values:
        try:
            return shapely.force_2d(shapely.from_wkt(values["wkt"]))
        except (GEOSException, ValueError, TypeError):
            wrong = ListFinding(
                raw.number, "wkt", values["wkt"][:80], "geometry.malformed", "POINT (116.6 35.4)"
            )
            sheet.findings.append(wrong)
            return None
    if "lon" in values and "lat" in values:
        return Point(values["lon"], values["lat"])
    return None


def _same_list(raw: RawRow, values: dict[str, Any], first: dict[str, Any], sheet: Sheet) -> None:
    """A file is one list: what is said of the list is the same in every row."""
    for name in OF_THE_LIST:
        value = values.get(name)
        if name not in first:
            first[name] = value
        elif value != first[name] and not any(
            item.row == raw.number and item.field == name for item in sheet.findings
        ):
            shown = "" if value is None else str(value)
            sheet.findings.append(
                ListFinding(raw.number, name, shown[:80], "key_area.other_list", str(first[name] or "–"))
            )


def _issued(first: dict[str, Any], sheet: Sheet) -> Issued | None:
    title, body, since, until = (first.get(name) for name in OF_THE_LIST)
    row = sheet.areas[0].row if sheet.areas else 1
    if since is None or title is None or body is None:
        return None
    if not FIRST_DAY <= since <= today():
        span = f"{FIRST_DAY} … {today()}"
        sheet.findings.append(ListFinding(row, "issued_on", str(since), "field.out_of_range", span))
    if until is not None and until < since:
        sheet.findings.append(ListFinding(row, "ends_on", str(until), "field.out_of_range", f"≥ {since}"))
    return Issued(title, body, since, until)


def _already(sheet: Sheet, row: int) -> bool:
    """A row whose place was already found wrong."""
    return any(item.row == row and item.field in ("wkt", "lon", "lat", "geometry") for item in sheet.findings)


def _note(sheet: Sheet, row: int, faults: Sequence[Fault]) -> None:
    for fault in faults:
        value = None if fault.value is None else str(fault.value)[:80]
        right = fault.expected or (expected(FIELDS[fault.field]) if fault.field in FIELDS else "")
        if fault.field == "part":
            right = " | ".join(
                f"{words.say(words.DEFAULT_LOCALE, f'wifi.part.{code}')} {code}" for code in URBAN_PARTS
            )
        sheet.findings.append(ListFinding(row, fault.field, value, fault.code, right))
