"""Numbered pages of a list, and lists as CSV that a spreadsheet opens without running what is in them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from infra_registry.errors import Fault, Invalid
from infra_registry.formats import csv_lines, whole
from web.site.context import url_with
from web.site.replies import attachment

MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Pages:
    """What stands below a list: numbers of the rows shown, rows in all (None: not counted), the pages beside it."""

    first: int
    last: int
    total: int | None
    previous: str | None
    next: str | None


def page_number(code: str) -> int:
    """The page of the address, from 1; raises Invalid with ``code`` for anything else."""
    text = request.args.get("page", "") or "1"
    number = whole(text, MOST_PAGES, least=1)
    if number is None:
        raise Invalid([Fault("page", text[:20], code, str(MOST_PAGES))])
    return number


def nearest_page(last: int = MOST_PAGES) -> int:
    """The page of the address or the form, no further than the last; the first for what is no page number."""
    return min(whole(request.values.get("page", ""), MOST_PAGES, least=1) or 1, max(1, last))


def pages(
    number: int, size: int, rows: int, total: int | None, *, address: Callable[..., str] = url_with
) -> Pages:
    """The pages of a list of ``size`` rows each, of which page ``number`` is shown.

    ``rows`` are those read for this page; where nobody counted (``total`` None), a row beyond ``size`` says that more
    follow. ``address`` makes the address of another page.
    """
    offset, shown = (number - 1) * size, min(rows, size)
    follows = rows > size if total is None else offset + shown < total
    return Pages(
        first=offset + 1 if shown else 0,
        last=offset + shown if shown else 0,
        total=total,
        previous=address(page=number - 1) if number > 1 else None,
        next=address(page=number + 1) if follows and number < MOST_PAGES else None,
    )


def as_csv(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A short list as a CSV file."""
    return attachment("".join(csv_lines(header, rows)), name, "text/csv")
