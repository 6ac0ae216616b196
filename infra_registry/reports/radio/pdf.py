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
    report_pages,
    report_pdf,
)
from infra_registry.reports.radio import chosen_sets, map_symbols, remedy_sentences, report_tables, wording
from infra_registry.reports.radio.run_summary import Story

MOST_GAPS, MOST_REMEDIES, MOST_CLOSED = 40, 40, 30  # rows on paper
_BORDER = "#8a949b"
Box = tuple[float, float, float, float]


def pdf(story: Story) -> bytes:
    """The report as PDF; equal results give equal bytes."""
    return report_pdf(
        story.title, sections(story), story.locale, story.meta(lists=False), footer=footer(story)
    )


def pages(story: Story) -> list[bytes]:
    """Its pages as PNG, to be looked at."""
    return report_pages(
        story.title, sections(story), story.locale, story.meta(lists=False), footer=footer(story)
    )


def footer(story: Story) -> str:
    """Code, date and digest, on every page."""
    facts = {"code": story.run["code"], "date": story.run["as_of"].isoformat()}
    digest = story.run["inputs_digest"]
    if not (story.internal and digest):
        return story.say("radio_doc.footer_public", **facts)
    return story.say("radio_doc.footer", **facts, digest=digest[:16])


def sections(story: Story) -> tuple[Section, ...]:
    """What the report says, in order."""
    figures = Section(
        story.say("radio_doc.key_figures"), tables=(_untitled(report_tables.key_figures(story)),)
    )
    rests = Section(story.say("radio_doc.rests"), points=tuple(wording.rests_on(story.summary, story.locale)))
    return (figures, _now(story), _gaps(story), _after(story), *_remedies(story), *_sets(story), rests)


def _now(story: Story) -> Section:
    tables = [report_tables.by_layer(story), report_tables.by_district(story)]
    return Section(
        story.say("radio_doc.coverage_now"),
        (story.say("radio_doc.now_text"),),
        picture=_classes(story, story.now, "radio_doc.map_now"),
        tables=tuple(table for table in tables if table.rows),
    )


def _gaps(story: Story) -> Section:
    texts = [story.say("radio_doc.gaps_text")]
    if story.summary["gaps"]["nothing_lacks"]:
        texts = [story.say("radio_doc.nothing_lacks")]
    united = [row for row in story.gaps if row["operator"] == wording.ANY]
    rows = [*united, *(row for row in story.gaps if row["operator"] != wording.ANY)][:MOST_GAPS]
    table = _noted(story, report_tables.gaps(story, rows), len(rows), story.gaps_total)
    return Section(
        story.say("radio_doc.gaps_and_remedies"),
        tuple(texts),
        picture=_gap_map(story),
        tables=(_untitled(table),) if rows else (),
    )


def _after(story: Story) -> Section:
    title = story.say("radio_doc.before_after")
    table = report_tables.by_class(story)
    if story.chosen is None or story.after is None or story.now is None:
        return Section(title, (story.say("radio_doc.no_set"),), tables=(table,) if table else ())
    risen = int(np.count_nonzero(story.after.classes > story.now.classes))
    aim = chosen_sets.aim(story.chosen, story.locale)
    texts = [story.say("radio_doc.after_text", aim=aim, cells=f"{risen:,}")]
    hidden = sum(1 for row in story.chosen_sites if row["geom"] is None)
    if hidden:
        texts.append(story.say("radio_doc.after_hidden", count=hidden))
    return Section(
        title,
        tuple(texts),
        picture=_classes(story, story.after, "radio_doc.map_after", pins=_pins(story)),
        tables=(table,) if table else (),
    )


def _remedies(story: Story) -> list[Section]:
    if not story.remedies:
        return []
    reasons = _reasons(story)
    taken = {row["ordinal"] for row in story.chosen_sites}
    closed = [
        row
        for row in story.remedies
        if row["ordinal"] not in taken and remedy_sentences.barred(row, story.locale)
    ]
    listed_above = taken | {row["ordinal"] for row in closed}
    others = [row for row in story.remedies if row["ordinal"] not in listed_above][:MOST_REMEDIES]
    counts = (story.summary["remedies"] or {}).get("obstacles", {})
    blocked = {name: f"{counts.get(name, 0):,}" for name in ("refused", "exclusive")}
    texts = [story.say("radio_doc.blocked", **blocked)] if any(counts.get(name) for name in blocked) else []
    tables = []
    if story.chosen is not None:
        aim = chosen_sets.aim(story.chosen, story.locale)
        title = story.say("radio_doc.chosen_sites", aim=aim)
        tables.append(report_tables.remedies(story, story.chosen_sites, title))
        texts += [story.say("radio_doc.after_sites")] if reasons else []
    hosts = _once(closed)
    of_closed = report_tables.remedies(story, hosts[:MOST_CLOSED], story.say("radio_doc.closed"))
    tables.append(_noted(story, of_closed, len(hosts[:MOST_CLOSED]), len(hosts)))
    title = story.say("radio_page.remedies")
    listed = report_tables.remedies(story, others, title)
    tables.append(_noted(story, listed, len(others), story.remedies_total - len(listed_above)))
    shown = tuple(table for table in tables if table.rows)
    return [Section(story.say("radio_doc.remedies"), tuple(texts), tuple(reasons), tables=shown)]


def _once(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Each host once, with the technology that ranks first; one this reader may not see stands for itself."""
    first: dict[Any, Mapping[str, Any]] = {}
    for row in rows:
        first.setdefault(row["asset"] or row["ordinal"], row)
    return list(first.values())


def _sets(story: Story) -> list[Section]:
    if not story.sets:
        return []
    table = report_tables.sets(story)
    return [Section(story.say("radio_doc.sets"), (table.note or "",), tables=(_untitled(table, note=None),))]


def _reasons(story: Story) -> list[str]:
    """Why each site of the chosen set was taken."""
    if story.chosen is None:
        return []
    by_ordinal = {row["ordinal"]: row for row in story.chosen_sites}
    return [
        story.say(
            "radio_doc.reason",
            number=ordinal,
            site=remedy_sentences.site(by_ordinal[ordinal], story.locale),
            reason=remedy_sentences.reason(reason, story.locale),
        )
        for ordinal, reason in zip(story.chosen["chosen"], story.chosen["reasons"], strict=False)
        if ordinal in by_ordinal
    ]


def _classes(
    story: Story, grid: ClassGrid | None, caption: str, *, pins: tuple[Pin, ...] = ()
) -> Picture | None:
    box = _box(story)
    if grid is None or box is None:
        return None
    under = class_grid.picture(grid, story.look.colours)
    svg = map_svg(box, under=under, drawn=_borders(story), pins=pins)
    return Picture(svg, story.say(caption), map_symbols.class_legend(story.look.colours, story.locale))


def _gap_map(story: Story) -> Picture | None:
    """Gaps of any operator and technology over the classes, hatched, with the numbers of the chosen sites."""
    box = _box(story)
    if box is None:
        return None
    whole = [g for g in story.gaps if (g["operator"], g["technology"]) == (wording.ANY, wording.ANY)]
    drawn = [Drawn(story.shapes[gap["ordinal"]], map_symbols.INK, hatched=True) for gap in whole]
    under = None if story.now is None else class_grid.picture(story.now, story.look.colours)
    svg = map_svg(box, under=under, drawn=(*_borders(story), *drawn), pins=_pins(story))
    legend = (
        *map_symbols.class_legend(story.look.colours, story.locale),
        *map_symbols.mark_legend(story.locale)[:1],
    )
    return Picture(svg, story.say("radio_doc.map_gaps"), legend)


def _pins(story: Story) -> tuple[Pin, ...]:
    rows: Sequence[Mapping[str, Any]] = [row for row in story.chosen_sites if row["geom"] is not None]
    middles = [(row["geom"].centroid, row["ordinal"]) for row in rows]
    return tuple(Pin(place.x, place.y, number) for place, number in middles)


def _borders(story: Story) -> tuple[Drawn, ...]:
    return tuple(Drawn(shape(item.geometry), _BORDER, weight=1.2) for item in story.outlines)


def _box(story: Story) -> Box | None:
    boxes = [shape(item.geometry).bounds for item in story.outlines]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _noted(story: Story, table: Table, shown: int, total: int) -> Table:
    if shown >= total:
        return table
    note = story.say("radio_doc.first_of", total=f"{total:,}", told=shown)
    return replace(table, note=note)


def _untitled(table: Table, note: str | None = "") -> Table:
    """The same table without its own heading: it stands alone in its section."""
    return replace(table, title="", note=table.note if note == "" else note)
