"""A mapping laid on the columns a file really has, and a row read through it. Pure."""

import difflib
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from infra_registry.errors import Fault
from infra_registry.exchange.mapping import Mapping, PartMapping, Value
from infra_registry.formats.headers import fits, plain
from infra_registry.formats.table import Note, Part


def choose(mapping: Mapping, parts: Sequence[Part]) -> tuple[list[tuple[PartMapping, Part]], list[Note]]:
    """Which part is read by which part mapping; parts and mappings without a counterpart are notes.

    A mapping of one part reads a file of one part whatever its name.
    """
    if len(mapping.parts) == 1 and len(parts) == 1:
        return [(mapping.parts[0], parts[0])], []
    chosen: list[tuple[PartMapping, Part]] = []
    notes: list[Note] = []
    names = " | ".join(part.name for part in parts)[:500]
    for part_mapping in mapping.parts:
        part = part_named(parts, part_mapping.match)
        if part is not None:
            chosen.append((part_mapping, part))
        elif not part_mapping.optional:
            pattern = part_mapping.match[0]
            notes.append(Note("finding.missing_part", "error", None, names, pattern))
    used = {id(part) for _, part in chosen}
    used |= {
        id(lookup_part)
        for part_mapping, _ in chosen
        if part_mapping.lookup and (lookup_part := part_named(parts, part_mapping.lookup.part))
    }
    notes += [
        Note("finding.unused_part", "note", None, part.name, str(len(part.rows)))
        for part in parts
        if id(part) not in used
    ]
    return chosen, notes


def part_named(parts: Sequence[Part], patterns: Sequence[str]) -> Part | None:
    """The first part whose name fits a pattern."""
    return next((part for pattern in patterns for part in parts if fits(part.name, (pattern,))), None)


@dataclass(frozen=True, slots=True)
class Bound:
    """A part mapping whose headers have become the real columns of a part."""

    mapping: PartMapping
    columns: dict[str, str]
    lookup: MappingType[str, MappingType[str, str]]

    def cells(self, values: MappingType[str, str]) -> MappingType[str, str]:
        """The row's cells with those of the looked-up row behind them."""
        if self.mapping.lookup is None:
            return values
        own = values.get(self.columns.get(plain(self.mapping.lookup.on), ""), "").strip()
        return {**self.lookup.get(own, {}), **values}

    def read(self, value: Value, cells: MappingType[str, str]) -> str | None:
        """The raw text of a value in this row, else its default; None when there is neither."""
        return self._read(value, cells) or value.default

    def _read(self, value: Value, cells: MappingType[str, str]) -> str | None:
        if value.way == "constant":
            return value.text
        if value.way == "from":
            return self._first(value.sources, cells)
        values = [self._first((source,), cells) for source in value.sources]
        if value.way == "join":
            return value.separator.join(dict.fromkeys(text for text in values if text)) or None
        if not all(values):
            return None
        text = value.text
        for source, cell in zip(value.sources, values, strict=True):
            text = text.replace("{" + source + "}", cell or "")
        return text

    def _first(self, sources: Sequence[str], cells: MappingType[str, str]) -> str | None:
        for source in sources:
            column = self.columns.get(plain(source))
            text = cells.get(column, "").strip() if column is not None else ""
            if text:
                return text
        return None

    def unit(self, value: Value, cells: MappingType[str, str]) -> str | None:
        """The unit word beside a number."""
        return self._first((value.unit,), cells) if value.unit else None


def bind(part_mapping: PartMapping, part: Part, parts: Sequence[Part]) -> Bound:
    """The part mapping with the columns of the part and of the part it looks values up in."""
    columns = {plain(column): column for column in part.columns}
    looked_up: dict[str, dict[str, str]] = {}
    if part_mapping.lookup is not None:
        other = part_named(parts, part_mapping.lookup.part)
        if other is not None:
            columns = {plain(column): column for column in other.columns} | columns
            looked_up = _index(other, part_mapping.lookup.on)
    return Bound(part_mapping, columns, looked_up)


def missing(bound: Bound, part: Part, *, generic: bool) -> list[Note]:
    """Columns the mapping asks for and the part has not: errors for what a row cannot be without."""
    mapping = bound.mapping
    notes: list[Note] = []
    for name, value, needed in _columns_read(mapping):
        if value.way == "template":
            absent = [s for s in value.sources if plain(s) not in bound.columns]
        else:
            absent = [] if any(plain(s) in bound.columns for s in value.sources) else list(value.sources)
        if absent and (needed or not generic):
            severity = "error" if needed else "warning"
            notes.append(Note("finding.missing_column", severity, name, nearest(absent[0], part), absent[0]))
    if mapping.place and mapping.place.way == "native" and not part.spatial:
        notes.append(Note("finding.no_geometry", "error", "geometry", part.name, "GeoJSON"))
    return notes


def unused(bound: Bound, part: Part) -> list[Note]:
    """Columns of the part that nothing reads."""
    sources = {
        plain(s) for _, value, _ in _columns_read(bound.mapping) for s in (*value.sources, value.unit or "")
    }
    if bound.mapping.lookup:
        sources.add(plain(bound.mapping.lookup.on))
    left = [" ".join(column.split()) for column in part.columns if plain(column) not in sources]
    return [Note("finding.unused_column", "note", None, ", ".join(left)[:500])] if left else []


def nearest(header: str, part: Part) -> str:
    """The column of a part that looks most like a header; empty when none does."""
    names = {plain(column): column for column in part.columns}
    close = difflib.get_close_matches(plain(header), list(names), n=1, cutoff=0.5)
    return names[close[0]] if close else ""


def converted(value: Value, raw: str | None, unit: str | None = None) -> tuple[str | None, Fault | None]:
    """The raw text through code list, date forms and unit; a word that is not listed is a fault."""
    if raw is None or value.way == "constant":
        return raw, None
    if value.codes:
        code = {plain(word): code for word, code in value.codes.items()}.get(plain(raw), value.other)
        if code is None:
            return None, Fault("", raw[:80], "finding.unknown_code", " | ".join(value.codes)[:300])
        return code or None, None
    for form in value.dates:
        try:
            return datetime.strptime(raw, form).date().isoformat(), None  # noqa: DTZ007  a day, no instant
        except ValueError:
            continue
    if value.factors:
        return _scaled(value, raw, unit)
    return raw, None


def _scaled(value: Value, raw: str, unit: str | None) -> tuple[str | None, Fault | None]:
    factor = {plain(word): factor for word, factor in value.factors.items()}.get(plain(unit or ""))
    if factor is None:
        return None, Fault("", (unit or "")[:80], "finding.unknown_unit", " | ".join(value.factors))
    try:
        return repr(round(float(raw.replace(",", ".")) * factor, 9)), None
    except ValueError:
        return raw, None


def _columns_read(mapping: PartMapping) -> list[tuple[str, Value, bool]]:
    """Every value the mapping reads from columns: name, value, whether a row cannot be without it."""
    sources = [
        (name, value, value.required) for name, value in mapping.fields.items() if value.way != "constant"
    ]
    if mapping.key is not None:
        sources.append(("key", mapping.key, mapping.key.required))
    if mapping.parent is not None:
        sources.append(("parent", mapping.parent, mapping.parent.required))
    if mapping.place is not None and mapping.place.way == "xy":
        sources.append(("x", Value("from", mapping.place.x), True))
        sources.append(("y", Value("from", mapping.place.y), True))
    return sources


def _index(part: Part, on: str) -> dict[str, dict[str, str]]:
    column = next((c for c in part.columns if plain(c) == plain(on)), None)
    if column is None:
        return {}
    return {row.values.get(column, "").strip(): row.values for row in reversed(part.rows)}
