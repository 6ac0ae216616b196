"""The list a reader sees, as an offline map: the same query, the same rows, the same precision."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shapely.geometry import box, shape
from sqlalchemy import Connection

from infra_registry.access import Actor
from infra_registry.areas import Area
from infra_registry.areas import store as areas
from infra_registry.assets.kinds import KINDS, Kind, Status
from infra_registry.documents import (
    MAX_FEATURES,
    Feature,
    Layer,
    LegendEntry,
    LegendGroup,
    Meta,
    Symbol,
    map_html,
)
from infra_registry.errors import RegistryError
from infra_registry.publish import assets, extent
from infra_registry.publish.assets import Item
from infra_registry.publish.query import Query
from infra_registry.publish.symbols import (
    LINE_DASH,
    LINE_WIDTH,
    MARKS,
    Fill,
    Hue,
    Mark,
    circle,
    hue_of,
    kind_svg,
    operator_hues,
    svg,
)
from infra_registry.reports.map_notes import Outlines, map_meta, outlines
from infra_registry.words import name_of, say

COLUMNS = (
    "field.code",
    "field.status",
    "field.operator",
    "field.owner",
    "field.address",
    "documents.precision",
)


@dataclass(frozen=True, slots=True)
class Document:
    """A written map and how many features are in it."""

    html: str
    count: int


def offline_map(connection: Connection, actor: Actor, query: Query, *, locale: str, vendor: Path) -> Document:
    """Everything the query gives this reader, as one HTML file.

    Raises NotFound ``area.not_found``, RegistryError ``documents.too_many`` above 10,000 features.
    """
    count = assets.count(connection, actor, query)
    if count > MAX_FEATURES:
        raise RegistryError("documents.too_many", count=count, expected=MAX_FEATURES)
    items = list(assets.stream(connection, actor, query))
    chosen = areas.needed(connection, query.area) if query.area else None
    operators = [(row.code, name_of(row, locale)) for row in extent.operators(connection)]
    hues = operator_hues((code for code, _ in operators), "light")
    where = chosen.called(locale) if chosen else say(locale, "documents.whole_register")
    meta = _meta(items, _outlines(connection, query, chosen), locale, _legend(items, operators, locale))
    if query.box:
        window = (query.box.west, query.box.south, query.box.east, query.box.north)
        meta = replace(meta, box=window)
    layers = tuple(
        _layer(kind, [item for item in items if item.values["kind"] == kind], hues, locale) for kind in KINDS
    )
    title = say(locale, "documents.map_title", area=where)
    filled = tuple(layer for layer in layers if layer.features)
    return Document(map_html(title, filled, locale, meta, vendor=vendor), len(items))


def _layer(kind: Kind, items: Sequence[Item], hues: dict[str, Hue], locale: str) -> Layer:
    features = tuple(
        Feature(_label(item, locale), item.geometry, _symbol(kind, item, hues), _values(item, locale))
        for item in items
    )
    columns = tuple(say(locale, key) for key in COLUMNS)
    return Layer(say(locale, f"kinds.{kind}"), columns, features)


def _label(item: Item, locale: str) -> str:
    return name_of(item.values, locale) or item.label


def _values(item: Item, locale: str) -> tuple[str, ...]:
    def stated(field: str) -> str:
        if field in item.hidden:
            return say(locale, "value.hidden")
        text = item.values.get(field) or item.values.get(f"{field}_stated")
        return str(text or say(locale, "value.not_stated"))

    width = item.values.get("precision_m")
    return (
        str(item.values["code"]),
        say(locale, f"status.{item.values['status']}"),
        stated("operator"),
        stated("owner"),
        stated("address"),
        say(locale, "documents.cell", width=width) if width else say(locale, "documents.exact"),
    )


def _symbol(kind: Kind, item: Item, hues: dict[str, Hue]) -> Symbol:
    hue = hues.get(str(item.values.get("operator_code")), hue_of(None, "light"))
    dash = LINE_DASH.get(kind)
    blurred = bool(item.values.get("precision_m"))
    return Symbol(
        kind_svg(kind, Status(item.values["status"]), hue),
        hue.line,
        hue.fill,
        LINE_WIDTH.get(kind, 1.5) if "Line" in item.geometry["type"] else 1.5,
        " ".join(f"{part * LINE_WIDTH[kind]:g}" for part in dash) if dash else None,
        # Blurred lines of one place share their cells; filled ones would darken each other.
        0.0 if blurred else 0.25,
    )


def _legend(
    items: Sequence[Item], operators: Sequence[tuple[str, str]], locale: str
) -> tuple[LegendGroup, ...]:
    unstated, disc = hue_of(None, "light"), Mark(circle(8))
    kinds = Counter(item.values["kind"] for item in items)
    states = Counter(item.values["status"] for item in items)
    ranks = {code: i for i, (code, _) in enumerate(operators)}
    shown = Counter(ranks.get(str(item.values.get("operator_code"))) for item in items)
    by_operator = [
        LegendEntry(svg(disc, Fill.SOLID, hue_of(i, "light"), "light"), name, shown[i])
        for i, (_, name) in enumerate(operators)
        if shown[i]
    ]
    if shown[None]:
        label = say(locale, "documents.no_operator")
        by_operator.append(LegendEntry(svg(disc, Fill.SOLID, unstated, "light"), label, shown[None]))
    return (
        LegendGroup(
            say(locale, "documents.legend_kinds"),
            tuple(
                LegendEntry(
                    svg(MARKS[kind], Fill.SOLID, unstated, "light"), say(locale, f"kinds.{kind}"), kinds[kind]
                )
                for kind in KINDS
                if kinds[kind]
            ),
        ),
        LegendGroup(say(locale, "documents.legend_operators"), tuple(by_operator)),
        LegendGroup(
            say(locale, "documents.legend_states"),
            tuple(
                LegendEntry(
                    kind_svg(Kind.TOWER, state, unstated), say(locale, f"status.{state}"), states[state]
                )
                for state in Status
                if states[state]
            ),
        ),
    )


def _outlines(connection: Connection, query: Query, chosen: Area | None) -> Outlines:
    """The chosen area with what lies in it, the districts a box touches, or all cities."""
    pairs = outlines(connection, chosen, "district" if query.box else "city")
    if query.box and not chosen:
        window = box(query.box.west, query.box.south, query.box.east, query.box.north)
        pairs = [pair for pair in pairs if shape(pair[1].geometry).intersects(window)]
    return pairs


def _meta(
    items: Sequence[Item],
    drawn: Outlines,
    locale: str,
    legend: tuple[LegendGroup, ...],
) -> Meta:
    widest = max((int(item.values.get("precision_m") or 0) for item in items), default=0)
    precision = (
        say(locale, "documents.precision_mixed", width=widest)
        if widest
        else say(locale, "documents.precision_exact")
    )
    sources = (
        f"{boundary.source_title}{'; ' + boundary.source_note if boundary.source_note else ''}"
        for _, boundary in drawn
        if boundary.source_title
    )
    sample = any(item.values.get("sample") for item in items)
    return map_meta(drawn, locale, precision=precision, sample=sample, sources=sources, legend=legend)
