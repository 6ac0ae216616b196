"""Question and answer of remedies: plain values between a run and this package. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.grids.frame import Frame


@dataclass(frozen=True, slots=True)
class GapCells:
    """A gap: any key the caller knows it by, its layer's operator and technology, flat indices of its cells."""

    key: int
    operator: str
    technology: str
    cells: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters of the run: sizes of sets, shares of the people to serve, whether new sites are looked at."""

    budgets: tuple[int, ...] = (5, 10, 20)
    targets: tuple[float, ...] = (0.5, 0.8, 0.95)
    new_sites: bool = True
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Situation:
    """One edition of a run, after its gaps are known.

    ``bad``: for each technology the cells (rows × cols) that lack it, as the run's threshold says.
    ``needed_dbm``: the reference-signal level a cell must get to be served, ``extra_loss_db`` what the environment
    takes off outdoor levels before that (0 outdoors), both by technology. ``people``: people per cell, or None when no
    population is known: then sets are weighed by area.
    ``gaps`` of any layer whose technology is in ``bad``: what a remedy gives to an operator's gap where another
    serves is stated per gap, and not counted as people gained.
    ``edition``: ``internal`` reads as the connection's actor, ``public`` as the anonymous public.
    """

    frame: Frame
    area_id: int
    bad: Mapping[str, NDArray[np.bool_]]
    needed_dbm: Mapping[str, float]
    people: NDArray[np.float32] | None
    gaps: tuple[GapCells, ...]
    edition: str
    as_of: date
    parameters: Parameters = field(default_factory=Parameters)
    extra_loss_db: Mapping[str, float] = field(default_factory=dict)
    receiver_height_m: float = 1.5


@dataclass(frozen=True, slots=True)
class GapGain:
    """What a remedy gives to one gap; ``key`` as in ``GapCells``. ``people`` None: not known."""

    key: int
    people: float | None
    area_m2: float


@dataclass(frozen=True, slots=True)
class Remedy:
    """One row of ``remedy`` with its rows of ``remedy_gap``. ``place``: (longitude, latitude) of a new site only."""

    ordinal: int
    candidate_kind: str
    asset_id: int | None
    project_id: int | None
    technology: str
    people_gained: float | None
    area_gained_m2: float
    free_units: int | None
    opening_state: str | None
    duty: Mapping[str, Any] | None
    obstacles: tuple[Mapping[str, Any], ...]
    assumed: Mapping[str, Any]
    place: tuple[float, float] | None
    gaps: tuple[GapGain, ...]


@dataclass(frozen=True, slots=True)
class RemedySet:
    """One row of ``remedy_set``. ``lifted``: as if refusals and exclusive agreements did not stand in the way."""

    aim: str
    wanted: float
    people: float
    bound: float
    method: str
    chosen: tuple[int, ...]
    reasons: tuple[Mapping[str, Any], ...]
    lifted: bool = False


@dataclass(frozen=True, slots=True)
class Remedies:
    """Remedies by ordinal, sets, and counts a reader must know; ``facts`` are for the summary of the run."""

    remedies: tuple[Remedy, ...]
    sets: tuple[RemedySet, ...]
    facts: Mapping[str, Any]
