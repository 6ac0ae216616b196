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
from infra_registry.coverage.radio.question import Question
from infra_registry.errors import Fault, Invalid


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """A filled question over its area: the frame, the cells near it, what computing needs, layers at most."""

    question: Question
    ground: AreaOnDay
    frame: Frame
    cells: CellCounts
    cost: Cost
    layers: int


def priced(connection: Connection, question: Question, ground: AreaOnDay) -> Priced:
    """Price a filled question; Invalid where the grid is too large, Conflict where the area has no boundary."""
    frame = frame_of(ground.bounded(), int(question.step_m or 0))
    counted = input_store.cell_counts(connection, halo_box(frame, farthest_m()), question.technologies)
    reach = np.full(counted.cells, farthest_m())
    layers = counted.groups + counted.operators + counted.technologies + 1
    once = cost(frame, reach)
    seconds = 2 * once.seconds + layers * frame.cells / caps().cells_per_second
    disk_and_memory = int(once.memory_bytes + 8 * frame.cells * max(1, counted.groups))
    needed = Cost(once.cells, once.evaluations, disk_and_memory, seconds)
    return Priced(question, ground, frame, counted, needed, layers)


def check(price: Priced) -> None:
    """Raises Invalid ``radio.too_long`` with cells, gigabytes and minutes above the caps."""
    most, needed = limits().cost, price.cost
    minutes, gigabytes = needed.seconds / 60, needed.memory_bytes / 1e9
    if minutes <= most.most_minutes and gigabytes <= most.most_gigabytes:
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
