"""The report of a radio run as PDF: maps, figures, gaps, remedies with their clauses, sets with their bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from shapely.geometry import shape

from infra_registry.coverage.radio.result import class_grid
from infra_registry.coverage.radio.result.class_grid import ClassGrid
from infra_registry.documents import (
    Drawn,
    Picture,
    Pin,
    Section,
    Table,
    map_svg,
    report_pdf,
)
from infra_registry.documents.drawing import bounds
from infra_registry.reports.radio import chosen_sets, map_symbols, remedy_sentences, report_tables, wording
from infra_registry.reports.radio.run_summary import RunReport

MOST_GAPS, MOST_REMEDIES, MOST_CLOSED = 40, 40, 30  # rows on paper
_BORDER = "#8a949b"


def pdf(report: RunReport) -> bytes:
    """The report as PDF; equal results give equal bytes."""
    return report_pdf(
        report.title, sections(report), report.locale, report.meta(lists=False), footer=footer(report)
    )


def footer(report: RunReport) -> str:
    """Code, date and digest, on every page."""
    facts = {"code": report.run["code"], "date": report.run["as_of"].isoformat()}
    digest = report.run["inputs_digest"]
    if not (report.internal and digest):
        return report.say("radio_doc.footer_public", **facts)
    return report.say("radio_doc.footer", **facts, digest=digest[:16])


def sections(report: RunReport) -> tuple[Section, ...]:
    """What the report says, in order."""
    figures = Section(
        report.say("radio_doc.key_figures"), tables=(_untitled(report_tables.key_figures(report)),)
    )
    rests = Section(
        report.say("radio_doc.rests"), points=tuple(wording.rests_on(report.summary, report.locale))
    )
    return (figures, _now(report), _gaps(report), _after(report), *_remedies(report), *_sets(report), rests)


def _now(report: RunReport) -> Section:
    tables = [report_tables.by_layer(report), report_tables.by_district(report)]
    return Section(
        report.say("radio_doc.coverage_now"),
        (report.say("radio_doc.now_text"),),
        picture=_classes(report, report.now, "radio_doc.map_now"),
        tables=tuple(table for table in tables if table.rows),
    )


def _gaps(report: RunReport) -> Section:
    texts = [report.say("radio_doc.gaps_text")]
    if report.summary["gaps"]["nothing_lacks"]:
        texts = [report.say("radio_doc.nothing_lacks")]
    united = [row for row in report.gaps if row["operator"] == wording.ANY]
    rows = [*united, *(row for row in report.gaps if row["operator"] != wording.ANY)][:MOST_GAPS]
    table = _noted(report, report_tables.gaps(report, rows), len(rows), report.gaps_total)
    return Section(
        report.say("radio_doc.gaps_and_remedies"),
        tuple(texts),
        picture=_gap_map(report),
        tables=(_untitled(table),) if rows else (),
    )


def _after(report: RunReport) -> Section:
    title = report.say("radio_doc.before_after")
    table = report_tables.by_class(report)
    if report.chosen is None or report.after is None or report.now is None:
        return Section(title, (report.say("radio_doc.no_set"),), tables=(table,) if table else ())
    risen = int(np.count_nonzero(report.after.classes > report.now.classes))
    aim = chosen_sets.aim(report.chosen, report.locale)
    texts = [report.say("radio_doc.after_text", aim=aim, cells=f"{risen:,}")]
    hidden = sum(1 for row in report.chosen_sites if row["geom"] is None)
    if hidden:
        texts.append(report.say("radio_doc.after_hidden", count=hidden))
    return Section(
        title,
        tuple(texts),
        picture=_classes(report, report.after, "radio_doc.map_after", pins=_pins(report)),
        tables=(table,) if table else (),
    )


def _remedies(report: RunReport) -> list[Section]:
    if not report.remedies:
        return []
    reasons = _reasons(report)
    chosen = {row["ordinal"] for row in report.chosen_sites}
    closed = [
        row
        for row in report.remedies
        if row["ordinal"] not in chosen and remedy_sentences.barred(row, report.locale)
    ]
    listed_above = chosen | {row["ordinal"] for row in closed}
    others = [row for row in report.remedies if row["ordinal"] not in listed_above][:MOST_REMEDIES]
    counts = (report.summary["remedies"] or {}).get("obstacles", {})
    blocked = {name: f"{counts.get(name, 0):,}" for name in ("refused", "exclusive")}
    texts = [report.say("radio_doc.blocked", **blocked)] if any(counts.get(name) for name in blocked) else []
    tables = []
    if report.chosen is not None:
        aim = chosen_sets.aim(report.chosen, report.locale)
        title = report.say("radio_doc.chosen_sites", aim=aim)
        tables.append(report_tables.remedies(report, report.chosen_sites, title))
        texts += [report.say("radio_doc.after_sites")] if reasons else []
    hosts = _once(closed)
    of_closed = report_tables.remedies(report, hosts[:MOST_CLOSED], report.say("radio_doc.closed"))
    tables.append(_noted(report, of_closed, len(hosts[:MOST_CLOSED]), len(hosts)))
    title = report.say("radio_page.remedies")
    listed = report_tables.remedies(report, others, title)
    tables.append(_noted(report, listed, len(others), report.remedies_total - len(listed_above)))
    shown = tuple(table for table in tables if table.rows)
    return [Section(report.say("radio_doc.remedies"), tuple(texts), tuple(reasons), tables=shown)]


def _once(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Each host once, with the technology that ranks first; one this reader may not see stands for itself."""
    first: dict[Any, Mapping[str, Any]] = {}
    for row in rows:
        first.setdefault(row["asset"] or row["ordinal"], row)
    return list(first.values())


def _sets(report: RunReport) -> list[Section]:
    if not report.sets:
        return []
    table = report_tables.sets(report)
    return [Section(report.say("radio_doc.sets"), (table.note or "",), tables=(_untitled(table, note=None),))]


def _reasons(report: RunReport) -> list[str]:
    """Why each site of the chosen set was taken."""
    if report.chosen is None:
        return []
    by_ordinal = {row["ordinal"]: row for row in report.chosen_sites}
    return [
        report.say(
            "radio_doc.reason",
            number=ordinal,
            site=remedy_sentences.site(by_ordinal[ordinal], report.locale),
            reason=remedy_sentences.reason(reason, report.locale),
        )
        for ordinal, reason in zip(report.chosen["chosen"], report.chosen["reasons"], strict=False)
        if ordinal in by_ordinal
    ]


def _classes(
    report: RunReport, grid: ClassGrid | None, caption: str, *, pins: tuple[Pin, ...] = ()
) -> Picture | None:
    box = bounds([item.geometry for item in report.outlines])
    if grid is None or box is None:
        return None
    under = class_grid.picture(grid, report.style.colours)
    svg = map_svg(box, under=under, drawn=_borders(report), pins=pins)
    return Picture(svg, report.say(caption), map_symbols.class_legend(report.style.colours, report.locale))


def _gap_map(report: RunReport) -> Picture | None:
    """Gaps of any operator and technology over the classes, hatched, with the numbers of the chosen sites."""
    box = bounds([item.geometry for item in report.outlines])
    if box is None:
        return None
    whole = [g for g in report.gaps if (g["operator"], g["technology"]) == (wording.ANY, wording.ANY)]
    drawn = [Drawn(report.shapes[gap["ordinal"]], map_symbols.INK, hatched=True) for gap in whole]
    under = None if report.now is None else class_grid.picture(report.now, report.style.colours)
    svg = map_svg(box, under=under, drawn=(*_borders(report), *drawn), pins=_pins(report))
    legend = (
        *map_symbols.class_legend(report.style.colours, report.locale),
        *map_symbols.mark_legend(report.locale)[:1],
    )
    return Picture(svg, report.say("radio_doc.map_gaps"), legend)


def _pins(report: RunReport) -> tuple[Pin, ...]:
    rows: Sequence[Mapping[str, Any]] = [row for row in report.chosen_sites if row["geom"] is not None]
    middles = [(row["geom"].centroid, row["ordinal"]) for row in rows]
    return tuple(Pin(place.x, place.y, number) for place, number in middles)


def _borders(report: RunReport) -> tuple[Drawn, ...]:
    return tuple(Drawn(shape(item.geometry), _BORDER, weight=1.2) for item in report.outlines)


def _noted(report: RunReport, table: Table, shown: int, total: int) -> Table:
    if shown >= total:
        return table
    note = report.say("radio_doc.first_of", total=f"{total:,}", told=shown)
    return replace(table, note=note)


def _untitled(table: Table, note: str | None = "") -> Table:
    """The same table without its own heading: it stands alone in its section."""
    return replace(table, title="", note=table.note if note == "" else note)
