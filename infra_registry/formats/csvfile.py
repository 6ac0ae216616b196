"""Tables of text whose cells are separated by a comma, semicolon, tab or bar."""

import csv
import io
from collections.abc import Iterator

from infra_registry.formats.encoding import SURE, decode
from infra_registry.formats.errors import FormatError
from infra_registry.formats.table import Caps, Note, Part, table_of

DELIMITERS = (",", ";", "\t", "|")
SNIFFED_RECORDS = 20
# The parser's own limit is one number for the process; per-file limits are checked on each cell as well.
csv.field_size_limit(1 << 20)


def read_csv(data: bytes, name: str, caps: Caps, *, header_row: int = 1) -> Part:
    """The one part of a CSV file: encoding and delimiter are found, quoted line breaks stand in their cell.

    ``header_row`` counts records from 1. Raises FormatError for what is not a table of text within the caps.
    """
    decoded = decode(data)
    sure = decoded.confidence >= SURE
    note = Note(
        "file.encoding",
        "note" if sure else "warning",
        value=f"{decoded.encoding} ({decoded.confidence:.0%})",
        expected="utf-8",
    )
    records = _records(decoded.text, _delimiter(decoded.text), caps)
    part = table_of(name, records, header_row, caps, (note,))
    if part is None:
        raise FormatError("format.no_header")
    return part


def _records(text: str, delimiter: str, caps: Caps) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number > caps.max_rows + 1:
                raise FormatError("format.too_many_rows", expected=caps.max_rows)
            yield number, cells
    except csv.Error as error:
        raise FormatError("format.csv", value=f"{number + 1}: {error}") from error


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
