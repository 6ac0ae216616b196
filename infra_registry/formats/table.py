"""What every reader gives: parts with columns and rows of text, and the limits set before anything is parsed."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from math import isnan
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from infra_registry.formats.errors import FormatError

MAX_COORDINATES = 100_000


@dataclass(frozen=True, slots=True)
class Caps:
    """Limits of one file. Sizes in bytes, cells in characters; ratio is inflated to packed size."""

    max_bytes: int = 64 << 20
    max_inflated: int = 512 << 20
    max_ratio: int = 200
    max_members: int = 1000
    max_rows: int = 500_000
    max_columns: int = 300
    max_cell: int = 32_767


@dataclass(frozen=True, slots=True)
class Note:
    """Something the sender should know about a file or a row: stable code, where, what."""

    code: str
    severity: str = "note"
    field: str | None = None
    value: str | None = None
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row: its number as the sender counts (the header of a table is row 1, the first feature is 1)."""

    number: int
    values: dict[str, str]
    geometry: BaseGeometry | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A sheet, a layer or a whole table. ``spatial``: rows carry their own geometry, in ``crs`` if it says one.

    ``skipped`` counts what is no row: empty records and those above the header.
    """

    name: str
    columns: tuple[str, ...]
    rows: Sequence[RawRow]
    spatial: bool = False
    crs: str | None = None
    notes: tuple[Note, ...] = field(default=())
    skipped: int = 0


def columns_of(cells: Sequence[str]) -> tuple[str, ...]:
    """Unique column names of a header, each at most 200 characters long before it is numbered.

    An empty one becomes its position, a repeated one gets a number.
    """
    names: list[str] = []
    for position, cell in enumerate(cells, start=1):
        text = cell[:200].strip()
        name = text or f"#{position}"
        times = 1
        while name in names:
            times += 1
            name = f"{text or '#'} ({times})"
        names.append(name)
    return tuple(names)


def table_of(
    name: str, records: Iterator[tuple[int, list[str]]], header_row: int, caps: Caps, notes: tuple[Note, ...]
) -> Part | None:
    """The table whose header is the first record with text from number ``header_row`` on; None without one.

    Raises FormatError ``format.too_many_columns``.
    """
    for above, (number, header) in enumerate(records):
        if number >= header_row and any(cell.strip() for cell in header):
            if len(header) > caps.max_columns:
                raise FormatError("format.too_many_columns", value=len(header), expected=caps.max_columns)
            columns = columns_of(header)
            rows, empty = _rows(columns, records, caps)
            skipped = above + empty
            notes += (Note("part.skipped", value=str(skipped)),) if skipped else ()
            return Part(name, columns, rows, notes=notes, skipped=skipped)
    return None


def text_of(value: Any) -> str:
    """A value of a file as a person would write it: 29973, not 29973.0; a day as 2026-01-31; an object as JSON.

    None and NaN are the empty text.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        number = float(value)
        if isnan(number):
            return ""
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def too_many(geometry: BaseGeometry) -> Note | None:
    """The error about a geometry with more coordinates than a row may have; None when it has few enough."""
    count = int(shapely.get_num_coordinates(geometry))
    if count <= MAX_COORDINATES:
        return None
    return Note("geometry.too_many", "error", "geometry", str(count), f"≤ {MAX_COORDINATES}")


def _rows(
    columns: Sequence[str], records: Iterator[tuple[int, list[str]]], caps: Caps
) -> tuple[list[RawRow], int]:
    """Rows of numbered records below a header, and how many empty records were left out."""
    rows: list[RawRow] = []
    empty = 0
    for number, cells in records:
        if not any(cell.strip() for cell in cells):
            empty += 1
            continue
        notes: tuple[Note, ...] = ()
        if any(cell.strip() for cell in cells[len(columns) :]):
            notes = (Note("row.too_many_cells", "error", None, str(len(cells)), str(len(columns))),)
        values = dict(zip(columns, cells, strict=False))
        rows.append(RawRow(number, values, None, notes + _cell_notes(values, caps)))
    return rows, empty


def _cell_notes(values: dict[str, str], caps: Caps) -> tuple[Note, ...]:
    notes = []
    for name, cell in values.items():
        if len(cell) > caps.max_cell:
            values[name] = cell[: caps.max_cell]
            notes.append(Note("cell.too_long", "error", name, cell[:80], f"≤ {caps.max_cell}"))
        elif cell[:1] in "=@" and len(cell) > 1:
            notes.append(Note("cell.formula", "warning", name, cell[:80]))
        if not cell.isprintable() and any(ord(c) < 32 and c not in "\t\r\n" for c in cell):
            values[name] = "".join(c if ord(c) >= 32 or c in "\t\r\n" else "\ufffd" for c in values[name])
            notes.append(Note("cell.control", "error", name, values[name][:80]))
    return tuple(notes)
