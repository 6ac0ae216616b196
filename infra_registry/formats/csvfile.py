"""Comma-separated text and its cousins."""

import csv
import io
from collections.abc import Iterator, Sequence

from infra_registry.formats.encoding import SURE, decode
from infra_registry.formats.errors import FormatError
from infra_registry.formats.table import Caps, Note, Part, columns_of, rows_of

DELIMITERS = (",", ";", "\t", "|")
SNIFFED_RECORDS = 20
# The parser's own limit is one number for the process; per-file limits are checked on each cell as well.
csv.field_size_limit(1 << 20)


def read_csv(data: bytes, name: str, caps: Caps, *, header_row: int = 1) -> Part:
    """The one part of a CSV file: encoding and delimiter are found, quoted line breaks stand in their cell.

    ``header_row`` counts records from 1. Raises FormatError for what is not a table of text within the caps.
    """
    decoded = decode(data)
    delimiter = _delimiter(decoded.text)
    records = _records(decoded.text, delimiter, caps)
    header: Sequence[str] = ()
    for number, cells in records:
        if number >= header_row and any(cell.strip() for cell in cells):
            header = cells
            break
    if not header:
        raise FormatError("format.no_header", part=name)
    if len(header) > caps.max_columns:
        raise FormatError("format.too_many_columns", count=len(header), cap=caps.max_columns)
    columns = columns_of([cell[:200] for cell in header])
    rows = rows_of(columns, records, caps)
    sure = decoded.confidence >= SURE
    note = Note(
        "file.encoding",
        "note" if sure else "warning",
        value=f"{decoded.encoding} ({decoded.confidence:.0%})",
        expected="utf-8",
    )
    return Part(name, columns, rows, notes=(note,))


def _records(text: str, delimiter: str, caps: Caps) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number > caps.max_rows + 1:
                raise FormatError("format.too_many_rows", cap=caps.max_rows)
            yield number, cells
    except csv.Error as error:
        raise FormatError("format.csv", row=number + 1, said=str(error)) from error


def _delimiter(text: str) -> str:
    """The delimiter that cuts the first records into the most columns, most evenly."""
    best, best_score = ",", 0.0
    sample = text[:200_000]
    for delimiter in DELIMITERS:
        widths: list[int] = []
        try:
            for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
                widths.append(len(cells))
                if len(widths) >= SNIFFED_RECORDS:
                    break
        except csv.Error:
            continue
        if not widths:
            continue
        usual = max(set(widths), key=widths.count)
        score = (usual - 1) * widths.count(usual) / len(widths)
        if score > best_score:
            best, best_score = delimiter, score
    return best
