"""Spreadsheets: values, never formulas; every sheet is a part."""

import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from infra_registry.formats.archive import checked
from infra_registry.formats.errors import FormatError
from infra_registry.formats.table import Caps, Note, Part, columns_of, rows_of


def read_xlsx(data: bytes, caps: Caps, *, header_row: int = 1) -> list[Part]:
    """The sheets of a workbook, hidden ones too (they are reported). Numbers read as a person would write them."""
    checked(data, caps).close()
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [
            part
            for sheet in workbook.sheets_metadata
            if (part := _part(workbook, sheet.name, caps, (sheet.visible, header_row)))
        ]
    except CalamineError as error:
        raise FormatError("format.xlsx", said=str(error)[:120]) from error


def _part(
    workbook: CalamineWorkbook, name: str, caps: Caps, manner: tuple[SheetVisibleEnum, int]
) -> Part | None:
    visible, header_row = manner
    try:
        sheet = workbook.get_sheet_by_name(name)
    except CalamineError:  # a chart or macro sheet holds no table
        return None
    if sheet.width > caps.max_columns:
        raise FormatError("format.too_many_columns", count=sheet.width, cap=caps.max_columns)
    if sheet.height > caps.max_rows + 1:
        raise FormatError("format.too_many_rows", cap=caps.max_rows)
    records = _records(sheet)
    header = next(
        (cells for number, cells in records if number >= header_row and any(c.strip() for c in cells)), None
    )
    if header is None:
        return None
    notes = [] if visible == SheetVisibleEnum.Visible else [Note("part.hidden", "warning", value=name)]
    merged = sheet.merged_cell_ranges or []
    if merged:
        notes.append(Note("part.merged", "warning", value=str(len(merged))))
    columns = columns_of([cell[:200] for cell in header])
    return Part(name, columns, rows_of(columns, records, caps), notes=tuple(notes))


def _records(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows from the first cell of the sheet on, numbered as the spreadsheet numbers them."""
    for number, cells in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        yield number, [as_text(cell) for cell in cells]


def as_text(cell: Any) -> str:
    """A cell as a person would write it: 29973, not 29973.0; dates as 2026-01-31."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)
