"""How a file's columns become values of the register: data in TOML, checked as it is read. Pure.

A mapping names the parts of a file (sheets, layers, tables), for each the target (a kind of asset, ``cell``,
``area`` or ``inhabited``), the place, the key and its parent's key, and for each field where its value comes from.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from infra_registry.assets.kinds import KINDS, Kind, Shape
from infra_registry.errors import RegistryError
from infra_registry.exchange.targets import OTHER, fields_of
from infra_registry.formats.crs import WGS84, is_known
from infra_registry.resources import tables_in

MOVE_M = 100.0
_WAYS = ("from", "template", "join", "constant")
_SCALARS = (str, int, float)
# What a value may be, by the word a key is declared with: its test and how it is written.
_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "text": (lambda v: isinstance(v, str), '"…"'),
    "words": (lambda v: isinstance(v, str) or _all(v, str), '"…" | ["…"]'),
    "texts": (lambda v: v == [] or _all(v, str), '["…"]'),
    "flag": (lambda v: isinstance(v, bool), "true | false"),
    "row": (lambda v: type(v) is int and v > 0, "1, 2, 3 …"),
    "metres": (lambda v: type(v) in (int, float) and v >= 0, "≥ 0"),
    "day": (lambda v: type(v) is date, "2026-01-31"),
    "scalar": (lambda v: isinstance(v, _SCALARS), '"…"'),
    "scalars": (lambda v: isinstance(v, dict) and (not v or _all([*v.values()], _SCALARS)), '{ "…" = "…" }'),
    "numbers": (lambda v: isinstance(v, dict) and _all([*v.values()], (int, float)), '{ "…" = 1.0 }'),
    "table": (lambda v: isinstance(v, dict), "[table]"),
    "tables": (lambda v: isinstance(v, list) and bool(v), "[[part]]"),
    "value": (lambda v: isinstance(v, str | dict) or _all(v, str), '"…" | ["…"] | { from = "…" }'),
}
_HEAD_KEYS = {"title": "scalars", "crs": "text", "dates": "texts", "header_row": "row", "move_m": "metres"}
_VALUE_KEYS = (
    dict.fromkeys(("from", "join"), "words")
    | dict.fromkeys(("template", "separator", "other", "unit", "default"), "text")
    | {"constant": "scalar", "codes": "scalars", "dates": "texts", "factors": "numbers", "required": "flag"}
)
_PLACE_KEYS = {"x": "words", "y": "words", "native": "flag", "parent": "flag"}
_PART_KEYS = (
    {"match": "words", "target": "text", "key": "value", "parent": "value", "constants": "scalars"}
    | dict.fromkeys(("place", "lookup", "fields"), "table")
    | {"header_row": "row", "optional": "flag"}
)
_SOURCE_KEYS = dict.fromkeys(("code", "title", "provider", "licence", "note", "map_approval"), "text") | {
    "published_on": "day"
}


def _all(given: Any, sort: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(isinstance(item, sort) for item in given)


class MappingError(RegistryError):
    """A mapping that cannot be used; ``mapping.bad`` with file, key, line and what would be right."""


@dataclass(frozen=True, slots=True)
class Value:
    """Where one value comes from. Exactly one way; ``sources`` are headers in order of preference.

    ``codes`` translate source words (compared without case and accents); ``other`` is taken for a word that is
    not listed, without it such a word is a fault; ``default`` stands for an empty cell.
    ``factors`` multiply a number by the word in the ``unit`` column.
    """

    way: str
    sources: tuple[str, ...] = ()
    text: str = ""
    separator: str = ", "
    codes: dict[str, str] = field(default_factory=dict)
    other: str | None = None
    dates: tuple[str, ...] = ()
    unit: str | None = None
    factors: dict[str, float] = field(default_factory=dict)
    required: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row is: columns x and y, the layer's own geometry, or the place of its parent."""

    way: str
    x: tuple[str, ...] = ()
    y: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lookup:
    """Values from the first row of another part that has the same value in the column ``on``."""

    part: tuple[str, ...]
    on: str


@dataclass(frozen=True, slots=True)
class PartMapping:
    """How one part is read; ``match`` are patterns of its name with ``*``."""

    match: tuple[str, ...]
    target: str
    fields: dict[str, Value]
    place: Place | None
    key: Value | None = None
    parent: Value | None = None
    lookup: Lookup | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping. ``generic``: made from the kinds, so that absent columns are no news.

    ``move_m`` is how far (m) a row may move what is registered before somebody has to confirm it.
    """

    name: str
    title: dict[str, str]
    parts: tuple[PartMapping, ...]
    crs: str | None = None
    source: dict[str, Any] | None = None
    header_row: int = 1
    digest: str = ""
    generic: bool = False
    move_m: float = MOVE_M


def parse_mapping(text: str, name: str) -> Mapping:
    """Read a mapping file. Raises MappingError naming file, key and line."""
    try:
        table = tables_in(text.encode(), name)
    except (ValueError, RecursionError) as error:
        line = re.search(r"line (\d+)", str(error))
        raise MappingError(
            "mapping.bad", file=name, key="–", line=line.group(1) if line else "–", expected="TOML"
        ) from error
    check = _Checked(text, name)
    head = table.get("mapping", {})
    check.keys(table, {"mapping": "table", "source": "table", "part": "tables"}, "")
    check.keys(head, _HEAD_KEYS, "mapping")
    source = table.get("source")
    if source is not None:
        check.keys(source, _SOURCE_KEYS, "source")
        check.needs(source, ("code", "title", "provider"), "source")
    title = head.get("title")
    if not isinstance(title, dict) or set(title) != {"zh", "en"}:
        raise check.fault("title", '{ zh = "…", en = "…" }')
    if "crs" in head and not is_known(head["crs"]):
        raise check.fault("crs", WGS84)
    dates = tuple(head.get("dates", ()))
    parts = tuple(_part(raw, check.of_part(i), dates) for i, raw in enumerate(table.get("part", ())))
    if not parts:
        raise check.fault("part", "[[part]]")
    digest = sha256(text.encode()).hexdigest()
    header_row, move_m = head.get("header_row", 1), float(head.get("move_m", MOVE_M))
    return Mapping(name, title, parts, head.get("crs"), source, header_row, digest, move_m=move_m)


def shape_of(target: str) -> Shape | None:
    """The geometry family of a target; None for one without a place of its own."""
    if target in Kind.__members__.values():
        return KINDS[Kind(target)].shape
    return {"area": Shape.POINT_OR_AREA, "inhabited": Shape.POINT}.get(target)


@dataclass(frozen=True, slots=True)
class _Checked:
    """Names the place of a mistake: file, key, line."""

    text: str
    name: str
    part: int = -1

    def of_part(self, index: int) -> "_Checked":
        return _Checked(self.text, self.name, index)

    def fault(self, key: str, expected: str) -> MappingError:
        return MappingError("mapping.bad", file=self.name, key=key, line=self.line(key), expected=expected)

    def keys(self, table: Any, allowed: dict[str, str], where: str) -> None:
        """Raise MappingError for what is no table, a key that is not allowed or a value of another form."""
        if not isinstance(table, dict):
            raise self.fault(where, "[table]")
        for key, value in table.items():
            if key not in allowed:
                raise self.fault(key, " | ".join(sorted(allowed)))
            fits, expected = _FORMS[allowed[key]]
            if not fits(value):
                raise self.fault(where if allowed is _VALUE_KEYS else key, expected)

    def needs(self, table: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
        for key in keys:
            if not table.get(key):
                raise self.fault(where, key)

    def line(self, key: str) -> int:
        """The line the key stands on, from the start of its part on; 1 when it stands nowhere."""
        seen = -1
        for number, line in enumerate(self.text.splitlines(), start=1):
            seen += line.strip() == "[[part]]"
            named = re.match(rf"\s*(\[+[\w.]*\b{re.escape(key)}\]+|\"?{re.escape(key)}\"?\s*=)", line)
            inside = re.search(rf"[{{,]\s*{re.escape(key)}\s*=", line)
            if seen >= self.part and (named or inside):
                return number
        return 1


def _part(raw: dict[str, Any], check: _Checked, dates: tuple[str, ...]) -> PartMapping:
    check.keys(raw, _PART_KEYS, "part")
    check.needs(raw, ("match", "target"), "part")
    target = str(raw["target"])
    allowed = fields_of(target)
    if not allowed:
        raise check.fault("target", " | ".join([*Kind, *OTHER]))
    fields: dict[str, Value] = {}
    for name, given in raw.get("fields", {}).items():
        fields[name] = _value(given, name, check, dates)
    for name, given in raw.get("constants", {}).items():
        fields[name] = Value("constant", text=str(given))
    for name in fields:
        if name not in allowed:
            raise check.fault(name, " | ".join(allowed))
    keys = {name: _value(raw[name], name, check, dates) for name in ("key", "parent") if name in raw}
    return PartMapping(
        _words(raw["match"]),
        target,
        fields,
        _place(raw.get("place"), target, check),
        keys.get("key"),
        keys.get("parent"),
        _lookup(raw.get("lookup"), check),
        bool(raw.get("optional", False)),
    )


def _place(raw: dict[str, Any] | None, target: str, check: _Checked) -> Place | None:
    if raw is None:
        if shape_of(target) is not None:
            raise check.fault("place", "{ x = …, y = … } | { native = true } | { parent = true }")
        return None
    check.keys(raw, _PLACE_KEYS, "place")
    if raw.get("native"):
        return Place("native")
    if raw.get("parent"):
        return Place("parent")
    check.needs(raw, ("x", "y"), "place")
    return Place("xy", _words(raw["x"]), _words(raw["y"]))


def _lookup(raw: dict[str, Any] | None, check: _Checked) -> Lookup | None:
    if raw is None:
        return None
    check.keys(raw, {"part": "words", "on": "text"}, "lookup")
    check.needs(raw, ("part", "on"), "lookup")
    return Lookup(_words(raw["part"]), str(raw["on"]))


def _value(given: Any, name: str, check: _Checked, dates: tuple[str, ...]) -> Value:
    if isinstance(given, str | list):
        given = {"from": given}
    check.keys(given, _VALUE_KEYS, name)
    ways = [way for way in _WAYS if way in given]
    if len(ways) != 1:
        raise check.fault(name, " | ".join(_WAYS))
    way = ways[0]
    listed = way in ("from", "join")
    return Value(
        way,
        _words(given[way]) if listed else tuple(re.findall(r"\{([^}]*)\}", str(given[way]))),
        "" if listed else str(given[way]),
        str(given.get("separator", ", ")),
        {str(word): str(code) for word, code in given.get("codes", {}).items()},
        given.get("other"),
        tuple(given.get("dates", dates)),
        given.get("unit"),
        {str(word): float(factor) for word, factor in given.get("factors", {}).items()},
        bool(given.get("required", False)),
        given.get("default"),
    )


def _words(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(str(word) for word in given)
