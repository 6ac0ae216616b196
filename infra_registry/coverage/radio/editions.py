"""Computing an edition: internal on the cells of the grid, public on quad cells from open places; no database here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.grids.work import Engine
from infra_registry.coverage.propagation.budget import environment_loss_db
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.radio import results
from infra_registry.coverage.radio.gapping import EarlierGaps, grid_gaps, quad_gaps
from infra_registry.coverage.radio.inputs import Inputs, Network
from infra_registry.coverage.radio.layers import (
    ANY,
    Layer,
    LayerCells,
    Levels,
    Name,
    Service,
    layer_cells,
    layers_of,
)
from infra_registry.coverage.radio.limits import limits
from infra_registry.coverage.radio.results import GapRow, LayerRow, Units
from infra_registry.coverage.remedies.host_state import GapCells, Parameters, Situation
from infra_registry.coverage.runs import published

INTERNAL, PUBLIC = "internal", "public"


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """Layers of an edition with classes and lacks by cell of the area, rows to write, gaps in order, people by cell."""

    name: str
    layers: tuple[Layer, ...]
    cells: LayerCells
    rows: tuple[LayerRow, ...]
    gaps: tuple[GapRow, ...]
    people: NDArray[np.float32] | None

    @property
    def lacking(self) -> Mapping[Name, NDArray[np.bool_]]:
        """Whether each cell of the area lacks what was asked, per layer."""
        return self.cells.lacking


def thresholds() -> dict[str, tuple[float, ...]]:
    """Least level (dBm) of class 1 … 5 by technology."""
    return {name: row.classes_dbm for name, row in radio().technologies.items()}


def swept(
    levels: Levels, network: Network, inputs: Inputs, engine: Engine, progress: Callable[[int, int], None]
) -> tuple[tuple[Layer, ...], LayerCells]:
    """Levels of every group computed into ``levels``, then classes and lacks of every layer."""
    levels.compute(engine, network.work(inputs.frame), progress)
    layers = tuple(layers_of(network.names, inputs.question.technologies or ()))
    return layers, layer_cells(levels, layers, inputs.ground, thresholds(), service_of(inputs))


def service_of(inputs: Inputs) -> Service:
    """The threshold of the run, and from which class on an operator counts."""
    assert inputs.question.threshold is not None
    return Service(inputs.question.threshold, limits().served_class)


def internal(
    layers: tuple[Layer, ...], cells: LayerCells, inputs: Inputs, earlier: EarlierGaps | None
) -> Computed:
    """The internal edition: figures by cell, gaps as they are."""
    people = people_of(inputs)
    area = np.full(len(inputs.ground.cells), float(inputs.frame.cell_m2))
    units = Units(area, None if people is None else people.astype(float), inputs.district, _named(inputs))
    rows = tuple(
        _row(layer, inputs.internal, results.stats(cells.classes[layer.name], units)) for layer in layers
    )
    gaps = tuple(grid_gaps(cells.lacking, inputs, people, earlier))
    return Computed(INTERNAL, layers, cells, rows, gaps, people)


def public(
    layers: tuple[Layer, ...], cells: LayerCells, inputs: Inputs, earlier: EarlierGaps | None
) -> Computed:
    """The public edition: the majority of each quad cell, people where there are enough of them, whole quad cells."""
    quads = published.quads(inputs.frame, inputs.ground.cells, inputs.district)
    people = people_of(inputs)
    quad_people = None if people is None else published.rounded_people(quads, people, limits().few)
    area = quads.count.astype(float) * inputs.frame.cell_m2
    units = Units(area, quad_people, quads.district, _named(inputs))
    classes = {layer.name: published.majority(quads, cells.classes[layer.name]) for layer in layers}
    rows = tuple(
        replace(
            _row(layer, inputs.public, results.stats(classes[layer.name], units)),
            classes=published.places(quads, classes[layer.name]),
        )
        for layer in layers
    )
    bad = {name: _lacks(quads, lack, classes[name], inputs) for name, lack in cells.lacking.items()}
    gaps = tuple(quad_gaps(bad, quads, inputs, quad_people, earlier))
    even = None if quad_people is None else published.spread(quads, quad_people)
    return Computed(PUBLIC, layers, LayerCells(_Even(quads, classes), _Even(quads, bad)), rows, gaps, even)


class _Even(Mapping[Name, NDArray[Any]]):
    """Values of quad cells, per layer, as values of their grid cells of the area."""

    def __init__(self, quads: published.Quads, values: Mapping[Name, NDArray[Any]]) -> None:
        self._quads, self._values = quads, values

    def __getitem__(self, name: Name) -> NDArray[Any]:
        values = self._values[name]
        return (values if values.dtype == np.bool_ else values.astype(np.uint8))[self._quads.of]

    def __iter__(self) -> Iterator[Name]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _lacks(
    quads: published.Quads, lack: NDArray[np.bool_], classes: NDArray[np.int16], inputs: Inputs
) -> NDArray[np.bool_]:
    """Quad cells that lack: by their published class where that is the question, so that map and gaps agree."""
    threshold = service_of(inputs).threshold
    if threshold.kind == "class":
        return np.asarray(quads.inside & (classes < threshold.value), bool)
    return np.asarray(published.majority(quads, lack.astype(np.uint8)) == 1, bool)


def situation(computed: Computed, inputs: Inputs) -> Situation:
    """What is asked of remedies: cells lacking each technology whoever sends it, and the gaps they form."""
    question, frame = inputs.question, inputs.frame
    technologies = sorted({layer.technology for layer in computed.layers if layer.technology != ANY})
    lacking = {name: computed.lacking.get((ANY, name)) for name in technologies}
    environment = radio().environments[question.environment]
    return Situation(
        frame=frame,
        area_id=inputs.area_id,
        bad={n: inputs.ground.on_frame(lack, fill=False) for n, lack in lacking.items() if lack is not None},
        needed_dbm={name: _needed(inputs, name) for name in technologies},
        people=None if computed.people is None else inputs.ground.on_frame(computed.people, np.float32(0)),
        gaps=tuple(
            GapCells(rank, *gap.layer, gap.cells)
            for rank, gap in enumerate(computed.gaps, start=1)
            if gap.layer[0] == ANY and gap.layer[1] != ANY and gap.compared != "closed"
        ),
        edition=computed.name,
        as_of=inputs.on,
        parameters=Parameters(tuple(question.budgets), tuple(question.targets)),
        extra_loss_db={
            name: environment_loss_db(environment, radio().technologies[name].frequency_mhz)
            for name in technologies
        },
        receiver_height_m=radio().receiver_height_m,
    )


def agreement(one: Computed, other: Computed) -> dict[str, float]:
    """Share of the area where both editions tell the same class, and where both say alike whether it lacks."""
    name = (ANY, ANY)
    if not len(one.cells.classes[name]):
        return {"class": 1.0, "lacking": 1.0}
    same = float(np.mean(one.cells.classes[name] == other.cells.classes[name]))
    alike = float(np.mean(one.lacking[name] == other.lacking[name])) if name in other.lacking else 1.0
    return {"class": round(same, 4), "lacking": round(alike, 4)}


def people_of(inputs: Inputs) -> NDArray[np.float32] | None:
    """People of each cell of the area; None when no population is known."""
    if not inputs.demand.total_on_grid:
        return None
    return np.asarray(inputs.demand.people.ravel()[inputs.ground.cells], np.float32)


def _needed(inputs: Inputs, technology: str) -> float:
    service = service_of(inputs)
    classes = radio().technologies[technology].classes_dbm
    if service.threshold.kind == "dbm":
        return service.threshold.value
    least = service.threshold.value if service.threshold.kind == "class" else service.served_class
    return classes[int(least) - 1]


def _named(inputs: Inputs) -> list[tuple[str, str, str | None]]:
    return [(district.code, district.name, district.name_en) for district in inputs.districts]


def _row(layer: Layer, network: Network, stats: Mapping[str, Any]) -> LayerRow:
    facts = [network.facts[name] for name in layer.members]
    operator = next((fact.operator_id for fact in facts), None) if layer.operator != ANY else None
    return LayerRow(
        layer.name,
        operator,
        network.stations(layer.members),
        sum(fact.cells for fact in facts),
        sum(fact.cells_defaulted for fact in facts),
        stats,
    )
