"""Numbered pages of a list, and lists as CSV that a spreadsheet opens without running what is in them."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, request

from infra_registry.errors import Fault, Invalid
from web.context import url_with

MAX_PAGE = 10_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def page_number(code: str) -> int:
    """The page asked for, from 1; raises Invalid with ``code`` for anything else."""
    text = request.args.get("page", "") or "1"
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= MAX_PAGE):
        raise Invalid([Fault("page", text[:20], code, str(MAX_PAGE))])
    return int(text)


def neighbours(page: int, *, more: bool) -> dict[str, str | None]:
    """Addresses of the pages before and after."""
    return {
        "previous": url_with(page=page - 1) if page > 1 else None,
        "next": url_with(page=page + 1) if more and page < MAX_PAGE else None,
    }


def as_csv(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A CSV file with a byte order mark, so that a spreadsheet reads Chinese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_tame("" if value is None else str(value)) for value in row])
    response = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _tame(value: str) -> str:
    return "'" + value if value.startswith(FORMULA) and not value.lstrip("+-").isdigit() else value
