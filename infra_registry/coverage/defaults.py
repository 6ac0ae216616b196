"""What an analysis takes when nobody says otherwise: data, not code."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data" / "coverage" / "wifi.toml"


@dataclass(frozen=True, slots=True)
class WifiDefaults:
    """Reach (m) of a zone that states none, its bounds, and the venue families looked at."""

    default_reach_m: int
    least_reach_m: int
    most_reach_m: int
    families: tuple[str, ...]


@cache
def wifi() -> WifiDefaults:
    """The defaults of the free-WiFi analysis."""
    table = tomllib.loads(DATA.read_text("utf-8"))
    return WifiDefaults(
        table["default_reach_m"], table["least_reach_m"], table["most_reach_m"], tuple(table["families"])
    )
