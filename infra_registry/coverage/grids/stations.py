"""Stations as columns of whole numbers: what a level on a grid may depend on, and nothing else.

Places are centimetres from the origin of the CRS, angles hundredths of a degree: turning everything by a quarter, or
moving it by whole cells, therefore changes no bit of a result.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from infra_registry.errors import Fault, Invalid

OMNI = -1
FARTHEST_M = 150_000.0
# Within a projected CRS in metres nothing lies farther from its origin.
FARTHEST_FROM_ORIGIN_M = 2.0e7
MOST_KEY = 2**31 - 1


class Station(Protocol):
    """What is taken from a transmitter (metres, degrees, MHz, dBm; ``azimuth_deg`` NaN: the same to all sides)."""

    @property
    def key(self) -> int: ...
    @property
    def x_m(self) -> float: ...
    @property
    def y_m(self) -> float: ...
    @property
    def height_m(self) -> float: ...
    @property
    def frequency_mhz(self) -> float: ...
    @property
    def eirp_dbm(self) -> float: ...
    @property
    def azimuth_deg(self) -> float: ...
    @property
    def tilt_deg(self) -> float: ...
    @property
    def beam_deg(self) -> float: ...
    @property
    def vertical_deg(self) -> float: ...
    @property
    def scenario(self) -> Any: ...


@dataclass(frozen=True, slots=True, eq=False)
class StationArrays:
    """One row per station in ascending order of ``key``; ``scenario`` indexes ``scenarios``."""

    key: NDArray[np.int32]
    x_cm: NDArray[np.int64]
    y_cm: NDArray[np.int64]
    height_m: NDArray[np.float64]
    frequency_mhz: NDArray[np.float64]
    eirp_dbm: NDArray[np.float32]
    azimuth_cdeg: NDArray[np.int32]
    tilt_cdeg: NDArray[np.int32]
    beam_cdeg: NDArray[np.int32]
    vertical_cdeg: NDArray[np.int32]
    reach_cm: NDArray[np.int64]
    scenario: NDArray[np.int16]
    scenarios: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.key)

    @property
    def reach_m(self) -> NDArray[np.float64]:
        """How far from each station levels are computed (m)."""
        return self.reach_cm / 100.0


def stations_of(transmitters: Sequence[Station], reach_m: float | Sequence[float]) -> StationArrays:
    """Transmitters as columns; ``reach_m`` is how far each is followed, one for all or one each.

    Raises Invalid for values that are no number or beyond what a station can have, and for a key given twice.
    """
    order = sorted(range(len(transmitters)), key=lambda index: transmitters[index].key)
    rows = [transmitters[index] for index in order]
    reach = np.broadcast_to(np.asarray(reach_m, np.float64), len(rows))[order] if rows else np.zeros(0)
    scenarios = tuple(sorted({row.scenario for row in rows}, key=str))
    place = {scenario: index for index, scenario in enumerate(scenarios)}
    beam = _column(rows, "beam_deg", 1.0, 360.0, or_nan=360.0)
    azimuth = np.array([row.azimuth_deg for row in rows], np.float64)
    if np.isinf(azimuth).any() or (np.abs(azimuth[~np.isnan(azimuth)]) > 360.0).any():
        raise _refused("azimuth_deg")
    turned = np.where(np.isnan(azimuth), 0.0, np.round(azimuth * 100.0)) % 36000
    return StationArrays(
        key=_keys(rows),
        x_cm=_centimetres(_column(rows, "x_m", -FARTHEST_FROM_ORIGIN_M, FARTHEST_FROM_ORIGIN_M)),
        y_cm=_centimetres(_column(rows, "y_m", -FARTHEST_FROM_ORIGIN_M, FARTHEST_FROM_ORIGIN_M)),
        height_m=_column(rows, "height_m", 0.0, 10_000.0),
        frequency_mhz=_column(rows, "frequency_mhz", 1.0, 300_000.0),
        eirp_dbm=_column(rows, "eirp_dbm", -200.0, 200.0).astype(np.float32),
        azimuth_cdeg=np.where(np.isnan(azimuth), OMNI, turned).astype(np.int32),
        tilt_cdeg=np.round(_column(rows, "tilt_deg", -90.0, 90.0) * 100.0).astype(np.int32),
        beam_cdeg=np.round(beam * 100.0).astype(np.int32),
        vertical_cdeg=np.round(_column(rows, "vertical_deg", 1.0, 360.0) * 100.0).astype(np.int32),
        reach_cm=_centimetres(_bounded("reach_m", reach, 0.0, FARTHEST_M)),
        scenario=np.array([place[row.scenario] for row in rows], np.int16),
        scenarios=scenarios,
    )


def _keys(rows: Sequence[Station]) -> NDArray[np.int32]:
    keys = np.array([row.key for row in rows], np.int64)
    if len(keys) and (keys[0] < 0 or keys[-1] > MOST_KEY or (np.diff(keys) == 0).any()):
        raise _refused("key")
    return keys.astype(np.int32)


def _column(
    rows: Sequence[Station], name: str, least: float, most: float, *, or_nan: float = math.nan
) -> NDArray[np.float64]:
    values = np.array([getattr(row, name) for row in rows], np.float64)
    return _bounded(name, np.where(np.isnan(values), or_nan, values), least, most)


def _bounded(name: str, values: NDArray[np.float64], least: float, most: float) -> NDArray[np.float64]:
    if not ((values >= least) & (values <= most)).all():
        raise _refused(name)
    return values


def _centimetres(metres: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.round(metres * 100.0).astype(np.int64)


def _refused(name: str) -> Invalid:
    return Invalid([Fault(name, None, "coverage.station")], "coverage.station", field=name)
