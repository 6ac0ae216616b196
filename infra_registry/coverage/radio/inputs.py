"""Everything that decides a radio run, read at once and in order; and the digest of it.

The register is read twice: what this reader sees of stations, and what everybody may know of them. The digest is over
plain numbers and words, so that equal inputs give equal digests whoever asks, whatever the engine.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, Row

from infra_registry.access import ANONYMOUS
from infra_registry.areas import ground_store
from infra_registry.areas.ground_store import AreaOnDay, District
from infra_registry.coverage.demand import store as demand_store
from infra_registry.coverage.demand.people import Demand, people_grid, road_lengths
from infra_registry.coverage.grids.frame import Frame, frame_of
from infra_registry.coverage.grids.stations import stations_of
from infra_registry.coverage.grids.work import Group, Work
from infra_registry.coverage.propagation.budget import (
    complete,
    environment_loss_db,
    search_radius_m,
    sort_out,
)
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.propagation.model import CellRow, Transmitter
from infra_registry.coverage.radio import digests, input_store
from infra_registry.coverage.radio.layers import AreaCells, Name
from infra_registry.coverage.radio.question import Question, parameters
from infra_registry.coverage.radio.terrain_grid import Over
from infra_registry.coverage.runs import published
from infra_registry.coverage.runs import store as run_store
from infra_registry.db.connection import acting_as
from infra_registry.errors import Fault, Invalid

NO_DISTRICT = -1
MOST_RASTERS = 1000


@dataclass(frozen=True, slots=True)
class Facts:
    """What a reader must know of a group: operator's id, stations, cells, cells with a default, defaults by field."""

    operator_id: int | None
    stations: frozenset[int]
    cells: int
    cells_defaulted: int
    filled: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Groups of an edition and what is told of them; ``codes`` the station of each key, ``counts`` what is left out."""

    groups: tuple[Group, ...]
    facts: Mapping[Name, Facts]
    counts: Mapping[str, int]
    codes: tuple[str, ...] = ()

    @property
    def names(self) -> list[Name]:
        """Operator and technology of every group."""
        return [(group.operator, group.technology) for group in self.groups]

    def stations(self, names: Sequence[Name]) -> int:
        """How many stations these groups have, each counted once."""
        return len(frozenset().union(*(self.facts[name].stations for name in names)))

    def work(self, frame: Frame) -> Work:
        """What the engine is to compute."""
        return Work(frame, self.groups, radio().receiver_height_m)


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """A run's inputs on its frame; ``district``: index in ``districts`` of each cell; ``over``: ground for ITM."""

    question: Question
    area_id: int
    frame: Frame
    ground: AreaCells
    mask: NDArray[np.bool_]
    districts: tuple[District, ...]
    district: NDArray[np.int16]
    internal: Network
    public: Network
    demand: Demand
    venues: Sequence[Any]
    open_venues: Sequence[Any]
    roads: NDArray[np.float32] | None
    samples: bool
    on: date
    box: input_store.Box
    parts: Mapping[str, Any]
    digest: str
    over: Over | None = None


def halo_box(frame: Frame, reach_m: float) -> input_store.Box:
    """The frame with the farthest reach of a station around it, in degrees."""
    cells = math.ceil(reach_m / frame.step_m) + 1
    wider = replace(
        frame,
        col0=frame.col0 - cells,
        row0=frame.row0 - cells,
        cols=frame.cols + 2 * cells,
        rows=frame.rows + 2 * cells,
    )
    return wider.bounds_4326


def farthest_m() -> float:
    """How far the farthest station is looked for."""
    return max(radio().radius_m.values())


def read(connection: Connection, question: Question, place: AreaOnDay) -> Inputs:
    """Read everything for a filled question. Raises Invalid for an area no grid can hold."""
    area_id, on, outline = place.area.id, place.on, place.bounded()
    frame = frame_of(outline, int(question.step_m or 0))
    mask = frame.mask(outline)
    ground = AreaCells(frame.shape, np.flatnonzero(mask))
    districts = tuple(d for d in ground_store.districts(connection, area_id, on) if d.geometry is not None)
    box = halo_box(frame, farthest_m())
    internal, sampled = internal_network(connection, frame, box, question)
    samples = sampled or run_store.has_sample(connection, area_id)
    public = _public(connection, frame, (area_id, box), question)
    demand = people_grid(connection, area_id, frame, outline)
    venues = demand_store.venues(connection, area_id, on)
    with acting_as(connection, ANONYMOUS):
        open_venues = demand_store.venues(connection, area_id, on)
    roads = road_lengths(connection, frame, area_id)
    parts = {
        "question": _question_parts(connection, question, on),
        "frame": [frame.epsg, frame.step_m, frame.col0, frame.row0, frame.cols, frame.rows],
        "area": digests.hashed(np.packbits(mask)),
        "districts": [[*d.names, digests.hashed(shapely.to_wkb(d.geometry))] for d in districts],
        "internal": digests.of_network(internal),
        "public": digests.of_network(public),
        "people": [
            digests.hashed(demand.people),
            demand.total_known,
            [[b.key, b.params] for b in demand.basis],
        ],
        "samples": samples,
        "venues": [[v.venue, v.lon, v.lat] for v in (*venues, *open_venues)],
        "roads": None if roads is None else digests.hashed(roads),
        "law": input_store.law_digests(connection),
        "data": digests.data_digest(),
    } | (_of_remedies(connection, box) if question.remedies else {})
    return Inputs(
        question, area_id, frame, ground, mask, districts, _district_of(frame, ground, districts), internal, public,
        demand, venues, open_venues, roads, samples, on, box, parts, digests.digest_of(parts),
    )  # fmt: skip


def renewed(connection: Connection, inputs: Inputs) -> Inputs:
    """The inputs with the digest of the register as it stands now, when remedies are looked for."""
    parts = dict(inputs.parts) | _of_remedies(connection, inputs.box)
    return replace(inputs, parts=parts, digest=digests.digest_of(parts))


def _of_remedies(connection: Connection, box: input_store.Box) -> dict[str, Any]:
    """What remedies rest on besides the networks: hosts with what is on record of them, heights to check over."""
    heights = demand_store.terrain(connection, demand_store.one_box(box), MOST_RASTERS)
    return {
        "register": input_store.register_digests(connection, box),
        "terrain": [row.digest for row in heights],
    }


def _question_parts(connection: Connection, question: Question, on: date) -> dict[str, Any]:
    """The question without the engine, which changes no bit; an earlier run by what it rested on."""
    table = parameters(question) | {"as_of": on.isoformat()}
    del table["engine"]
    if question.compared_with:
        table["compared_with"] = input_store.run_digest(connection, question.compared_with)
    return table


def registered(frame: Frame, rows: Sequence[Row[Any]]) -> list[CellRow]:
    """Rows of ``input_store.cells`` at their place in the frame's CRS, keyed by their order."""
    places = frame.points([(row.lon, row.lat) for row in rows]).tolist()
    return [
        CellRow(
            key, row.operator, row.technology, x, y, station=row.asset_id,
            band_low_mhz=row.band_low_mhz, band_high_mhz=row.band_high_mhz, azimuth_deg=row.azimuth_deg,
            antenna_height_m=row.antenna_height_m, host_height_m=row.host_height_m, tilt_deg=row.tilt_deg,
            eirp_dbm=row.eirp_dbm, directivity=row.directivity,
        )
        for key, (row, (x, y)) in enumerate(zip(rows, places, strict=True))
    ]  # fmt: skip


def internal_network(
    connection: Connection, frame: Frame, box: input_store.Box, question: Question
) -> tuple[Network, bool]:
    """What this reader sees of stations, and whether any of them is a sample."""
    station_cells = input_store.cells(connection, box)
    rows = [row for row in station_cells.rows if question.takes(row.technology)]
    cells = registered(frame, rows)
    sorted_out = sort_out(cells, radio())
    sent = [_heard(complete(cell, radio()), question) for cell in sorted_out.usable]
    stations = [cell.station for cell in sorted_out.usable]
    operators = {row.operator: row.operator_id for row in rows}
    counts = {"left_out": station_cells.left_out, "without_cells": station_cells.without_cells}
    network = _network(
        sent, stations, operators, {**counts, **sorted_out.left_out}, tuple(r.code for r in rows)
    )
    return network, any(row.sample for row in rows)


def _public(
    connection: Connection, frame: Frame, place: tuple[int, input_store.Box], question: Question
) -> Network:
    """Stations at the middle of their quad cell with the defaults of their technology, each system once a station."""
    area_id, box = place
    open_systems, elsewhere = input_store.open_systems(connection, box)
    systems = [
        system
        for system in open_systems
        if system.technology in radio().technologies and question.takes(system.technology)
    ]
    places = frame.points([published.middle_of(system.x, system.y) for system in systems]).tolist()
    sent = [
        _heard(complete(cell, radio()), question)
        for cell in (
            CellRow(key, system.operator, system.technology, x, y, station=system.station, directivity="omni")
            for key, (system, (x, y)) in enumerate(zip(systems, places, strict=True))
        )
    ]
    operators = {system.operator: system.operator_id for system in systems}
    counts = {"withheld": input_store.withheld(connection, area_id), "elsewhere": elsewhere}
    return _network(sent, [system.station for system in systems], operators, counts)


def _heard(sent: Transmitter, question: Question) -> Transmitter:
    """The transmitter as heard where the receiver is: what walls take is taken off before the way."""
    loss = environment_loss_db(radio().environments[question.environment], sent.frequency_mhz)
    return sent if loss == 0 else replace(sent, eirp_dbm=sent.eirp_dbm - loss)


def _network(
    sent: Sequence[Transmitter],
    stations: Sequence[int],
    operators: Mapping[str, int | None],
    counts: Mapping[str, int],
    codes: tuple[str, ...] = (),
) -> Network:
    by_name: dict[Name, list[int]] = {}
    for index, transmitter in enumerate(sent):
        by_name.setdefault((transmitter.operator, transmitter.technology), []).append(index)
    groups, facts = [], {}
    for name in sorted(by_name):
        mine = [sent[index] for index in by_name[name]]
        reach = [search_radius_m(transmitter, radio()) for transmitter in mine]
        groups.append(Group(*name, stations_of(mine, reach)))
        facts[name] = Facts(
            operators[name[0]],
            frozenset(stations[index] for index in by_name[name]),
            len(mine),
            sum(1 for transmitter in mine if transmitter.filled),
            dict(sorted(Counter(field for transmitter in mine for field in transmitter.filled).items())),
        )
    return Network(tuple(groups), facts, counts, codes)


def _district_of(frame: Frame, ground: AreaCells, districts: Sequence[District]) -> NDArray[np.int16]:
    """The district of each cell of the area, the first by code where two claim it."""
    index = np.full(frame.shape, NO_DISTRICT, np.int16)
    for number, district in enumerate(districts):
        index[frame.mask(district.geometry) & (index == NO_DISTRICT)] = number
    return index.ravel()[ground.cells]


def check_technologies(question: Question) -> None:
    """Raises Invalid for technologies the model of coverage has no defaults for: those serve no handsets."""
    known = radio().technologies
    wrong = [name for name in question.technologies or () if name not in known]
    if wrong:
        raise Invalid([Fault("technology", wrong[0], "field.not_choice", " | ".join(known))])
