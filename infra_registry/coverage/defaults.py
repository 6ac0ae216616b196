"""What an analysis takes when nobody says otherwise, and which rulebooks speak of it: data, not code."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data" / "coverage" / "wifi.toml"


@dataclass(frozen=True, slots=True)
class WifiDuty:
    """Where an instrument speaks of free WiFi: articles on government and on owners and managers of venues."""

    instrument_zh: str
    instrument_en: str
    government_article: str
    owners_article: str

    def instrument(self, locale: str) -> str:
        """The instrument's short name in the reader's language."""
        return self.instrument_en if locale == "en" else self.instrument_zh


@dataclass(frozen=True, slots=True)
class WifiDefaults:
    """Reach (m) of a zone that states none, its bounds, the venue families looked at, duties by rulebook."""

    default_reach_m: int
    least_reach_m: int
    most_reach_m: int
    families: tuple[str, ...]
    duties: dict[str, WifiDuty]


@cache
def wifi() -> WifiDefaults:
    """The defaults of the free-WiFi analysis."""
    table = tomllib.loads(DATA.read_text("utf-8"))
    duties = {key: WifiDuty(**facts) for key, facts in table.get("duties", {}).items()}
    bounds = (table["default_reach_m"], table["least_reach_m"], table["most_reach_m"])
    return WifiDefaults(*bounds, tuple(table["families"]), duties)
