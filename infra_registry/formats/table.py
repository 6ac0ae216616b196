"""What every reader gives: parts with columns and rows of text, and the limits set before anything is parsed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry


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
    """A sheet, a layer or a whole table. ``spatial``: rows carry their own geometry, in ``crs`` if it says one."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[RawRow]
    spatial: bool = False
    crs: str | None = None
    notes: tuple[Note, ...] = field(default=())


def columns_of(cells: Sequence[str]) -> tuple[str, ...]:
    """Unique column names of a header: an empty one becomes its position, a repeated one gets a number."""
    names: list[str] = []
    for position, cell in enumerate(cells, start=1):
        name = cell.strip() or f"#{position}"
        times = 1
        while name in names:
            times += 1
            name = f"{cell.strip() or '#'} ({times})"
        names.append(name)
    return tuple(names)


def rows_of(columns: Sequence[str], records: Iterator[tuple[int, Sequence[str]]], caps: Caps) -> list[RawRow]:
    """Rows of numbered records below a header; empty records are left out but counted."""
    rows: list[RawRow] = []
    for number, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        notes: tuple[Note, ...] = ()
        if any(cell.strip() for cell in cells[len(columns) :]):
            notes = (Note("row.too_many_cells", "error", None, str(len(cells)), str(len(columns))),)
        values = dict(zip(columns, cells, strict=False))
        rows.append(RawRow(number, values, None, notes + _cell_notes(values, caps)))
    return rows


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
