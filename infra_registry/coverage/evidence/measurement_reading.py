"""Rows of a file of measurements, checked one by one; every fault names its row, field and value. No database."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from shapely.geometry import Point

from infra_registry.assets.fields import Field, choice, day, flag, number, parse_all, text
from infra_registry.config import today
from infra_registry.coverage.evidence.measurement_mapping import AS_SENT, Detail, Reading, Source
from infra_registry.coverage.evidence.settings import measurement_caps
from infra_registry.coverage.evidence.tables import ENVIRONMENTS, MEASURE_METHODS, TECHNOLOGIES
from infra_registry.errors import Fault, Invalid
from infra_registry.formats import Caps, Part, RawRow, read
from infra_registry.formats.crs import known, to_wgs84
from infra_registry.formats.headers import fits, plain

PLACE = (number("lon", -1e8, 1e8, required=True), number("lat", -1e8, 1e8, required=True))
FIELDS: tuple[Field, ...] = (
    text("operator"),
    choice("technology", *TECHNOLOGIES),
    choice("method", *MEASURE_METHODS, required=True),
    choice("environment", *ENVIRONMENTS, required=True),
    day("measured_on"),
    number("level_dbm", -200, 50),
    number("field_v_m", 0, 1000),
    number("down_mbps", 0, 1e6),
    number("up_mbps", 0, 1e6),
    number("latency_ms", 0, 1e6),
    flag("connected"),
    text("ref"),
    text("service_stated"),
)
VALUES = ("level_dbm", "field_v_m", "down_mbps", "up_mbps", "latency_ms", "connected")
_RANGE = re.compile(r"(\d+(?:[.,]\d+)?)\s*-\s*(\d+(?:[.,]\d+)?)")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a row: part, row as the sender counts, and the fault."""

    part: str
    row: int
    fault: Fault


@dataclass(slots=True)
class Rows:
    """Good rows with part and number, findings, rows read, and rows without a value that were left out."""

    good: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    read: int = 0
    empty: int = 0


def read_rows(files: Sequence[tuple[str, bytes]], reading: Reading, crs: str | None = None) -> Rows:
    """The rows of one or several files (name, bytes). Raises FormatError, Invalid for a missing part."""
    caps = measurement_caps()
    limits = Caps(max_bytes=caps.max_bytes, max_rows=caps.max_rows)
    parts = [part for name, data in files for part in read(data, name, caps=limits)]
    main = _part(parts, reading.part, alone=reading.detail is None)
    system = known(crs or reading.crs)
    rows = Rows()
    columns = _columns(main)
    _needed(main, columns, reading)
    sites: dict[str, dict[str, str | None]] = {}
    for row in main.rows:
        raw = {name: _cell(source, columns, row) for name, source in reading.fields.items()}
        _take(rows, main.name, row, {**reading.constants, **raw}, (reading, system))
        if reading.detail:
            sites.setdefault((row.values.get(columns.get(plain(reading.detail.on), ""), "")).strip(), raw)
    if reading.detail:
        _details(rows, parts, reading, reading.detail, (sites, system))
    return rows


def _details(
    rows: Rows, parts: Sequence[Part], reading: Reading, detail: Detail, context: tuple[dict[str, Any], str]
) -> None:
    sites, system = context
    part = _part(parts, detail.part, alone=False)
    columns = _columns(part)
    for row in part.rows:
        own = {name: _cell(source, columns, row) for name, source in detail.fields.items()}
        key = row.values.get(columns.get(plain(detail.on), ""), "").strip()
        site = sites.get(key)
        if site is None:
            rows.read += 1
            rows.findings.append(Finding(part.name, row.number, Fault("ref", key[:40], "claims.no_site")))
        elif detail.skip_empty and not any(own.get(name) for name in VALUES):
            rows.read += 1
            rows.empty += 1
        else:
            kept = {name: site.get(name) for name in detail.keeps}
            _take(rows, part.name, row, {**reading.constants, **kept, **own}, (reading, system))


def _part(parts: Sequence[Part], patterns: Sequence[str], *, alone: bool) -> Part:
    if alone and len(parts) == 1:
        return parts[0]
    fitting = next((part for part in parts if fits(part.name, patterns)), None)
    if fitting is None:
        names = ", ".join(part.name for part in parts)[:80]
        raise Invalid([Fault("file", names, "claims.missing_part", patterns[0])])
    return fitting


def _columns(part: Part) -> dict[str, str]:
    return {plain(column): column for column in reversed(part.columns)}


def _needed(part: Part, columns: Mapping[str, str], reading: Reading) -> None:
    """Raises Invalid for a file without a place, a day or any value: once, not once a row."""
    there = {n for n, s in reading.fields.items() if any(h in columns for h in s.headers)}
    there |= set(reading.constants)
    missing = [name for name in ("lon", "lat", "method", "measured_on") if name not in there]
    missing += [] if there & set(VALUES) else ["level_dbm"]
    if missing:
        listed = ", ".join(part.columns)[:200]
        raise Invalid([Fault(name, listed, "claims.missing_column", name) for name in missing])


def _cell(source: Source, columns: Mapping[str, str], row: RawRow) -> str | None:
    sent = ""
    for header in source.headers:
        sent = row.values.get(columns.get(header, ""), "").strip()
        if sent:
            break
    if not sent:
        return source.default
    if not source.codes:
        return sent
    code = source.codes.get(plain(sent))
    return code or (sent if source.other in (AS_SENT, None) else source.other)


def _take(
    rows: Rows, part: str, row: RawRow, raw: Mapping[str, str | None], context: tuple[Reading, str]
) -> None:
    reading, system = context
    rows.read += 1
    values, faults = check(raw, reading)
    faults += [
        Fault(n.field or "", n.value, n.code, n.expected or "") for n in row.notes if n.severity == "error"
    ]
    if not faults:
        placed, fault = _placed(values, system)
        values |= placed
        faults += [fault] if fault else []
    if faults:
        rows.findings += [Finding(part, row.number, fault) for fault in faults]
    else:
        rows.good.append((part, row.number, values))


def check(raw: Mapping[str, str | None], reading: Reading) -> tuple[dict[str, Any], list[Fault]]:
    """The values of one row, and what is wrong with them."""
    sent = raw.get("measured_on")
    day_sent = {"measured_on": _day(sent, reading.dates)} if sent else {}
    values, faults = parse_all((*PLACE, *FIELDS), {**raw, **day_sent})
    values["band_low_mhz"], values["band_high_mhz"] = _band(raw.get("band"))
    wrong = {fault.field for fault in faults}
    faults += [fault for fault in _plausible(values) if fault.field not in wrong]
    return values, faults


def _plausible(values: Mapping[str, Any]) -> Iterator[Fault]:
    on = values["measured_on"]
    oldest, newest = measurement_caps().oldest, today()
    if not isinstance(on, date):
        yield Fault("measured_on", "", "field.required", newest.isoformat())
    elif not oldest <= on <= newest:
        yield Fault("measured_on", on.isoformat(), "claims.day", f"{oldest} … {newest}")
    if all(values[name] is None for name in VALUES):
        yield Fault("level_dbm", "", "claims.says_nothing", " | ".join(VALUES))


def _placed(values: Mapping[str, Any], system: str) -> tuple[dict[str, float], Fault | None]:
    placed = to_wgs84([Point(values["lon"], values["lat"])], system)[0]
    if placed.geometry is None:
        return {}, replace(placed.fault or Fault("", "", "claims.no_place"), field="lon")
    return {"lon": placed.geometry.x, "lat": placed.geometry.y}, None


def _day(sent: str, forms: Sequence[str]) -> str:
    for form in forms:
        try:
            return datetime.strptime(sent, form).date().isoformat()  # noqa: DTZ007  a day, no instant
        except ValueError:
            continue
    return sent


def _band(sent: str | None) -> tuple[float | None, float | None]:
    """Lowest and highest frequency (MHz) of a band; none for one in several pieces."""
    ranges = _RANGE.findall(sent or "")
    if len(ranges) != 1:
        return None, None
    low, high = (float(value.replace(",", ".")) for value in ranges[0])
    return (low, high) if low <= high <= 1e6 else (None, None)
