"""What is known and assumed of cells: rows as they come, documented defaults, and transmitters ready to reckon with."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from infra_registry.coverage.propagation.antenna import Pattern
from infra_registry.coverage.propagation.limits import OutOfRange
from infra_registry.coverage.propagation.scenario import Scenario
from infra_registry.coverage.propagation.tr38901 import O2i


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a default comes from, in both languages; ``mark`` V read, M from practice, A assumed here."""

    mark: str
    zh: str
    en: str

    def of(self, locale: str) -> str:
        """The words in the reader's language."""
        return self.en if locale == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Technology:
    """Defaults of one technology.

    ``reference``: ``full``, ``share`` (``share_db`` of the EIRP) or ``elements`` (one resource element of the carrier).
    ``classes_dbm``: least level of class 1 … 5, ascending.
    """

    name: str
    reference: str
    share_db: float
    frequency_mhz: float
    bandwidth_mhz: float
    height_m: float
    classes_dbm: tuple[float, float, float, float, float]
    basis: Basis


@dataclass(frozen=True, slots=True)
class Choice:
    """A rule for the model of a place; absent conditions hold always."""

    scenario: Scenario
    surroundings: str | None
    above_m: float | None
    at_most_m: float | None
    basis: Basis

    def holds(self, height_m: float, surroundings: str | None) -> bool:
        """Whether the rule fits an antenna height and what is registered of the surroundings."""
        if self.surroundings is not None and self.surroundings != surroundings:
            return False
        if self.above_m is not None and height_m <= self.above_m:
            return False
        return self.at_most_m is None or height_m <= self.at_most_m


@dataclass(frozen=True, slots=True)
class Environment:
    """Where the receiver is; ``o2i`` names the entry model, None for outdoors."""

    name: str
    o2i: O2i | None
    indoor_m: float
    basis: Basis


@dataclass(frozen=True, slots=True)
class Eirp:
    """Whole EIRP (dBm) by scenario for a technology from a frequency on."""

    technology: str
    above_mhz: float
    dbm: Mapping[str, float]
    basis: Basis


@dataclass(frozen=True, slots=True)
class Channels:
    """Channel widths (MHz, ascending) and their resource blocks, for a technology from a frequency on."""

    technology: str
    above_mhz: float
    mhz: tuple[float, ...]
    blocks: tuple[int, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class Uplink:
    """A band in which handsets send, and how far from it the station answers."""

    low_mhz: float
    high_mhz: float
    duplex_mhz: float


@dataclass(frozen=True, slots=True)
class Idle:
    """A licensed block that carries no service."""

    technology: str
    low_mhz: float
    high_mhz: float
    basis: Basis


@dataclass(frozen=True, slots=True)
class Defaults:
    """Everything data/coverage/radio.toml says; ``digest`` is of the file."""

    receiver_height_m: float
    statuses: tuple[str, ...]
    beam_deg: float
    vertical_deg: float
    tilt_deg: float
    omni_tilt_deg: float
    terrain_profiles: int
    terrain_step_m: tuple[float, float]
    technologies: Mapping[str, Technology]
    choices: tuple[Choice, ...]
    radius_m: Mapping[str, float]
    environments: Mapping[str, Environment]
    eirp: tuple[Eirp, ...]
    channels: tuple[Channels, ...]
    uplinks: tuple[Uplink, ...]
    idle: tuple[Idle, ...]
    basis: Mapping[str, Basis]
    digest: str

    def thresholds(self, technology: str) -> tuple[float, float, float, float, float]:
        """Least level (dBm) of class 1 … 5; KeyError for what is not mobile."""
        return self.technologies[technology].classes_dbm

    def eirp_dbm(self, technology: str, frequency_mhz: float, scenario: Scenario) -> float:
        """Whole EIRP (dBm) of a cell that states none: the row of the highest band that begins at or below."""
        rows = [row for row in self.eirp if row.technology == technology and row.above_mhz <= frequency_mhz]
        return max(rows, key=lambda row: row.above_mhz).dbm[scenario.name]


@dataclass(frozen=True, slots=True)
class CellRow:
    """A cell as registered, with its place in the run's projected system (metres). None: not registered.

    ``station`` groups the rows of one station. ``host_height_m`` stands in for a missing antenna height.
    ``surroundings`` is ``rural``, ``indoor`` or None.
    """

    key: int
    operator: str
    technology: str
    x_m: float
    y_m: float
    station: int = 0
    status: str = "in_use"
    band_low_mhz: float | None = None
    band_high_mhz: float | None = None
    azimuth_deg: float | None = None
    antenna_height_m: float | None = None
    host_height_m: float | None = None
    tilt_deg: float | None = None
    eirp_dbm: float | None = None
    directivity: str | None = None
    surroundings: str | None = None


@dataclass(frozen=True, slots=True)
class Transmitter:
    """A cell with nothing missing.

    ``eirp_dbm`` is that of the reference signal, ``total_eirp_dbm`` of the whole carrier. ``azimuth_deg`` is NaN for
    omnidirectional. ``filled`` names the fields that came from defaults; ``findings`` what was out of range.
    """

    key: int
    operator: str
    technology: str
    x_m: float
    y_m: float
    height_m: float
    frequency_mhz: float
    eirp_dbm: float
    azimuth_deg: float
    tilt_deg: float
    beam_deg: float
    scenario: Scenario
    filled: tuple[str, ...] = ()
    vertical_deg: float = 65.0
    total_eirp_dbm: float = math.nan
    findings: tuple[OutOfRange, ...] = field(default=())

    @property
    def pattern(self) -> Pattern:
        """What the antenna takes off by direction; the registered tilt is taken as mechanical."""
        return Pattern(
            self.azimuth_deg, self.tilt_deg, beam_deg=self.beam_deg, vertical_deg=self.vertical_deg
        )
