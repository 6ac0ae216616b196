"""Tables of a radio run for its reports: figures, layers, districts, classes before and after, gaps, remedies, sets."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from infra_registry.documents import Table
from infra_registry.reports.names import ENGLISH, district
from infra_registry.reports.radio import remedy_sentences, wording
from infra_registry.reports.radio.chosen_sets import ChosenSet, chosen_sets, compared
from infra_registry.reports.radio.columns import numbers, rounded
from infra_registry.reports.radio.run_summary import Story

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


def key_figures(story: Story) -> Table:
    """What was asked and what came out, a line each."""
    figures = story.whole_layer["stats"]
    counted = bool(figures["people"])
    summary, run = story.summary, story.run
    share = wording.served_share(figures)
    rows: list[Row] = [
        (
            story.say("radio_page.served_people" if counted else "radio_page.served_area"),
            None if share is None else f"{share:.1f} %",
        ),
        (story.say("radio_page.gaps"), f"{story.gaps_total:,}"),
        (story.say("radio_page.remedies"), f"{story.remedies_total:,}"),
        (story.say("radio_page.stations"), f"{summary['stations']:,}"),
        (
            story.say("radio_page.threshold"),
            wording.threshold(summary["threshold"], story.locale, internal=story.internal),
        ),
        (story.say("radio_page.environment"), story.say(f"claims.environment.{summary['environment']}")),
        (story.say("radio_page.minimum"), f"{run['parameters']['minimum_m2']:,.0f} m²"),
        (story.say("radio_page.step"), f"{summary['grid']['step_m']} m"),
        (story.say("coverage.as_of"), run["as_of"].isoformat()),
        (story.say("field.code"), run["code"]),
        (story.say("radio_page.model"), run["model"]),
    ]
    if run["inputs_digest"]:
        rows.append((story.say("coverage.digest"), run["inputs_digest"][:32]))
    heads = (story.say("radio_doc.figure"), story.say("radio_doc.value"))
    return Table(story.say("radio_doc.key_figures"), heads, tuple(rows))


def by_layer(story: Story) -> Table:
    """Ground and people with a signal, by operator and technology."""
    rows = tuple(
        (
            wording.operator(row, story.locale),
            wording.technology(row["technology"], story.locale),
            row["stations"],
            row["cells_defaulted"],
            *_served(row["stats"]),
        )
        for row in story.layers
    )
    heads = ("field.operator", "radio_doc.technology", "radio_page.stations", "radio_doc.defaulted", *_SERVED)
    return _table(story, "radio_page.layers", heads, rows)


def by_district(story: Story) -> Table:
    """Ground, people and gaps of each district, whoever sends."""
    gaps: dict[str | None, int] = {}
    for gap in story.gaps:
        if (gap["operator"], gap["technology"]) == (wording.ANY, wording.ANY):
            gaps[gap["district"]] = gaps.get(gap["district"], 0) + 1
    rows = tuple(
        (
            district(row, story.locale, "name"),
            *_served(row),
            gaps.get(row["code"], 0),
        )
        for row in story.whole_layer["stats"]["districts"]
    )
    return _table(story, "coverage.by_district", ("coverage.district", *_SERVED, "radio_page.gaps"), rows)


def by_class(story: Story) -> Table | None:
    """How much of each class there is now, and with the chosen set; None without a map of classes."""
    if story.now is None:
        return None
    before, after = story.now.counts(), story.after.counts() if story.after else None
    rows = []
    for number in wording.CLASSES:
        figures: list[str | int | float | None] = [story.say(f"radio_page.class.{number}")]
        for counts in (before, after) if after else (before,):
            cells, total = counts[number], sum(counts) or 1
            ground = round(cells * story.now.cell_m**2 / KM2, 2) if story.now.whole else cells
            figures += [ground, round(100 * cells / total, 1)]
        rows.append(tuple(figures))
    unit = "radio_doc.km2" if story.now.whole else "radio_page.published_cells"
    heads = [story.say("radio_page.class")]
    for when in ("now", "after") if after else ("now",):
        time = story.say(f"radio_doc.{when}")
        heads += [f"{time} · {story.say(unit)}", f"{time} · %"]
    note = story.say("radio_doc.class_note", metres=f"{story.now.cell_m:,.0f}")
    return Table(story.say("radio_page.by_class"), tuple(heads), tuple(rows), note=note)


def gaps(story: Story, rows: Sequence[Mapping[str, Any]]) -> Table:
    """Gaps with people, ground, venues and roads, what became of them, and which chosen sites would serve them."""
    serving = serving_sites(story)
    return _table(story, "radio_page.gaps", GAP_HEADS, tuple(gap_row(story, gap, serving) for gap in rows))


def gap_row(story: Story, gap: Mapping[str, Any], serving: Mapping[int, list[int]]) -> Row:
    """A gap under ``GAP_HEADS``."""
    return (
        gap["ordinal"],
        wording.lacking(gap, story.locale),
        district(gap, story.locale),
        wording.people(gap["people"], story.locale, internal=story.internal),
        round(gap["area_m2"] / KM2, 2),
        gap["venues"],
        None if gap["road_m"] is None else round(gap["road_m"] / 1000, 1),
        story.say(f"radio_page.compared.{gap['compared']}") if gap["compared"] else "–",
        numbers(serving.get(gap["ordinal"], [])),
    )


def remedies(story: Story, rows: Sequence[Mapping[str, Any]], title: str) -> Table:
    """Remedies with what they would give, their duty, and what stands in the way."""
    heads = tuple(story.say(key) for key in REMEDY_HEADS)
    return Table(title, heads, tuple(remedy_row(row, story.locale) for row in rows))


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


def sets(story: Story) -> Table:
    """The chosen sets: what was asked, what they serve, what is proven of them."""
    facts = story.summary["remedies"] or {}
    rows = tuple(_set(story, row) for row in chosen_sets(story.sets, facts, story.locale))
    heads = (
        "radio_page.aim", "radio_doc.lifted", "radio_page.sites", "radio_page.served", "radio_doc.share",
        "radio_page.bound", "radio_doc.proven_gap", "radio_page.proof",
    )  # fmt: skip
    note = (" " * (story.locale == ENGLISH)).join(compared(facts, story.locale))
    return replace(_table(story, "radio_page.sets", heads, rows), note=note)


def serving_sites(story: Story) -> dict[int, list[int]]:
    """Chosen sites by the gap they would serve a part of."""
    sites: dict[int, list[int]] = {}
    for row in story.chosen_sites:
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


def _set(story: Story, row: ChosenSet) -> Row:
    return (
        row.aim if row.met else story.say("radio_doc.aim_not_met", aim=row.aim),
        story.say("radio_doc.yes" if row.lifted else "radio_doc.no"),
        row.sites,
        row.served,
        rounded(row.share, 1),
        row.bound,
        rounded(row.gap, 2),
        row.method,
    )


def _table(story: Story, title: str, heads: Sequence[str], rows: tuple[Row, ...]) -> Table:
    return Table(story.say(title), tuple(story.say(head) for head in heads), rows)
