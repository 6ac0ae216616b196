"""A radio run for the terminal, line by line, in the words of its pages and reports."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import INTERNAL, RadioGapFilter, RemedyFilter
from infra_registry.coverage.runs import store as run_store
from infra_registry.reports.names import area_name, district
from infra_registry.reports.radio import remedy_sentences, wording
from infra_registry.reports.radio.chosen_sets import chosen_sets
from infra_registry.words import say

SHOWN_GAPS = 10


def run_lines(connection: Connection, run: Mapping[str, Any], locale: str) -> Iterator[str]:
    """A run: coverage of each technology, what the result rests on, its first gaps, how many remedies."""
    heading = say(locale, "radio.run_heading", area=area_name(run, locale))
    yield f"{heading}  {run['code']}  {run['as_of']}"
    if run["summary"] is None:
        yield say(locale, "coverage.state.waiting")
        return
    if run["same_as_id"]:
        yield say(locale, "radio.same_as", run=run_store.code_of(connection, run["same_as_id"]))
    edition = result_store.edition_of(run)
    summary = run["summary"][edition]
    for row in summary["covered"]:
        share = 100 * row["area_m2"] / (row["area_total_m2"] or 1.0)
        figures = _figures(row, locale) | {"share": f"{share:.1f}"}
        yield say(locale, "radio.line.layer", layer=wording.layer(row, locale), **figures)
    for sentence in wording.rests_on(summary, locale):
        yield f"• {sentence}"
    threshold = wording.threshold(summary["threshold"], locale, internal=edition == INTERNAL)
    yield say(locale, "radio.line.gaps", count=summary["gaps"]["count"], threshold=threshold)
    for gap in result_store.gaps(connection, run, edition, RadioGapFilter(), limit=SHOWN_GAPS):
        place = {"lacking": wording.lacking(gap, locale), "district": district(gap, locale)}
        yield say(locale, "radio.line.gap", ordinal=gap["ordinal"], **place, **_figures(gap, locale))
    count = result_store.count_remedies(connection, run, edition, RemedyFilter())
    yield say(locale, "radio.line.remedies", count=count)


def remedy_lines(rows: Sequence[Mapping[str, Any]], locale: str) -> Iterator[str]:
    """Remedies: each with what it would give, its standing, and what is in the way."""
    if not rows:
        yield say(locale, "sites.none")
    for row in rows:
        gained = row["people_gained"]
        line = say(
            locale,
            "sites.row",
            ordinal=row["ordinal"],
            what=remedy_sentences.site_line(row, locale),
            technology=wording.technology(row["technology"], locale),
            people=say(locale, "radio_page.unknown") if gained is None else f"{gained:,.0f}",
            area=f"{row['area_gained_m2'] / 1e6:,.2f}",
        )
        standing = remedy_sentences.standing(row, locale)
        yield line + (say(locale, "radio_doc.joint") + standing if standing else "")
        barred = remedy_sentences.barred(row, locale)
        if barred:
            yield f"    ! {barred}"
        for obstacle, lifting in remedy_sentences.obstacles(row, locale):
            yield f"    – {obstacle}"
            if lifting:
                yield f"      → {lifting}"


def set_lines(sets: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], locale: str) -> Iterator[str]:
    """Chosen sets, and whom refusals and exclusive agreements keep unserved."""
    for row in chosen_sets(sets, facts, locale):
        sites = " ".join(f"#{ordinal}" for ordinal, _ in row.chosen) or say(locale, "remedy.set.none")
        line = say(
            locale,
            "remedy.set.line",
            aim=row.aim if row.met else say(locale, "radio_doc.aim_not_met", aim=row.aim),
            sites=sites,
            served=row.served,
            bound=row.bound,
            method=row.method,
        )
        yield (say(locale, "remedy.set.lifted") if row.lifted else "") + line
    if facts.get("kept_from") and facts.get("weighed_by") == "people":
        yield say(locale, "remedy.cost", people=f"{facts['kept_from']:,.0f}")


def _figures(row: Mapping[str, Any], locale: str) -> dict[str, Any]:
    people = wording.people(row["people"], locale, internal=True)
    return {
        "area": f"{row['area_m2'] / 1e6:,.2f}",
        "people": people if isinstance(people, str) else f"{people:,}",
    }
