"""Tables of a radio run for its reports: figures, layers, districts, classes before and after, gaps, remedies, sets."""

from collections.abc import Mapping, Sequence
from typing import Any

from infra_registry.coverage.radio.limits import limits
from infra_registry.documents import Table
from infra_registry.reports.radio import wording
from infra_registry.reports.radio.run_summary import Story

Row = tuple[str | int | float | None, ...]
KM2 = 1e6


def key_figures(story: Story) -> Table:
    """What was asked and what came out, a line each."""
    figures = story.whole_layer["stats"]
    known = bool(figures["people"])
    summary, run = story.summary, story.run
    share = served_share(figures)
    rows: list[Row] = [
        (
            story.say("radio_page.served_people" if known else "radio_page.served_area"),
            None if share is None else f"{share:.1f} %",
        ),
        (story.say("radio_page.gaps"), f"{story.gaps_total:,}"),
        (story.say("radio_page.remedies"), f"{story.remedies_total:,}"),
        (story.say("radio_page.stations"), f"{summary['stations']:,}"),
        (story.say("radio_page.threshold"), wording.threshold(summary["threshold"], story.locale)),
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
            wording.named(row, "name", story.locale) or story.say("coverage.no_district"),
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
        told: list[str | int | float | None] = [wording.signal_class(number, story.locale)]
        for counts in (before, after) if after else (before,):
            cells, total = counts[number], sum(counts) or 1
            ground = round(cells * story.now.cell_m**2 / KM2, 2) if story.now.whole else cells
            told += [ground, round(100 * cells / total, 1)]
        rows.append(tuple(told))
    unit = "radio_doc.km2" if story.now.whole else "radio_page.published_cells"
    heads = [story.say("radio_page.class")]
    for when in ("now", "after") if after else ("now",):
        said = story.say(f"radio_doc.{when}")
        heads += [f"{said} · {story.say(unit)}", f"{said} · %"]
    note = story.say("radio_doc.class_note", metres=f"{story.now.cell_m:,.0f}")
    return Table(story.say("radio_page.by_class"), tuple(heads), tuple(rows), note=note)


def gaps(story: Story, rows: Sequence[Mapping[str, Any]]) -> Table:
    """Gaps with people, ground, venues and roads, what became of them, and which chosen sites would serve them."""
    serving = serving_sites(story)
    made = tuple(
        (
            gap["ordinal"],
            wording.lacking(story.named[gap["operator"], gap["technology"]], story.locale),
            wording.named(gap, "district_name", story.locale) or story.say("coverage.no_district"),
            wording.people(gap["people"], story.locale, internal=story.internal),
            round(gap["area_m2"] / KM2, 2),
            gap["venues"],
            None if gap["road_m"] is None else round(gap["road_m"] / 1000, 1),
            story.say(f"radio_page.compared.{gap['compared']}") if gap["compared"] else "–",
            numbers(serving.get(gap["ordinal"], ())),
        )
        for gap in rows
    )
    heads = (
        "coverage.column.ordinal", "radio_page.lacks", "coverage.district", "coverage.people", "radio_doc.km2",
        "coverage.venues", "radio_doc.road_km", "radio_page.compared", "radio_doc.served_by",
    )  # fmt: skip
    return _table(story, "radio_page.gaps", heads, made)


def remedies(story: Story, rows: Sequence[Mapping[str, Any]], title: str) -> Table:
    """Remedies with what they would give, their duty, and what stands in the way."""
    made = tuple(
        (
            str(row["ordinal"]),
            site_told(row, story.locale),
            wording.technology(row["technology"], story.locale),
            None if row["people_gained"] is None else round(row["people_gained"]),
            round(row["area_gained_m2"] / KM2, 2),
            wording.standing(row, story.locale),
            wording.in_the_way(row, story.locale),
        )
        for row in rows
    )
    heads = (
        "coverage.column.ordinal", "radio_page.site", "radio_doc.technology", "radio_page.people_gained",
        "radio_doc.km2", "radio_page.standing", "radio_page.in_the_way",
    )  # fmt: skip
    return Table(title, tuple(story.say(key) for key in heads), made)


def sets(story: Story) -> Table:
    """The chosen sets: what was asked, what they serve, what is proven of them."""
    facts = story.summary["remedies"] or {}
    total = float(facts.get("total") or 0)
    unit = "m²" if facts.get("weighed_by") == "area" else story.say("radio_page.unit.people")
    rows = tuple(_set(story, row, total, unit) for row in story.sets)
    heads = (
        "radio_page.aim", "radio_doc.lifted", "radio_page.sites", "radio_page.served", "radio_doc.share",
        "radio_page.bound", "radio_doc.proven_gap", "radio_page.proof",
    )  # fmt: skip
    made = _table(story, "radio_page.sets", heads, rows)
    note = story.say("radio_page.bound_note")
    if facts.get("left_out"):
        counts = {name: f"{facts[name]:,}" for name in ("candidates", "left_out")}
        note += " " * (story.locale == wording.ENGLISH) + story.say("radio_page.sets_compared", **counts)
    return Table(made.title, made.columns, made.rows, note=note)


def serving_sites(story: Story) -> dict[int, list[int]]:
    """Chosen sites by the gap they would serve a part of."""
    found: dict[int, list[int]] = {}
    for row in story.chosen_sites:
        for part in row["gaps"]:
            found.setdefault(part["ordinal"], []).append(row["ordinal"])
    return found


def site_told(row: Mapping[str, Any], locale: str) -> str:
    """A site's name, kind, owner and code in one line."""
    parts: list[str | None] = [wording.site(row, locale)]
    if row["asset"] or row["project"]:
        parts += [
            wording.kind(row, locale),
            wording.named(row, "owner", locale),
            row["asset"] or row["project"],
        ]
    return " · ".join(dict.fromkeys(part for part in parts if part is not None and part))


def numbers(found: Sequence[int]) -> str:
    """Numbers of sites, the first eight of them."""
    return ", ".join(str(number) for number in found[:8]) + (" …" if len(found) > 8 else "") or "–"


def served_share(figures: Mapping[str, Any]) -> float | None:
    """Per cent of the people (of the ground without people) that get at least the class that counts as served."""
    return _share(figures["people"] or figures["area_m2"])


_SERVED = ("radio_doc.area_served", "radio_doc.share", "radio_doc.people_served", "radio_doc.share")


def _served(figures: Mapping[str, Any]) -> Row:
    area, people = figures["area_m2"], figures["people"]
    return (
        round(_above(area) / KM2, 2),
        _rounded(_share(area)),
        round(_above(people)) if people else None,
        _rounded(_share(people)) if people else None,
    )


def _above(values: Sequence[float]) -> float:
    return float(sum(values[limits().served_class :]))


def _share(values: Sequence[float]) -> float | None:
    total = sum(values)
    return 100 * _above(values) / total if total else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _set(story: Story, row: Mapping[str, Any], total: float, unit: str) -> Row:
    size, budget = len(row["chosen"]), row["aim"] == "budget"
    less, more = (row["people"], row["bound"]) if budget else (row["bound"], size)
    met = budget or row["people"] >= row["wanted"] * total * (1 - 1e-6)
    aim = wording.aim(row, story.locale)
    bound = f"≤ {row['bound']:,.0f} {unit}" if budget else f"≥ {row['bound']:,.0f}"
    return (
        aim if met else story.say("radio_doc.aim_not_met", aim=aim),
        story.say("radio_doc.yes" if row["lifted"] else "radio_doc.no"),
        size,
        f"{row['people']:,.0f} {unit}",
        round(100 * row["people"] / total, 1) if total else None,
        bound,
        round(max(0.0, 100 * (more - less) / more), 2) if more and met else None,
        wording.method(row["method"], story.locale),
    )


def _table(story: Story, title: str, heads: Sequence[str], rows: tuple[Row, ...]) -> Table:
    return Table(story.say(title), tuple(story.say(head) for head in heads), rows)
