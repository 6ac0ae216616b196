"""What pages of a run of mobile coverage are made of: its layers in words and figures, the filters of its lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request, url_for

from infra_registry import words
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.radio.limits import limits
from infra_registry.coverage.radio.question import threshold_of
from infra_registry.coverage.radio.result import page_store
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import INTERNAL, RadioGapFilter, RemedyFilter
from infra_registry.coverage.radio.tables import CANDIDATE_KINDS, COMPARED
from infra_registry.db import Connection
from infra_registry.formats import whole
from web.site.context import named, t
from web.site.paging import page_number

ANY = "any"
CLASSES = (5, 4, 3, 2, 1, 0)
SHOWN_OBSTACLES = ("refused", "exclusive", "no_answer", "not_asked", "no_free_unit")
PAGE_FAULT = "audit.fault.page"


@dataclass(frozen=True, slots=True)
class Seen:
    """A run as this reader sees it: the edition, its layers, and the one that is looked at."""

    run: Mapping[str, Any]
    edition: str
    layers: Sequence[Mapping[str, Any]]
    layer: Mapping[str, Any]

    @property
    def internal(self) -> bool:
        """Whether cells, levels and exact places are shown."""
        return self.edition == INTERNAL

    @property
    def summary(self) -> Mapping[str, Any]:
        """What the run says of this edition."""
        found: Mapping[str, Any] = self.run["summary"][self.edition]
        return found


def seen(connection: Connection, run: Mapping[str, Any]) -> Seen:
    """The run in the edition and layer of the address; any operator and technology where it names none."""
    edition = result_store.edition_of(run, request.args.get("edition"))
    layers = result_store.layers(connection, run, edition)
    wanted = (request.args.get("operator") or ANY, request.args.get("technology") or ANY)
    named = {(row["operator"], row["technology"]): row for row in layers}
    layer = named.get(wanted) or named.get((ANY, wanted[1])) or named[(ANY, ANY)]
    return Seen(run, edition, layers, layer)


def looking_at(found: Seen, operator: str, technology: str) -> Seen:
    """The same run with another layer looked at, where it has one: map and legend are then of that layer."""
    for row in found.layers:
        if (row["operator"], row["technology"]) == (operator, technology):
            return replace(found, layer=row)
    return found


def operator_name(row: Mapping[str, Any]) -> str:
    """An operator in words: a party, what somebody wrote, not stated, or any."""
    key = row["operator"]
    if key == ANY:
        return t("radio_page.any_operator")
    if key == "not_stated":
        return t("radio_page.operator_not_stated")
    if key.startswith("stated:"):
        return t("radio_page.operator_stated", name=key.removeprefix("stated:"))
    return named(row, "operator_name") or str(key)


def technology_name(key: str) -> str:
    """A technology in words, or any."""
    return t("radio_page.any_technology") if key == ANY else t(f"choice.technology.{key}")


def operators(found: Seen) -> list[tuple[str, str]]:
    """Keys and names of operators, any last."""
    return list({row["operator"]: operator_name(row) for row in found.layers}.items())


def who_lacks(found: Seen, gap: Mapping[str, Any]) -> tuple[str, str]:
    """Whose signal a gap lacks, and of which technology: where layers are united, all of them lack."""
    operator, technology = gap["operator"], gap["technology"]
    return (
        t("radio_page.every_operator") if operator == ANY else name_of(found, operator),
        t("radio_page.every_technology") if technology == ANY else technology_name(technology),
    )


def technologies(found: Seen) -> list[tuple[str, str]]:
    """Keys and names of technologies, any last."""
    keys = sorted({row["technology"] for row in found.layers} - {ANY})
    return [(key, technology_name(key)) for key in [*keys, ANY]]


def name_of(found: Seen, operator: str) -> str:
    """The name of an operator of the run by its key."""
    return dict(operators(found)).get(operator, operator)


def matrix(found: Seen, counts: Mapping[tuple[str, str], Mapping[str, int]]) -> list[dict[str, Any]]:
    """Operators by technology: share served (of people, or of ground where nobody is known), gaps, whether chosen."""
    named = {(row["operator"], row["technology"]): row for row in found.layers}
    rows = []
    for operator, name in operators(found):
        cells = []
        for technology, _ in technologies(found):
            row = named.get((operator, technology))
            cells.append(
                row
                and {
                    "operator": operator,
                    "technology": technology,
                    "share": served_share(row["stats"]),
                    "gaps": counts.get((operator, technology), {}).get("all", 0),
                    "chosen": row is found.layer,
                }
            )
        rows.append({"operator": operator, "name": name, "cells": cells})
    return rows


def served_share(figures: Mapping[str, Any]) -> float | None:
    """Per cent of the people (of the ground without people) that get at least the class that counts as served."""
    values = figures["people"] or figures["area_m2"]
    total = sum(values)
    return 100 * sum(values[limits().served_class :]) / total if total else None


def class_rows(found: Seen) -> list[dict[str, Any]]:
    """Ground and people of the chosen layer by class, best first; the range in dBm for internal readers."""
    figures = found.layer["stats"]
    area, people = figures["area_m2"], figures["people"]
    return [
        {
            "class": number,
            "range": ranges(found)[number],
            "area": area[number],
            "area_share": 100 * area[number] / (sum(area) or 1),
            "people": people[number] if people else None,
            "people_share": 100 * people[number] / (sum(people) or 1) if people else None,
        }
        for number in CLASSES
    ]


def ranges(found: Seen) -> dict[int, str | None]:
    """The levels of each class, for internal readers of one technology; None for everyone else."""
    technology = radio().technologies.get(found.layer["technology"])
    if not found.internal or technology is None:
        return dict.fromkeys(CLASSES)
    low, *_, high = bounds = technology.classes_dbm
    between = {number: f"{bounds[number - 1]:g} … {bounds[number]:g}" for number in range(1, len(bounds))}
    return {0: f"< {low:g}", **between, len(bounds): f"≥ {high:g}"}


def threshold_words(written: str, *, internal: bool) -> str:
    """What counts as a gap, in words; a level in dBm is told to internal readers."""
    found = threshold_of(written)
    if found.kind == "class":
        return t("radio_page.threshold.class", word=t(f"radio_page.class.{int(found.value)}"))
    told = "dbm_internal" if found.kind == "dbm" and internal else found.kind
    return t(f"radio_page.threshold.{told}", value=f"{found.value:g}")


def gap_filter() -> RadioGapFilter:
    """Filters of the list of gaps from the address; what makes no sense is left out.

    Without a word of the layer it is the gaps of all operators together; an empty word means gaps of every layer.
    """
    args = request.args
    compared, sort = args.get("compared"), args.get("sort", "people")
    return RadioGapFilter(
        args.get("operator", ANY) or None,
        args.get("technology", ANY) or None,
        args.get("district") or None,
        compared if compared in COMPARED else None,
        sort if sort in result_store.SORTS else "people",
        page_number(PAGE_FAULT),
    )


def remedy_filter() -> RemedyFilter:
    """Filters of the list of remedies from the address."""
    args = request.args
    kind, sort = args.get("kind"), args.get("sort", "ordinal")
    return RemedyFilter(
        args.get("technology") or None,
        kind if kind in CANDIDATE_KINDS else None,
        whole(args.get("gap"), 9_999_999),
        args.get("obstacle") if args.get("obstacle") in SHOWN_OBSTACLES else None,
        sort if sort in result_store.REMEDY_SORTS else "ordinal",
        page_number(PAGE_FAULT),
    )


def map_of(connection: Connection, found: Seen, here: str) -> dict[str, Any]:
    """What the map beside a list needs: the address of its style, and its box."""
    operator, technology = found.layer["operator"], found.layer["technology"]
    if here == "gaps":
        operator, technology = gap_filter().operator, gap_filter().technology
    return {
        "style": style_of(found, operator, technology, remedies=here == "remedies"),
        "box": page_store.area_box(connection, found.run["area_id"]),
    }


def style_of(found: Seen, operator: str | None, technology: str | None, *, remedies: bool = True) -> str:
    """The address of a map's style: the layer that is looked at, and which gaps and remedies lie over it."""
    return url_for(
        "radio_tiles.style",
        code=found.run["code"],
        edition=found.edition,
        layer=found.layer["ordinal"],
        operator=operator,
        technology=technology,
        remedies="1" if remedies else None,
    )


def left_out(summary: Mapping[str, Any]) -> list[str]:
    """What was not counted, in words; nothing is said of zero."""
    said = []
    for name, count in summary["left_out"].items():
        key = name if "." in name else f"radio_page.left_out.{name}"
        if count == 0 or not words.has(key):
            continue
        number = t("radio_page.fewer_than", few=limits().few) if count is None else f"{count:,}"
        said.append(t("radio_page.left_out", what=t(key), count=number))
    return said


def plain(row: Mapping[str, Any], name: str) -> Any:
    """A value of a gap for a spreadsheet."""
    value = row[name]
    if name == "compared" and value:
        return t(f"radio_page.compared.{value}")
    if name in ("lon", "lat"):
        return f"{value:.5f}"
    return round(value, 1) if isinstance(value, float) else value
