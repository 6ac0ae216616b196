"""The list of assets as CSV, line by line: what the list shows, and where each thing is as far as it is shown."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from infra_registry.assets.kinds import Kind
from infra_registry.db import Connection
from infra_registry.formats import csv_lines
from infra_registry.publish import assets, columns
from infra_registry.publish.assets import Item
from infra_registry.publish.query import Query
from web.assets import asset_list
from web.site.context import current_actor, t

MAX_ROWS = 50_000
USUAL = ("kind", "status", "name", "name_en", "address", "owner", "operator", "changed_at")
PLACE = ("precision_m", "level", "longitude", "latitude")


def lines(connection: Connection, query: Query, columns: Sequence[str]) -> Iterator[str]:
    """The lines of the file; the first comes when the first page of assets has been read."""
    only = Kind(query.kinds[0]) if len(query.kinds) == 1 else None
    chosen = asset_list.shown_columns(only, columns) if any(columns) else USUAL
    names = ("code", *(name for name in chosen if name not in PLACE), *PLACE)
    pages = assets.pages(connection, current_actor(), query)
    read = chain([next(pages)], pages)
    yield from csv_lines([t(f"field.{name}") for name in names], _rows(connection, read, names, only))


def _rows(
    connection: Connection, pages: Iterable[tuple[Item, ...]], names: Sequence[str], only: Kind | None
) -> Iterator[list[Any]]:
    listed = 0
    of_kind = [name for name in names if only and name not in ("code", *asset_list.COMMON, *USUAL, *PLACE)]
    for items in pages:
        kept = items[: max(0, MAX_ROWS - listed)]
        beside = columns.beside(connection, current_actor(), only, kept, of_kind) if only and of_kind else {}
        for item in kept:
            longitude, latitude = item.centre
            values = item.values | {"longitude": longitude, "latitude": latitude}
            values |= beside.get(item.values["code"], {})
            yield [None if values.get(name) is columns.HIDDEN else values.get(name) for name in names]
        listed += len(items)
        if listed > MAX_ROWS:
            yield [t("assets.csv_cut", count=MAX_ROWS)]
            return
