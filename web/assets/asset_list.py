"""What the list of assets takes from its address and offers back: filters, columns, chips."""

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from infra_registry.assets.kinds import KINDS, Kind
from infra_registry.publish.query import PARAMETERS, Query
from web.site.context import address, t

COMMON = ("name", "kind", "status", "operator", "owner", "address", "precision_m", "changed_at")
USUAL = ("name", "kind", "status", "operator", "owner")
SINGLE = ("q", "area", "host", "sample", "lone_host", "bbox")
LABELS = {
    "q": "assets.search",
    "area": "frame.area",
    "bbox": "assets.box",
    "lone_host": "assets.lone_host",
}  # where it is not that of the field


def parameters(args: MultiDict[str, str]) -> dict[str, str]:
    """The query's parameters: lists joined by commas, ``sort=-name`` split into sort and order."""
    raw = {name: ",".join(filter(None, args.getlist(name))) for name in PARAMETERS if args.get(name)}
    if raw.get("sort", "").startswith("-"):
        raw |= {"sort": raw["sort"][1:], "order": "desc"}
    return {"sort": "name"} | raw


def offered_columns(only: Kind | None) -> tuple[str, ...]:
    """Columns a reader may choose: the common ones, and those of the kind when one kind is listed."""
    return COMMON + (tuple(field.name for field in KINDS[only].fields) if only else ())


def shown_columns(only: Kind | None, names: Sequence[str]) -> tuple[str, ...]:
    """The chosen columns in the order they are offered; names nobody offers are left out."""
    chosen = {name for part in names for name in part.split(",")}
    shown = tuple(name for name in offered_columns(only) if name in chosen)
    if shown:
        return shown
    if only:
        usual = tuple(name for name in USUAL if name != "kind")
        return usual + tuple(field.name for field in KINDS[only].fields[:2])
    return USUAL


def chips(query: Query, raw: Mapping[str, str], names: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Filters in force: what is filtered, its value in words, the address without it."""
    listed = {
        "kind": query.kinds,
        "status": query.statuses,
        "operator": query.operators,
        "owner": query.owners,
    }
    listed |= {name: (raw[name],) for name in SINGLE if raw.get(name)}
    result = []
    for name, values in listed.items():
        for value in values:
            without = href("/assets", raw, **{name: [other for other in values if other != value]})
            result.append((t(LABELS.get(name, f"field.{name}")), _word(name, value, names), without))
    return result


def _word(name: str, value: str, names: Mapping[str, str]) -> str:
    if name in ("kind", "status"):
        return t(f"{name}.{value}")
    if name in ("operator", "owner"):
        return t("value.not_stated") if value == "none" else names.get(value, value)
    if name == "bbox":
        return t("assets.box_here")
    return t(f"value.{value}") if name in ("sample", "lone_host") else value


def href(path: str, raw: Mapping[str, str], **changes: Any) -> str:
    """The address of a page with these filters and changes, from the first page on."""
    return address(path, raw, **{"cursor": None, "limit": None, **changes})
