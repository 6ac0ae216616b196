"""Writers: what goes out can be opened by a spreadsheet or a map without doing harm."""

import csv
import json
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

BOM = "\ufeff"
# A spreadsheet takes a cell that begins so for a formula.
_LEADS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(out: TextIO, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write UTF-8 text with a byte-order mark, so that spreadsheets read Chinese; the number of rows.

    Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers.
    """
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_cell(column) for column in columns])
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007  the count is what is given back
        writer.writerow([_cell(value) for value in row])
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
    text = str(value).replace("\0", "")
    return "'" + text if text.startswith(_LEADS) else text
