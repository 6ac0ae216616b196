"""The ledger of opening as one file that opens from disk: map by state, figures, every row, at the reader's level."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from infra_registry.areas import Area
from infra_registry.areas import store as areas
from infra_registry.documents import (
    MAX_FEATURES,
    Feature,
    Layer,
    LegendEntry,
    LegendGroup,
    Meta,
    Symbol,
    Table,
    map_html,
)
from infra_registry.duties.answers import ledger
from infra_registry.duties.answers.ledger import Figure
from infra_registry.duties.answers.ledger_query import Query
from infra_registry.duties.inforce.law import Law
from infra_registry.errors import NotFound, RegistryError
from infra_registry.publish import state_tiles
from infra_registry.publish.state_layers import STATES, state_svg
from infra_registry.publish.symbols import INK, Hue
from infra_registry.reports.map_notes import map_meta, outlines
from infra_registry.words import name_of, say

HUE = Hue(INK["light"], INK["light"])
COLUMNS = (
    "field.code", "field.kind", "opening.state", "opening.since", "opening.asked_on", "opening.ground",
    "opening.clause", "duty_pages.body",
)  # fmt: skip
FIGURES = ("area", "total", "meant", "share", "unanswered", "late", "refused", "median", "target")


def offline_ledger(connection: Connection, law: Law, query: Query, *, locale: str, vendor: Path) -> str:
    """Everything the filters leave this reader, as one HTML file.

    Raises NotFound ``area.not_found``, RegistryError ``documents.too_many`` above 10,000 rows.
    """
    rows = {row.code: row for row in ledger.rows(connection, query)}
    if len(rows) > MAX_FEATURES:
        raise RegistryError("documents.too_many", count=len(rows), expected=MAX_FEATURES)
    places = state_tiles.places(connection, state_tiles.openings(query), MAX_FEATURES)
    layers = tuple(
        Layer(
            say(locale, f"opening.state.{state}"),
            tuple(say(locale, key) for key in COLUMNS),
            tuple(_feature(place, rows[place.code], law, locale) for place in places if place.state == state),
        )
        for state in STATES["openings"]
    )
    chosen = areas.needed(connection, query.city) if query.city else None
    where = chosen.called(locale) if chosen else say(locale, "documents.whole_register")
    return map_html(
        say(locale, "duty_pages.document_title", area=where),
        tuple(layer for layer in layers if layer.features),
        locale,
        _meta(connection, chosen, list(rows.values()), locale),
        vendor=vendor,
        tables=(
            _figures(ledger.figures(connection, query, "city"), locale, "duty_pages.by_city"),
            _figures(ledger.figures(connection, query, "body"), locale, "duty_pages.by_body"),
        ),
    )


def _feature(place: Any, row: Any, law: Law, locale: str) -> Feature:
    symbol = Symbol(state_svg(row.state, HUE, "light"), HUE.line, HUE.fill, 1.5, None, 0.12)
    name = name_of(row, locale) or row.code
    return Feature(name, json.loads(place.geometry), symbol, _values(row, law, locale))


def _values(row: Any, law: Law, locale: str) -> tuple[str, ...]:
    citation, ground = _cited(row, law, locale)
    return (
        row.code,
        say(locale, f"kind.{row.kind}"),
        say(locale, f"opening.state.{row.state}"),
        row.since.isoformat() if row.since else "",
        row.asked_on.isoformat() if row.asked_on else "",
        ground,
        citation,
        name_of(row, locale, "body") or say(locale, "value.not_stated"),
    )


def _cited(row: Any, law: Law, locale: str) -> tuple[str, str]:
    if row.rulebook is None:
        return say(locale, f"duty_pages.{'no_clause' if row.told else 'closed'}"), ""
    texts: dict[str, str] = {}
    with suppress(NotFound):
        clause = law.clause(row.rulebook, row.clause)
        texts = {item.key: item.text.of(locale) for item in (*clause.conditions, *clause.exceptions)}
    return law.citation(row.rulebook, row.clause, locale), texts.get(row.ground or "", row.ground or "")


def _figures(figures: Sequence[Figure], locale: str, title: str) -> Table:
    return Table(
        say(locale, title),
        tuple(say(locale, f"duty_pages.figure.{name}") for name in FIGURES),
        tuple(_figure(figure, locale) for figure in figures),
        say(locale, "duty_pages.target_note"),
    )


def _figure(figure: Figure, locale: str) -> tuple[str | int | float | None, ...]:
    name = name_of(figure, locale) or say(locale, "value.not_stated")
    share = None if figure.share_open is None else f"{figure.share_open:.0%}"
    counts = figure.counts
    return (
        name,
        counts["total"],
        counts["meant"],
        share,
        counts["unanswered"],
        counts["late"],
        counts["refused"],
        figure.median_days,
        figure.target_days,
    )


def _meta(connection: Connection, chosen: Area | None, rows: Sequence[Any], locale: str) -> Meta:
    drawn = outlines(connection, chosen)
    counts = Counter(row.state for row in rows)
    entries = tuple(
        LegendEntry(state_svg(state, HUE, "light"), say(locale, f"opening.state.{state}"), counts[state])
        for state in STATES["openings"]
        if counts[state]
    )
    return map_meta(
        drawn,
        locale,
        precision=say(locale, "documents.precision_exact"),
        sample=any(row.sample for row in rows),
        sources=(boundary.source_title for _, boundary in drawn if boundary.source_title),
        legend=(LegendGroup(say(locale, "opening.state"), entries),),
    )
