"""How large a grid may be and what it costs: data/coverage/grid.toml."""

from dataclasses import dataclass
from functools import cache

from infra_registry.resources import COVERAGE_DATA, tables

KERNEL = "1"  # raised whenever the compiled kernel gives other bits


@dataclass(frozen=True, slots=True)
class Caps:
    """Bounds of the grid step (m), of the cells of a frame, of the scale of its projection; speeds of one core."""

    least_step_m: int
    most_step_m: int
    most_cells: int
    scale_error: float
    most_latitude: float
    least_latitude: float
    evaluations_per_second: float
    cells_per_second: float
    stations_per_second: float
    base_memory_bytes: float
    bytes_per_cell: float


@cache
def caps() -> Caps:
    """The bounds this product keeps to."""
    return Caps(**tables(COVERAGE_DATA / "grid.toml"))
