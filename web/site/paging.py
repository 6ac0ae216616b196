"""Numbered pages of a list, and lists as CSV that a spreadsheet opens without running what is in them."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, request

from infra_registry.errors import Fault, Invalid
from infra_registry.formats import csv_lines
from web.site.context import url_with

MAX_PAGE = 10_000


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
    """A short list as a CSV file."""
    response = Response("".join(csv_lines(header, rows)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
