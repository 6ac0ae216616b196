"""A profile as a picture and as rows: where ground, line of sight and Fresnel zone run. Pure; units of the picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.propagation.clearance import SHARE, Clearance

WIDTH, HEIGHT = 960, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 12, 34
MOST_DRAWN, MOST_ROWS = 320, 24
STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Picture:
    """Lines as ``x,y x,y …``; ticks as (position, words); ``worst`` is where there is least room."""

    width: int
    height: int
    ground: str
    sight: str
    fresnel: str
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]
    worst: tuple[float, float]


def drawn(clear: Clearance) -> Picture:
    """The picture of a path; of many points the highest of each stretch are kept."""
    kept = picked(clear, MOST_DRAWN)
    lower = clear.sight_m - SHARE * clear.fresnel_m
    low, high = float(clear.ground_m.min()), float(max(clear.ground_m.max(), clear.sight_m.max()))
    spare = max(0.06 * (high - low), 1.0)
    low, high = low - spare, high + spare
    whole = float(clear.distance_m[-1])

    def x(metres: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * metres / whole, 1)

    def y(metres: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - max(metres, low)) / (high - low), 1)

    def line(values: NDArray[np.float64]) -> str:
        return " ".join(f"{x(clear.distance_m[i])},{y(values[i])}" for i in kept)

    floor = HEIGHT - BOTTOM
    ground = f"{x(0)},{floor} {line(clear.ground_m)} {x(whole)},{floor}"
    worst = (x(clear.at_m), y(float(np.interp(clear.at_m, clear.distance_m, clear.ground_m))))
    across = tuple((x(1000 * tick), f"{tick:g}") for tick in ticks(0.0, whole / 1000))
    up = tuple((y(tick), f"{tick:g}") for tick in ticks(low, high, 5))
    return Picture(WIDTH, HEIGHT, ground, line(clear.sight_m), line(lower), across, up, worst)


def rows(clear: Clearance) -> list[dict[str, Any]]:
    """The profile as at most so many rows, both ends and the point of least room among them."""
    table = []
    for i in picked(clear, MOST_ROWS):
        radius = float(clear.fresnel_m[i])
        room = float(clear.sight_m[i] - clear.ground_m[i])
        table.append(
            {
                "distance_m": round(float(clear.distance_m[i]), 1),
                "ground_m": round(float(clear.ground_m[i]), 1),
                "sight_m": round(float(clear.sight_m[i]), 1),
                "room_m": round(room, 1),
                "needed_m": round(SHARE * radius, 1),
                "free": bool(room >= SHARE * radius),
                "worst": bool(clear.distance_m[i] == clear.at_m),
            }
        )
    return table


def picked(clear: Clearance, most: int) -> list[int]:
    """Indices of points to show: of each stretch the one with least room, both ends, the worst of all."""
    count = len(clear.distance_m)
    if count <= most:
        return list(range(count))
    room = clear.sight_m - clear.ground_m
    cuts = np.linspace(1, count - 1, most - 2).astype(int)
    chosen = {0, count - 1, int(np.argmin(np.abs(clear.distance_m - clear.at_m)))}
    for first, last in pairwise(cuts):
        if last > first:
            chosen.add(int(first + np.argmin(room[first:last])))
    return sorted(chosen)


def ticks(low: float, high: float, about: int = 8) -> Sequence[float]:
    """Round values between two ends, about so many."""
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in STEPS if power * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(number * step, 6) for number in range(first, math.floor(high / step + 1e-9) + 1)]
