"""The results of a radio run as one reader may have them, read once for its offline map and its PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import Connection

from infra_registry.areas import store as areas
from infra_registry.coverage.radio.result import class_grid, document_store
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.class_grid import ClassGrid
from infra_registry.coverage.radio.result.class_tiles import Colour
from infra_registry.coverage.radio.result.store import INTERNAL, RadioGapFilter, RemedyFilter
from infra_registry.coverage.runs import store as run_store
from infra_registry.documents import Meta, Outline
from infra_registry.reports.map_notes import named_outlines, outlines
from infra_registry.reports.names import area_name
from infra_registry.reports.radio import wording
from infra_registry.reports.radio.remedy_sentences import barred
from infra_registry.words import say

MOST_GAPS, MOST_REMEDIES = 4_000, 600  # in one document, beside the sites that were chosen
MOST_LISTED = 5_000  # remedies the run lists at all
MOST_CORNERS = 150_000  # of all outlines of gaps together
DEGREE_M = 111_320.0
CLOSED = "closed"
_WHOLE = (wording.ANY, wording.ANY)


@dataclass(frozen=True, slots=True)
class Style:
    """Settings of a drawing: the folder of the browser libraries, the colours of classes 0 … 5."""

    vendor: Path
    colours: Sequence[Colour]


@dataclass(frozen=True, eq=False)
class RunEdition:
    """A run in one edition as its reader may have it, with its layers."""

    run: Mapping[str, Any]
    edition: str
    layers: Sequence[Mapping[str, Any]]

    @property
    def internal(self) -> bool:
        """Whether cells, signal levels and exact places are shown."""
        return self.edition == INTERNAL

    @property
    def summary(self) -> Mapping[str, Any]:
        """The stored summary of this edition."""
        summary: Mapping[str, Any] = self.run["summary"][self.edition]
        return summary

    @cached_property
    def named(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        """Layers by operator and technology."""
        return {(row["operator"], row["technology"]): row for row in self.layers}


@dataclass(frozen=True, eq=False)
class RunReport(RunEdition):
    """The contents of the documents of a run. ``shapes``: outlines of ``gaps`` by ordinal; ``now``: its classes."""

    locale: str
    style: Style
    gaps: Sequence[Mapping[str, Any]]
    gaps_total: int
    shapes: Mapping[int, Any]
    remedies: Sequence[Mapping[str, Any]]
    remedies_total: int
    sets: Sequence[Mapping[str, Any]]
    outlines: tuple[Outline, ...]
    sample: bool
    now: ClassGrid | None

    @property
    def title(self) -> str:
        """Heading of every document of the run."""
        return self.say("radio.run_heading", area=area_name(self.run, self.locale))

    @property
    def whole_layer(self) -> Mapping[str, Any]:
        """The layer of any operator and technology."""
        return self.named[_WHOLE]

    @cached_property
    def chosen(self) -> Mapping[str, Any] | None:
        """The set whose effect is shown; see ``largest_budget_set``."""
        return largest_budget_set(self.sets)

    @cached_property
    def chosen_sites(self) -> list[Mapping[str, Any]]:
        """Remedies of the chosen set in order of choice, one row for each technology they would carry."""
        by_ordinal = {row["ordinal"]: row for row in self.remedies}
        return [
            by_ordinal[ordinal]
            for ordinal in (self.chosen or {"chosen": ()})["chosen"]
            if ordinal in by_ordinal
        ]

    @cached_property
    def chosen_masts(self) -> list[Mapping[str, Any]]:
        """The same sites with every technology they were chosen for: a remedy for each."""
        chosen = self.chosen or {"chosen": (), "reasons": ()}
        by_ordinal = {row["ordinal"]: row for row in self.chosen_sites}
        carried: dict[Any, set[str]] = {}
        for ordinal, reason in zip(chosen["chosen"], chosen["reasons"], strict=False):
            if ordinal in by_ordinal:
                carried.setdefault(_place(by_ordinal[ordinal]), set()).update(
                    reason["params"]["technologies"]
                )
        return [
            row
            for row in self.remedies
            if row["ordinal"] in by_ordinal or row["technology"] in carried.get(_place(row), ())
        ]

    @cached_property
    def after(self) -> ClassGrid | None:
        """Classes with the chosen set standing."""
        if self.now is None or not self.chosen_sites:
            return None
        sites = class_grid.masts(self.chosen_masts)
        return class_grid.with_sites(self.now, sites, self.summary["environment"])

    def say(self, key: str, /, **params: Any) -> str:
        """A message in the reader's language."""
        return say(self.locale, key, **params)

    def left_out(self) -> list[str]:
        """Sentences on how many gaps and remedies the lists and maps of this document leave out."""
        sentences = []
        for key, total, shown in (
            ("radio_doc.gaps_left_out", self.gaps_total, len(self.shapes)),
            ("radio_doc.remedies_left_out", self.remedies_total, len(self.remedies)),
        ):
            if total > shown:
                sentences.append(self.say(key, total=f"{total:,}", told=f"{shown:,}"))
        return sentences

    def meta(self, *, lists: bool = True) -> Meta:
        """Notes and outlines of a document; ``lists``: whether its lists hold every gap and remedy of the report."""
        edition = self.say(f"radio_doc.edition.{self.edition}")
        code = self.say("radio_doc.made_of", code=self.run["code"], model=self.run["model"])
        drawn = self.say("radio_doc.thinned", metres=self.summary["grid"]["step_m"])
        notes = (code, self.say("radio_page.a_lead"), drawn, *(self.left_out() if lists else ()))
        outlines = self.outlines
        return Meta(
            as_of=self.run["as_of"], precision=edition, sample=self.sample, notes=notes, outlines=outlines
        )


def largest_budget_set(sets: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The set of the largest budget that chose any site with obstacles as they stand; None without one."""
    able = [row for row in sets if row["aim"] == "budget" and not row["lifted"] and row["chosen"]]
    return max(able, key=lambda row: row["wanted"], default=None)


def gather(
    connection: Connection, run: Mapping[str, Any], locale: str, style: Style, edition: str
) -> RunReport:
    """Read the results of a run for its documents, under the rights of the connection's actor."""
    layers = result_store.layers(connection, run, edition)
    gaps, shapes = _gaps(connection, run, edition)
    sets = result_store.sets(connection, run, edition)
    listed = result_store.remedies(connection, run, edition, RemedyFilter(), limit=MOST_LISTED)
    numbers = {ordinal for row in sets for ordinal in row["chosen"]}
    chosen = {_place(row) for row in listed if row["ordinal"] in numbers}
    whole = next((row for row in layers if (row["operator"], row["technology"]) == _WHOLE), None)
    return RunReport(
        run=run,
        edition=edition,
        locale=locale,
        style=style,
        layers=layers,
        gaps=gaps,
        gaps_total=int(run["summary"][edition]["gaps"]["count"]),
        shapes=shapes,
        remedies=[
            row
            for rank, row in enumerate(listed)
            if rank < MOST_REMEDIES or _place(row) in chosen or barred(row, locale)
        ],
        remedies_total=result_store.count_remedies(connection, run, edition, RemedyFilter()),
        sets=sets,
        outlines=named_outlines(outlines(connection, areas.by_id(connection, run["area_id"])), locale),
        sample=run_store.has_sample(connection, run["area_id"]) or bool(run["summary"][edition]["samples"]),
        now=class_grid.grid_of(connection, edition, whole) if whole else None,
    )


def _place(row: Mapping[str, Any]) -> Any:
    """A key that remedies at one site share; each remedy at a host this reader may not see has its own."""
    if row["asset"] or row["project"]:
        return row["asset"] or row["project"]
    if row["candidate_kind"] == "new_site" and row["geom"] is not None:
        return row["geom"].wkb
    return row["ordinal"]


def _gaps(
    connection: Connection, run: Mapping[str, Any], edition: str
) -> tuple[list[Mapping[str, Any]], dict[int, Any]]:
    """Gaps by rank with their outlines, thinned to a cell's width, up to ``MOST_CORNERS`` corners together.

    Gaps of all operators together take precedence over those of a single operator.
    """
    rows = result_store.gaps(connection, run, edition, RadioGapFilter(sort="ordinal"), limit=MOST_GAPS)
    rows = [row for row in rows if row["compared"] != CLOSED]
    outlines = document_store.gap_shapes(connection, run, edition, [row["ordinal"] for row in rows])
    width = run["summary"][edition]["grid"]["step_m"] / DEGREE_M
    shapes, corners = {}, 0
    for row in sorted(rows, key=_by_union):
        outline = outlines[row["ordinal"]].simplify(width)
        corners += int(shapely.get_num_coordinates(outline))
        if corners > MOST_CORNERS:
            break
        shapes[row["ordinal"]] = outline
    return [row for row in rows if row["ordinal"] in shapes], shapes


def _by_union(row: Mapping[str, Any]) -> tuple[bool, bool, int]:
    operator, technology = row["operator"] != wording.ANY, row["technology"] != wording.ANY
    return (operator or technology, operator, row["ordinal"])
