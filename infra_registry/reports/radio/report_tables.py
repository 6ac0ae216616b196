"""Tables of a radio run for its reports: figures, layers, districts, classes before and after, gaps, remedies, sets."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from infra_registry.documents import Table
from infra_registry.reports.names import ENGLISH, district
from infra_registry.reports.radio import remedy_sentences, wording
from infra_registry.reports.radio.chosen_sets import ChosenSet, chosen_sets, compared
from infra_registry.reports.radio.columns import numbers, rounded
from infra_registry.reports.radio.run_summary import RunReport

Row = tuple[str | int | float | None, ...]
KM2 = 1e6
GAP_HEADS = (
    "coverage.column.ordinal", "radio_page.lacks", "coverage.district", "coverage.people", "radio_doc.km2",
    "coverage.venues", "radio_doc.road_km", "radio_page.compared", "radio_doc.served_by",
)  # fmt: skip
REMEDY_HEADS = (
    "coverage.column.ordinal", "radio_page.site", "radio_doc.technology", "radio_page.people_gained",
    "radio_doc.area_gained", "radio_page.standing", "radio_page.in_the_way",
)  # fmt: skip


def key_figures(report: RunReport) -> Table:
    """Parameters and main results of the run, a row each."""
    figures = report.whole_layer["stats"]
    counted = bool(figures["people"])
    summary, run = report.summary, report.run
    share = wording.served_share(figures)
    rows: list[Row] = [
        (
            report.say("radio_page.served_people" if counted else "radio_page.served_area"),
            None if share is None else f"{share:.1f} %",
        ),
        (report.say("radio_page.gaps"), f"{report.gaps_total:,}"),
        (report.say("radio_page.remedies"), f"{report.remedies_total:,}"),
        (report.say("radio_page.stations"), f"{summary['stations']:,}"),
        (
            report.say("radio_page.threshold"),
            wording.threshold(summary["threshold"], report.locale, internal=report.internal),
        ),
        (report.say("radio_page.environment"), report.say(f"claims.environment.{summary['environment']}")),
        (report.say("radio_page.minimum"), f"{run['parameters']['minimum_m2']:,.0f} m²"),
        (report.say("radio_page.step"), f"{summary['grid']['step_m']} m"),
        (report.say("coverage.as_of"), run["as_of"].isoformat()),
        (report.say("field.code"), run["code"]),
        (report.say("radio_page.model"), run["model"]),
    ]
    if run["inputs_digest"]:
        rows.append((report.say("coverage.digest"), run["inputs_digest"][:32]))
    heads = (report.say("radio_doc.figure"), report.say("radio_doc.value"))
    return Table(report.say("radio_doc.key_figures"), heads, tuple(rows))


def by_layer(report: RunReport) -> Table:
    """Ground and people with a signal, by operator and technology."""
    rows = tuple(
        (
            wording.operator(row, report.locale),
            wording.technology(row["technology"], report.locale),
            row["stations"],
            row["cells_defaulted"],
            *_served(row["stats"]),
        )
        for row in report.layers
    )
    heads = ("field.operator", "radio_doc.technology", "radio_page.stations", "radio_doc.defaulted", *_SERVED)
    return _table(report, "radio_page.layers", heads, rows)


def by_district(report: RunReport) -> Table:
    """Ground, people and gaps of each district, whoever sends."""
    gaps: dict[str | None, int] = {}
    for gap in report.gaps:
        if (gap["operator"], gap["technology"]) == (wording.ANY, wording.ANY):
            gaps[gap["district"]] = gaps.get(gap["district"], 0) + 1
    rows = tuple(
        (
            district(row, report.locale, "name"),
            *_served(row),
            gaps.get(row["code"], 0),
        )
        for row in report.whole_layer["stats"]["districts"]
    )
    return _table(report, "coverage.by_district", ("coverage.district", *_SERVED, "radio_page.gaps"), rows)


def by_class(report: RunReport) -> Table | None:
    """How much of each class there is now, and with the chosen set; None without a map of classes."""
    if report.now is None:
        return None
    before, after = report.now.counts(), report.after.counts() if report.after else None
    rows = []
    for number in wording.CLASSES:
        figures: list[str | int | float | None] = [report.say(f"radio_page.class.{number}")]
        for counts in (before, after) if after else (before,):
            cells, total = counts[number], sum(counts) or 1
            ground = round(cells * report.now.cell_m**2 / KM2, 2) if report.now.whole else cells
            figures += [ground, round(100 * cells / total, 1)]
        rows.append(tuple(figures))
    unit = "radio_doc.km2" if report.now.whole else "radio_page.published_cells"
    heads = [report.say("radio_page.class")]
    for when in ("now", "after") if after else ("now",):
        time = report.say(f"radio_doc.{when}")
        heads += [f"{time} · {report.say(unit)}", f"{time} · %"]
    note = report.say("radio_doc.class_note", metres=f"{report.now.cell_m:,.0f}")
    return Table(report.say("radio_page.by_class"), tuple(heads), tuple(rows), note=note)


def gaps(report: RunReport, rows: Sequence[Mapping[str, Any]]) -> Table:
    """Gaps with people, ground, venues and roads, what became of them, and which chosen sites would serve them."""
    serving = serving_sites(report)
    return _table(report, "radio_page.gaps", GAP_HEADS, tuple(gap_row(report, gap, serving) for gap in rows))


def gap_row(report: RunReport, gap: Mapping[str, Any], serving: Mapping[int, list[int]]) -> Row:
    """A gap under ``GAP_HEADS``."""
    return (
        gap["ordinal"],
        wording.lacking(gap, report.locale),
        district(gap, report.locale),
        wording.people(gap["people"], report.locale, internal=report.internal),
        round(gap["area_m2"] / KM2, 2),
        gap["venues"],
        None if gap["road_m"] is None else round(gap["road_m"] / 1000, 1),
        report.say(f"radio_page.compared.{gap['compared']}") if gap["compared"] else "–",
        numbers(serving.get(gap["ordinal"], [])),
    )


def remedies(report: RunReport, rows: Sequence[Mapping[str, Any]], title: str) -> Table:
    """Remedies with what they would give, their duty, and what stands in the way."""
    heads = tuple(report.say(key) for key in REMEDY_HEADS)
    return Table(title, heads, tuple(remedy_row(row, report.locale) for row in rows))


def remedy_row(row: Mapping[str, Any], locale: str) -> Row:
    """A remedy under ``REMEDY_HEADS``."""
    return (
        str(row["ordinal"]),
        remedy_sentences.site_line(row, locale),
        wording.technology(row["technology"], locale),
        None if row["people_gained"] is None else round(row["people_gained"]),
        round(row["area_gained_m2"] / KM2, 2),
        remedy_sentences.standing(row, locale),
        remedy_sentences.in_the_way(row, locale),
    )


def sets(report: RunReport) -> Table:
    """The chosen sets: aim, people or ground served, proven bound."""
    facts = report.summary["remedies"] or {}
    rows = tuple(_set(report, row) for row in chosen_sets(report.sets, facts, report.locale))
    heads = (
        "radio_page.aim", "radio_doc.lifted", "radio_page.sites", "radio_page.served", "radio_doc.share",
        "radio_page.bound", "radio_doc.proven_gap", "radio_page.proof",
    )  # fmt: skip
    note = (" " * (report.locale == ENGLISH)).join(compared(facts, report.locale))
    return replace(_table(report, "radio_page.sets", heads, rows), note=note)


def serving_sites(report: RunReport) -> dict[int, list[int]]:
    """Chosen sites by the gap they would serve a part of."""
    sites: dict[int, list[int]] = {}
    for row in report.chosen_sites:
        for part in row["gaps"]:
            sites.setdefault(part["ordinal"], []).append(row["ordinal"])
    return sites


_SERVED = ("radio_doc.area_served", "radio_doc.share", "radio_doc.people_served", "radio_doc.share")


def _served(figures: Mapping[str, Any]) -> Row:
    area, people = figures["area_m2"], figures["people"]
    return (
        round(wording.served(area) / KM2, 2),
        rounded(wording.share(area), 1),
        round(wording.served(people)) if people else None,
        rounded(wording.share(people), 1) if people else None,
    )


def _set(report: RunReport, row: ChosenSet) -> Row:
    return (
        row.aim if row.met else report.say("radio_doc.aim_not_met", aim=row.aim),
        report.say("radio_doc.yes" if row.lifted else "radio_doc.no"),
        row.sites,
        row.served,
        rounded(row.share, 1),
        row.bound,
        rounded(row.gap, 2),
        row.method,
    )


def _table(report: RunReport, title: str, heads: Sequence[str], rows: tuple[Row, ...]) -> Table:
    return Table(report.say(title), tuple(report.say(head) for head in heads), rows)
