"""The report of a radio run as one HTML file: classes now and with the chosen set, gaps, remedies, what it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import shapely
from shapely.geometry import mapping

from infra_registry.coverage.radio.result import class_grid
from infra_registry.documents import (
    Backdrop,
    Feature,
    Layer,
    LegendGroup,
    Table,
    map_html,
)
from infra_registry.reports.radio import chosen_sets, map_symbols, remedy_sentences, report_tables, wording
from infra_registry.reports.radio.run_summary import RunReport

_DIGITS = 1e-6  # degrees: a tenth of a metre
KINDS = ("host", "project", "new_site")


def html(report: RunReport) -> str:
    """One HTML file that opens from disk without a network."""
    tables = [report_tables.key_figures(report), _rests(report), report_tables.by_class(report)]
    tables += [report_tables.by_layer(report), report_tables.by_district(report)]
    if report.sets:
        tables.append(report_tables.sets(report))
    legend = (
        LegendGroup(
            report.say("radio_doc.legend_class"),
            map_symbols.class_legend(report.style.colours, report.locale),
        ),
        LegendGroup(report.say("radio_doc.legend_marks"), map_symbols.mark_legend(report.locale)),
    )
    meta = replace(report.meta(), legend=legend, backdrops=_backdrops(report))
    gaps = _gap_layers(report)
    layers = (*gaps[:1], *_remedy_layers(report), *gaps[1:])
    shown = tuple(table for table in tables if table is not None and table.rows)
    return map_html(report.title, layers, report.locale, meta, vendor=report.style.vendor, tables=shown)


def _rests(report: RunReport) -> Table:
    sentences = wording.rests_on(report.summary, report.locale)
    if report.summary["gaps"]["nothing_lacks"]:
        sentences.insert(0, report.say("radio_doc.nothing_lacks"))
    return Table(
        report.say("radio_doc.rests"),
        (report.say("radio_doc.figure"),),
        tuple((sentence,) for sentence in sentences),
    )


def _backdrops(report: RunReport) -> tuple[Backdrop, ...]:
    backdrops = []
    for key, grid in (("radio_doc.signal_now", report.now), ("radio_doc.signal_after", report.after)):
        drawn = (
            None if grid is None else class_grid.picture(grid, report.style.colours, crs=class_grid.MERCATOR)
        )
        if drawn is not None:
            backdrops.append(Backdrop(report.say(key), drawn.png, drawn.box))
    return tuple(backdrops)


def _gap_layers(report: RunReport) -> list[Layer]:
    """A layer of gaps for each operator and technology; those of any operator and technology are shown first."""
    by_name: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for gap in report.gaps:
        by_name.setdefault((gap["operator"], gap["technology"]), []).append(gap)
    ranks = {name: rank for rank, name in enumerate(report.named)}
    order = sorted(
        by_name, key=lambda name: (name != (wording.ANY,) * 2, name[0] != wording.ANY, ranks[name])
    )
    heads = tuple(report.say(key) for key in report_tables.GAP_HEADS[1:])
    serving = report_tables.serving_sites(report)
    layers = []
    for place, name in enumerate(order):
        features = tuple(_gap(report, gap, serving) for gap in by_name[name])
        title = report.say("radio_doc.gaps_of", layer=wording.layer(report.named[name], report.locale))
        layers.append(Layer(title, heads, features, shown=place == 0, clustered=False))
    return layers


def _gap(report: RunReport, gap: Mapping[str, Any], serving: Mapping[int, list[int]]) -> Feature:
    ordinal, *values = report_tables.gap_row(report, gap, serving)
    label = report.say("radio_doc.gap", ordinal=ordinal)
    return Feature(label, _plain(report.shapes[gap["ordinal"]]), map_symbols.GAP, _shown(values))


def _remedy_layers(report: RunReport) -> list[Layer]:
    """The chosen set by itself, then what else could serve, by kind of site; new sites wait to be switched on."""
    heads = tuple(report.say(key) for key in report_tables.REMEDY_HEADS[1:])
    chosen = {row["ordinal"] for row in report.chosen_sites}
    layers = []
    if report.chosen is not None:
        title = report.say("radio_doc.chosen_sites", aim=chosen_sets.aim(report.chosen, report.locale))
        rows = [row for row in report.chosen_sites if row["geom"] is not None]
        features = tuple(_remedy(report, row, chosen=True) for row in rows)
        layers.append(Layer(title, heads, features, clustered=False))
    for kind in KINDS:
        rows = [
            row
            for row in report.remedies
            if row["candidate_kind"] == kind and row["ordinal"] not in chosen and row["geom"] is not None
        ]
        title = report.say("radio_doc.others", kind=report.say(f"remedy.kind.{kind}"))
        features = tuple(_remedy(report, row, chosen=False) for row in rows)
        layers.append(Layer(title, heads, features, shown=False))
    return [layer for layer in layers if layer.features]


def _remedy(report: RunReport, row: Mapping[str, Any], *, chosen: bool) -> Feature:
    label = f"{row['ordinal']} · {remedy_sentences.site(row, report.locale)}"
    symbol = map_symbols.pin(row["candidate_kind"], row["ordinal"], chosen=chosen)
    values = report_tables.remedy_row(row, report.locale)[1:]
    return Feature(label, mapping(row["geom"].centroid), symbol, _shown(values))


def _shown(values: Sequence[str | int | float | None]) -> tuple[str, ...]:
    """Cells of a table as texts."""
    return tuple(
        value if isinstance(value, str) else "–" if value is None else f"{value:,}" for value in values
    )


def _plain(outline: Any) -> dict[str, Any]:
    rounded = shapely.set_precision(outline, _DIGITS, mode="pointwise")
    geometry: dict[str, Any] = mapping(rounded)
    return geometry
