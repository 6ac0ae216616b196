"""Columns of gaps and remedies in files: which there are, their headings and cells in the reader's language."""

from collections.abc import Mapping
from typing import Any

from infra_registry.reports.names import named
from infra_registry.reports.radio import remedy_sentences, wording
from infra_registry.words import say

GAP_FIELDS = (
    "ordinal", "operator", "technology", "district", "district_name", "people", "area_m2", "venues", "road_m",
    "compared", "earlier_people", "earlier_area_m2",
)  # fmt: skip
REMEDY_FIELDS = (
    "ordinal", "kind", "site", "asset", "owner", "project", "technology", "people_gained", "area_gained_m2",
    "free_units", "opening_state", "duty", "in_the_way", "gaps", "chosen", "precision_m",
)  # fmt: skip
PLACE = ("lon", "lat")
_OF_REMEDIES = set(REMEDY_FIELDS) - {"ordinal", "technology"}


def heads(names: tuple[str, ...], locale: str) -> list[str]:
    """Headings of a list of gaps or of remedies."""
    prefixes = {"district_name": "coverage"} | dict.fromkeys(_OF_REMEDIES, "radio_doc")
    return [say(locale, f"{prefixes.get(name, 'radio_page')}.column.{name}") for name in names]


def gap_cells(row: Mapping[str, Any], locale: str) -> list[Any]:
    """A gap for a spreadsheet, in the order of ``GAP_FIELDS`` and ``PLACE``."""
    values = dict(row) | {
        "operator": wording.operator(row, locale),
        "technology": wording.technology(row["technology"], locale),
        "district_name": named(row, "district_name", locale),
        "compared": row["compared"] and say(locale, f"radio_page.compared.{row['compared']}"),
    }
    return [*(rounded(values[name], 1) for name in GAP_FIELDS), *(rounded(row[name], 5) for name in PLACE)]


def remedy_values(row: Mapping[str, Any], locale: str, *, chosen: bool) -> dict[str, Any]:
    """A remedy by ``REMEDY_FIELDS``, with its ``geom``; the technology stays a key for programs."""
    names = ("ordinal", "asset", "project", "technology", "people_gained", "area_gained_m2", "free_units")
    return {
        **{name: row[name] for name in (*names, "precision_m", "geom")},
        "kind": remedy_sentences.kind(row, locale),
        "site": remedy_sentences.site(row, locale),
        "owner": named(row, "owner", locale),
        "opening_state": row["opening_state"] and say(locale, f"opening.state.{row['opening_state']}"),
        "duty": remedy_sentences.citation(row, locale),
        "in_the_way": remedy_sentences.in_the_way(row, locale),
        "gaps": numbers([part["ordinal"] for part in row["gaps"]]),
        "chosen": say(locale, "radio_doc.yes" if chosen else "radio_doc.no"),
    }


def remedy_cells(values: Mapping[str, Any], locale: str) -> list[Any]:
    """The same for a spreadsheet, in the order of ``REMEDY_FIELDS`` and ``PLACE``."""
    shown = dict(values) | {"technology": wording.technology(values["technology"], locale)}
    place = values["geom"] and values["geom"].centroid
    cells = [rounded(shown[name], 1) for name in REMEDY_FIELDS]
    return [*cells, place and round(place.x, 6), place and round(place.y, 6)]


def numbers(ordinals: list[int]) -> str:
    """Numbers of sites or gaps, the first eight of them."""
    return ", ".join(str(number) for number in ordinals[:8]) + (" …" if len(ordinals) > 8 else "") or "–"


def rounded(value: Any, digits: int) -> Any:
    """A figure with so many digits; anything else as it is."""
    return round(value, digits) if isinstance(value, float) else value
