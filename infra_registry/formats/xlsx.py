"""Spreadsheets: values, never formulas; every sheet is a part."""

import io
from collections.abc import Iterator
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetMetadata, SheetVisibleEnum

from infra_registry.formats.archive import checked
from infra_registry.formats.errors import FormatError
from infra_registry.formats.table import Caps, Note, Part, table_of, text_of


def read_xlsx(data: bytes, caps: Caps, *, header_row: int = 1) -> list[Part]:
    """The sheets of a workbook, hidden ones too (they are reported). Numbers read as a person would write them."""
    checked(data, caps).close()
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [
            part for sheet in workbook.sheets_metadata if (part := _part(workbook, sheet, caps, header_row))
        ]
    except CalamineError as error:
        raise FormatError("format.xlsx", value=str(error)[:120]) from error


def _part(workbook: CalamineWorkbook, listed: SheetMetadata, caps: Caps, header_row: int) -> Part | None:
    try:
        sheet = workbook.get_sheet_by_name(listed.name)
    except CalamineError:  # a chart or macro sheet holds no table
        return None
    if sheet.width > caps.max_columns:
        raise FormatError("format.too_many_columns", value=sheet.width, expected=caps.max_columns)
    if sheet.height > caps.max_rows + 1:
        raise FormatError("format.too_many_rows", expected=caps.max_rows)
    notes: list[Note] = []
    if listed.visible != SheetVisibleEnum.Visible:
        notes.append(Note("part.hidden", "warning", value=listed.name))
    if merged := sheet.merged_cell_ranges:
        notes.append(Note("part.merged", "warning", value=str(len(merged))))
    return table_of(listed.name, _records(sheet), header_row, caps, tuple(notes))


def _records(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows from the first cell of the sheet on, numbered as the spreadsheet numbers them."""
    for number, cells in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        yield number, [text_of(cell) for cell in cells]
