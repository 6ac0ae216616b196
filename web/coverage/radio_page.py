"""What pages of a run of mobile coverage are made of: its layers in words and figures, the filters of its lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from infra_registry.areas import ground_store
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import RadioGapFilter, RemedyFilter
from infra_registry.coverage.radio.tables import CANDIDATE_KINDS, COMPARED
from infra_registry.db import Connection
from infra_registry.formats import whole
from infra_registry.reports.names import district, named
from infra_registry.reports.radio import remedy_sentences, wording
from infra_registry.reports.radio.run_summary import RunEdition
from infra_registry.reports.radio.wording import ANY, CLASSES
from web.site.context import locale
from web.site.paging import page_number

SHOWN_OBSTACLES = ("refused", "exclusive", "no_answer", "not_asked", "no_free_unit")
PAGE_FAULT = "audit.fault.page"


@dataclass(frozen=True, eq=False)
class RunView(RunEdition):
    """A run on its pages; ``layer`` is the one they show."""

    layer: Mapping[str, Any]


def run_view(connection: Connection, run: Mapping[str, Any]) -> RunView:
    """The run in the edition and layer of the address; any operator and technology where it names none."""
    edition = result_store.edition_of(run, request.args.get("edition"))
    layers = result_store.layers(connection, run, edition)
    key = (request.args.get("operator") or ANY, request.args.get("technology") or ANY)
    named = {(row["operator"], row["technology"]): row for row in layers}
    layer = named.get(key) or named.get((ANY, key[1])) or named[(ANY, ANY)]
    return RunView(run, edition, layers, layer)


def operators(view: RunView) -> list[tuple[str, str]]:
    """Keys and names of operators, any last."""
    return list({row["operator"]: wording.operator(row, locale()) for row in view.layers}.items())


def technologies(view: RunView) -> list[tuple[str, str]]:
    """Keys and names of technologies, any last."""
    keys = sorted({row["technology"] for row in view.layers} - {ANY})
    return [(key, wording.technology(key, locale())) for key in [*keys, ANY]]


def gap_words(view: RunView, gap: Mapping[str, Any]) -> dict[str, Any]:
    """A gap with whose signal it lacks, its district and its people in words."""
    return dict(gap) | {
        "lacks": wording.lacks(gap, locale()),
        "district_shown": district(gap, locale()),
        "people": wording.people(gap["people"], locale(), internal=view.internal),
    }


def remedy_words(row: Mapping[str, Any]) -> dict[str, Any]:
    """A remedy with its name, owner, duty and obstacles in words."""
    here = locale()
    return dict(row) | {
        "name": remedy_sentences.site(row, here),
        "owner": named(row, "owner", here),
        "technology_name": wording.technology(row["technology"], here),
        "citation": remedy_sentences.citation(row, here),
        "free": remedy_sentences.free_units(row, here),
        "barred": remedy_sentences.barred(row, here),
        "in_the_way": remedy_sentences.obstacles(row, here),
    }


def matrix(view: RunView, counts: Mapping[tuple[str, str], Mapping[str, int]]) -> list[dict[str, Any]]:
    """Operators by technology: share served (of people, or of ground where nobody is known), gaps, whether chosen."""
    rows = []
    for operator, name in operators(view):
        cells = []
        for technology, _ in technologies(view):
            row = view.named.get((operator, technology))
            cells.append(
                row
                and {
                    "operator": operator,
                    "technology": technology,
                    "share": wording.served_share(row["stats"]),
                    "gaps": counts.get((operator, technology), {}).get("all", 0),
                    "chosen": row is view.layer,
                }
            )
        rows.append({"operator": operator, "name": name, "cells": cells})
    return rows


def class_rows(view: RunView) -> list[dict[str, Any]]:
    """Ground and people of the chosen layer by class, best first; the range in dBm for internal readers."""
    figures = view.layer["stats"]
    area, people = figures["area_m2"], figures["people"]
    ranges = wording.levels(view.layer["technology"], internal=view.internal)
    return [
        {
            "class": number,
            "range": ranges[number],
            "area": area[number],
            "area_share": 100 * area[number] / (sum(area) or 1),
            "people": people[number] if people else None,
            "people_share": 100 * people[number] / (sum(people) or 1) if people else None,
        }
        for number in CLASSES
    ]


def district_rows(view: RunView) -> list[dict[str, Any]]:
    """Districts of the chosen layer: ground and people, and the per cent of them that is served."""
    return [
        {
            "code": row["code"],
            "name": district(row, locale(), "name"),
            "area_m2": sum(row["area_m2"]),
            "area_share": wording.share(row["area_m2"]),
            "people": sum(row["people"]) if row["people"] else None,
            "people_share": wording.share(row["people"]) if row["people"] else None,
        }
        for row in view.layer["stats"]["districts"]
    ]


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


def map_of(connection: Connection, view: RunView, here: str) -> dict[str, Any]:
    """What the map beside a list needs: the address of its style, and its box."""
    operator, technology = view.layer["operator"], view.layer["technology"]
    if here == "gaps":
        operator, technology = gap_filter().operator, gap_filter().technology
    return {
        "style": style_of(view, operator, technology, remedies=here == "remedies"),
        "box": ground_store.box(connection, area_id=view.run["area_id"]),
    }


def style_of(view: RunView, operator: str | None, technology: str | None, *, remedies: bool = True) -> str:
    """The address of a map's style: the layer that is looked at, and which gaps and remedies lie over it."""
    return url_for(
        "radio_tiles.style",
        code=view.run["code"],
        edition=view.edition,
        layer=view.layer["ordinal"],
        operator=operator,
        technology=technology,
        remedies="1" if remedies else None,
    )
