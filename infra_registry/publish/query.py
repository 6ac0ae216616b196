"""What a reader asks of the register: filters, order and page, parsed strictly from text."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from infra_registry.assets.kinds import Kind, Status
from infra_registry.errors import Fault, Invalid
from infra_registry.formats import whole
from infra_registry.publish.spatial import Box, parse_box

SORTS = ("code", "name", "kind", "status", "changed_at")
PARAMETERS = frozenset(
    {
        "bbox",
        "kind",
        "status",
        "operator",
        "owner",
        "area",
        "q",
        "sort",
        "order",
        "limit",
        "cursor",
        "sample",
        "host",
        "batch",
        "near",
        "lone_host",
    }
)
MAX_LIMIT = 1000
DEFAULT_LIMIT = 50
MAX_TEXT = 100


@dataclass(frozen=True, slots=True)
class Query:
    """Filters, order and page. ``near`` is (lon, lat) and orders by distance of the shown place.

    ``lone_host``: only what its blurred place gives away, see ``lone_hosts``.
    """

    box: Box | None = None
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    area: str | None = None
    text: str | None = None
    host: str | None = None
    batch: str | None = None
    sample: bool | None = None
    lone_host: bool | None = None
    sort: str = "code"
    descending: bool = False
    limit: int = DEFAULT_LIMIT
    cursor: tuple[str, str] | None = None
    near: tuple[float, float] | None = None
    codes: tuple[str, ...] = field(default=())


def parse_query(raw: Mapping[str, str], *, strict: bool = True) -> Query:
    """Read a query from request parameters; raises Invalid naming every wrong one.

    ``strict`` refuses parameters that are not known (an interface); pages ignore them.
    """
    faults: list[Fault] = []
    if strict:
        faults += [
            Fault(name[:60], raw[name][:60], "query.unknown", " | ".join(sorted(PARAMETERS)))
            for name in raw
            if name not in PARAMETERS
        ]
    box = None
    try:
        box = parse_box(raw["bbox"]) if raw.get("bbox") else None
    except Invalid as error:
        faults += error.faults
    query = Query(
        box=box,
        kinds=_listed(raw, "kind", tuple(Kind), faults),
        statuses=_listed(raw, "status", tuple(Status), faults),
        operators=_codes(raw, "operator", faults),
        owners=_codes(raw, "owner", faults),
        area=_text(raw, "area", faults),
        text=_text(raw, "q", faults),
        host=_text(raw, "host", faults),
        batch=_text(raw, "batch", faults),
        sample=_truth(raw, "sample", faults),
        lone_host=_truth(raw, "lone_host", faults),
        sort=_one(raw, "sort", SORTS, "code", faults),
        descending=_one(raw, "order", ("asc", "desc"), "asc", faults) == "desc",
        limit=_limit(raw, faults),
        cursor=_cursor(raw, faults),
        near=_near(raw, faults),
    )
    if query.near and query.cursor:
        faults.append(Fault("cursor", raw["cursor"][:60], "query.near_cursor", str(MAX_LIMIT)))
    if faults:
        raise Invalid(faults, "query.invalid")
    return query


def next_cursor(sort_value: str, code: str) -> str:
    """An opaque mark of the last row of a page."""
    return base64.urlsafe_b64encode(json.dumps([sort_value, code]).encode()).decode().rstrip("=")


def _listed(
    raw: Mapping[str, str], name: str, allowed: tuple[str, ...], faults: list[Fault]
) -> tuple[str, ...]:
    wanted = tuple(part for part in raw.get(name, "").split(",") if part)
    faults += [
        Fault(name, part[:60], "query.choice", " | ".join(allowed)) for part in wanted if part not in allowed
    ]
    return wanted


def _codes(raw: Mapping[str, str], name: str, faults: list[Fault]) -> tuple[str, ...]:
    wanted = tuple(part for part in raw.get(name, "").split(",") if part)
    if len(wanted) > 50 or any(len(part) > MAX_TEXT or not _clean(part) for part in wanted):
        faults.append(Fault(name, raw[name][:60], "query.text", f"1 … {MAX_TEXT}"))
        return ()
    return wanted


def _text(raw: Mapping[str, str], name: str, faults: list[Fault]) -> str | None:
    value = raw.get(name, "").strip()
    if len(value) > MAX_TEXT or not _clean(value):
        faults.append(Fault(name, value[:60], "query.text", f"1 … {MAX_TEXT}"))
        return None
    return value or None


def _clean(value: str) -> bool:
    return value.isprintable() and not any(0xD800 <= ord(c) <= 0xDFFF for c in value)


def _truth(raw: Mapping[str, str], name: str, faults: list[Fault]) -> bool | None:
    value = raw.get(name, "")
    if value not in ("", "true", "false"):
        faults.append(Fault(name, value[:60], "query.choice", "true | false"))
    return None if value == "" else value == "true"


def _one(
    raw: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str, faults: list[Fault]
) -> str:
    value = raw.get(name) or default
    if value not in allowed:
        faults.append(Fault(name, value[:60], "query.choice", " | ".join(allowed)))
        return default
    return value


def _limit(raw: Mapping[str, str], faults: list[Fault]) -> int:
    number = whole(raw.get("limit") or str(DEFAULT_LIMIT), MAX_LIMIT, least=1)
    if number is None:
        faults.append(Fault("limit", raw["limit"][:60], "field.out_of_range", f"1 … {MAX_LIMIT}"))
    return number or DEFAULT_LIMIT


def _cursor(raw: Mapping[str, str], faults: list[Fault]) -> tuple[str, str] | None:
    value = raw.get("cursor")
    if not value:
        return None
    try:
        pair = json.loads(base64.urlsafe_b64decode(value[:600] + "=" * (-len(value[:600]) % 4)))
    except (ValueError, UnicodeError, RecursionError):
        pair = None
    if isinstance(pair, list) and len(pair) == 2 and all(isinstance(p, str) and _clean(p) for p in pair):
        return pair[0], pair[1]
    faults.append(Fault("cursor", value[:60], "query.cursor", "next"))
    return None


def _near(raw: Mapping[str, str], faults: list[Fault]) -> tuple[float, float] | None:
    value = raw.get("near")
    if not value:
        return None
    try:
        lon, lat = (float(part) for part in value.split(","))
    except ValueError:
        lon, lat = 999.0, 999.0
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        faults.append(Fault("near", value[:60], "query.near", "116.58,35.41"))
        return None
    return lon, lat
