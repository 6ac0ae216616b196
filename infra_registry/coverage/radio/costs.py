"""What a question would cost, priced once before anything is computed; refused above the caps."""

from dataclasses import asdict, dataclass

import numpy as np
from sqlalchemy import Connection

from infra_registry.areas.ground_store import AreaOnDay
from infra_registry.coverage.grids.caps import caps
from infra_registry.coverage.grids.frame import Cost, Frame, cost, frame_of
from infra_registry.coverage.radio import input_store
from infra_registry.coverage.radio.input_store import CellCounts
from infra_registry.coverage.radio.inputs import farthest_m, halo_box
from infra_registry.coverage.radio.limits import limits
from infra_registry.coverage.radio.question import TERRAIN, Question
from infra_registry.errors import Fault, Invalid

STEP_M = 5  # in which a wider step is put forward


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """A filled question over its area: the frame, the cells near it, what computing needs, layers at most, disk."""

    question: Question
    ground: AreaOnDay
    frame: Frame
    cells: CellCounts
    cost: Cost
    layers: int
    disk_bytes: int

    @property
    def memory_mb(self) -> float:
        """Memory the run needs, in MB of 10⁶ bytes."""
        return self.cost.memory_bytes / 1e6


def priced(connection: Connection, question: Question, ground: AreaOnDay) -> Priced:
    """Price a filled question; Invalid where the grid is too large, Conflict where the area has no boundary."""
    frame = frame_of(ground.bounded(), int(question.step_m or 0))
    counted = input_store.cell_counts(connection, halo_box(frame, farthest_m()), question.technologies)
    reach = np.full(counted.cells, farthest_m())
    layers = counted.groups + counted.operators + counted.technologies + 1
    once = cost(frame, reach)
    seconds = 2 * once.seconds + layers * frame.cells / caps().cells_per_second
    needed = Cost(once.cells, once.evaluations, _memory_bytes(question, counted, frame.cells), seconds)
    return Priced(question, ground, frame, counted, needed, layers, 2 * _levels_bytes(counted, frame.cells))


def _levels_bytes(counted: CellCounts, cells: float) -> int:
    """Level and best station of every group on a frame of so many cells."""
    return int(8 * cells * max(1, counted.groups))


def _memory_bytes(question: Question, counted: CellCounts, cells: float) -> int:
    """Memory of a run over a frame of so many cells."""
    most = limits().cost
    needed = caps().base_memory_bytes + cells * caps().bytes_per_cell
    if question.remedies:
        needed += min(cells * most.remedies_bytes_per_cell, most.most_remedies_mb * 1e6)
    if question.model == TERRAIN:  # its engine fills the whole frame at once
        needed += _levels_bytes(counted, cells)
    return int(needed)


def _step_that_fits(price: Priced) -> int:
    """The least step (m, a multiple of ``STEP_M``) whose memory is within the cap."""
    frame, most_bytes = price.frame, limits().cost.most_memory_mb * 1e6
    area_m2, step_m = frame.cells * frame.cell_m2, frame.step_m
    while _memory_bytes(price.question, price.cells, area_m2 / step_m**2) > most_bytes:
        step_m = (step_m // STEP_M + 1) * STEP_M
    return step_m


def check(price: Priced) -> None:
    """Raises Invalid above the caps: ``radio.too_much_memory`` with the step that would fit, or ``radio.too_long``."""
    most, needed = limits().cost, price.cost
    minutes, gigabytes = needed.seconds / 60, price.disk_bytes / 1e9
    if price.memory_mb > most.most_memory_mb:
        right_m = _step_that_fits(price)
        raise Invalid(
            [Fault("step_m", price.question.step_m, "radio.too_much_memory_field", str(right_m))],
            "radio.too_much_memory",
            cells=needed.cells,
            memory_mb=round(price.memory_mb),
            most_memory_mb=round(most.most_memory_mb),
            right_m=right_m,
        )
    if minutes <= most.most_minutes and gigabytes <= most.most_disk_gigabytes:
        return
    raise Invalid(
        [Fault("step_m", price.question.step_m, "radio.too_long_field")],
        "radio.too_long",
        cells=needed.cells,
        layers=price.layers,
        gigabytes=round(gigabytes, 1),
        minutes=round(minutes, 1),
        **asdict(most),
    )
