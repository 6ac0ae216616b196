"""Lists of free WiFi in a city as tables for a spreadsheet: zones, key public areas, measured quality of venues."""

from collections.abc import Iterable, Sequence
from typing import Any

from infra_registry.coverage.wifi.wifi_state import AreaState
from infra_registry.coverage.wifi.zone_store import FACTS
from infra_registry.words import say

FIGURES = ("venues", "measured", "zones", "down", "up", "latency", "first_on", "last_on")
ZONES = ("code", "name", "operator", "district", "district_name", *FACTS, "days", "login_manner")
AREAS = ("code", "name", "urban_part", "district", "district_name", "state", "list_title", "issued_by", "issued_on",
         "ends_on", "lon", "lat")  # fmt: skip
QUALITY = ("district", "district_name", "venue", *FIGURES)
Table = tuple[list[str], list[list[Any]]]


def zone_table(rows: Iterable[Any], locale: str) -> Table:
    """Zones with what is shown about their security."""
    words = dict.fromkeys(FACTS, "wifi.fact") | {"login_manner": "choice.login_manner"}
    return _heads(ZONES, locale), [[_cell(row, name, words, locale) for name in ZONES] for row in rows]


def area_table(areas: Iterable[AreaState], locale: str) -> Table:
    """Key public areas with whether a free zone is near."""
    words = {"urban_part": "wifi.part"}
    return _heads(AREAS, locale), [
        [
            say(locale, f"wifi.area.{area.state}")
            if name == "state"
            else _cell(area.row, name, words, locale)
            for name in AREAS
        ]
        for area in areas
    ]


def quality_table(rows: Iterable[Any], locale: str) -> Table:
    """What was measured in venues, by district and family."""
    return _heads(QUALITY, locale), [
        [
            row.code,
            row.name,
            say(locale, f"choice.venue.{row.venue}"),
            *(getattr(row, name) for name in FIGURES),
        ]
        for row in rows
    ]


def _cell(row: Any, name: str, words: dict[str, str], locale: str) -> Any:
    value = getattr(row, name)
    return say(locale, f"{words[name]}.{value}") if value and name in words else value


def _heads(names: Sequence[str], locale: str) -> list[str]:
    return [say(locale, f"wifi.column.{name}") for name in names]
