"""Tables of text whose cells are separated by a comma, semicolon, tab or bar."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from infra_registry.formats.encoding import SURE, decode
from infra_registry.formats.errors import FormatError
from infra_registry.formats.table import Caps, Note, Part, table_of

DELIMITERS = (",", ";", "\t", "|")
SNIFFED_RECORDS = 20
NAMED_LINES = 10
# The parser's own limit is one number for the process; per-file limits are checked on each cell as well.
csv.field_size_limit(1 << 20)


def read_csv(data: bytes, name: str, caps: Caps, *, header_row: int = 1) -> Part:
    """The one part of a CSV file: encoding and delimiter are found, quoted line breaks stand in their cell.

    ``header_row`` counts records from 1. Raises FormatError for what is not a table of text within the caps, and
    ``format.quotes`` naming the lines whose quotes do not pair.
    """
    decoded = decode(data)
    sure = decoded.confidence >= SURE
    note = Note(
        "file.encoding",
        "note" if sure else "warning",
        value=f"{decoded.encoding} ({decoded.confidence:.0%})",
        expected="utf-8",
    )
    delimiter = _delimiter(decoded.text)
    lines = io.StringIO(decoded.text, newline="").readlines()
    if '"' in decoded.text and (unpaired := _unpaired(lines, delimiter, header_row)):
        raise FormatError("format.quotes", value=", ".join(map(str, unpaired)))
    records = _records(lines, delimiter, caps)
    part = table_of(name, records, header_row, caps, (note,))
    if part is None:
        raise FormatError("format.no_header")
    return part


def _unpaired(lines: Sequence[str], delimiter: str, header_row: int) -> list[int]:
    """The first lines, counted from 1, on which a record begins whose quotes do not pair.

    A quote is open when its cell ends at no delimiter, or swallows a line as wide as the header; it is stray when
    it stands alone in a cell that does not begin with it. After such a record reading begins anew on its second line.
    """
    cell = f'[^"\\r\\n{re.escape(delimiter)}]'
    any_cell = f'(?:"(?:[^"]|"")*+"|(?:{cell}++(?:"{cell}*+"{cell}*+)*+)?+)'
    paired = re.compile(f"{any_cell}(?:{re.escape(delimiter)}{any_cell})*+[\\r\\n]*+")
    numbers: list[int] = []
    begin = records = width = 0
    while begin < len(lines) and len(numbers) < NAMED_LINES:
        reader = csv.reader(islice(lines, begin, None), delimiter=delimiter, strict=True)
        start = begin
        try:
            for cells in reader:
                end = start + reader.line_num
                record = lines[begin:end]
                records += 1
                if not width and records >= header_row and any(text.strip() for text in cells):
                    width = len(cells)
                wide = width > 1 and sum(line.count(delimiter) >= width - 1 for line in record) > 1
                if wide or not paired.fullmatch("".join(record)):
                    numbers.append(begin + 1)
                begin = end
        except csv.Error:
            numbers += [begin + 1] if '"' in lines[begin] else []
            begin += 1
    return numbers[:NAMED_LINES]


def _records(lines: Sequence[str], delimiter: str, caps: Caps) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if number > caps.max_rows + 1:
                raise FormatError("format.too_many_rows", expected=caps.max_rows)
            yield number, cells
    except csv.Error as error:
        raise FormatError("format.csv", value=f"{reader.line_num}: {error}") from error


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
