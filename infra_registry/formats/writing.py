"""Writers: what goes out can be opened by a spreadsheet or a map without doing harm."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, TextIO

BOM = "\ufeff"
# A spreadsheet takes a cell that begins so for a formula, also where the sign is typed full-width.
_LEADS = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a CSV file, each with its end; the first has a byte-order mark, so that spreadsheets read Chinese.

    Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers, also
    those that come as text. Times are written as ISO 8601, lists with semicolons, truth as true and false.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_cell(column) for column in columns])
    yield BOM + out.getvalue()
    for row in rows:
        out.seek(0)
        out.truncate()
        writer.writerow([_cell(value) for value in row])
        yield out.getvalue()


def write_csv(out: TextIO, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write what ``csv_lines`` gives; the number of rows, without the heading."""
    count = 0
    for count, line in enumerate(csv_lines(columns, rows)):  # noqa: B007  the count is what is given back
        out.write(line)
    return count


def write_geojson(
    out: TextIO, features: Iterable[dict[str, Any]], *, about: dict[str, Any] | None = None
) -> int:
    """Write a FeatureCollection feature by feature, with facts ``about`` it; the number of features."""
    head = {"type": "FeatureCollection", **(about or {})}
    out.write(json.dumps(head, ensure_ascii=False, allow_nan=False, default=str)[:-1] + ', "features": [\n')
    count = 0
    for count, feature in enumerate(features, start=1):
        out.write(",\n" if count > 1 else "")
        out.write(json.dumps(feature, ensure_ascii=False, allow_nan=False, default=str))
    out.write("\n]}\n")
    return count


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple):
        value = "; ".join(str(part) for part in value)
    text = str(value.isoformat() if isinstance(value, date) else value).replace("\0", "")
    lead = unicodedata.normalize("NFKC", text[:1])
    return "'" + text if lead.startswith(_LEADS) and not _NUMBER.fullmatch(text) else text
