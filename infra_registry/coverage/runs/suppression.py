"""What of a free-WiFi run's counts a reader may have: small numbers of people are for regulators alone. Pure."""

from collections.abc import Mapping
from typing import Any

FEW = 5  # numbers of people of a place, and of things left out, are public only from five on
_SMALL = ("people_small", "people_small_without")


def wifi_summary(summary: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """A summary as a reader may have it; ``whole`` for a regulator of the area.

    Everyone else: people of places with five and more (``people_from_five``), so that no difference between a
    total, its districts and the list tells what a smaller place has; ``left_out`` None for 1 to 4.
    """
    left_out = summary["left_out"]
    small = summary["total"]["people_small"] > 0
    return {
        **summary,
        "total": _tally(summary["total"], whole=whole),
        "districts": [_tally(row, whole=whole) for row in summary["districts"]],
        "left_out": left_out if whole or left_out == 0 or left_out >= FEW else None,
        "people_from_five": small and not whole,
    }


def _tally(tally: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    shown = {name: value for name, value in tally.items() if name not in _SMALL}
    if not whole:
        shown["people"] -= tally["people_small"]
        shown["people_without"] -= tally["people_small_without"]
    return shown
