"""Assumptions of remedies, from ``data/coverage/remedies.toml``: standard sites, heights, needs, limits."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra_registry.coverage.propagation.budget import reference_level_offset_db
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.propagation.model import Defaults
from infra_registry.coverage.propagation.scenario import SCENARIOS, Scenario
from infra_registry.resources import COVERAGE_DATA, tables_in
from infra_registry.rules.model import Text


@dataclass(frozen=True, slots=True)
class Radio:
    """Band and EIRP of the reference signal of one technology."""

    frequency_mhz: float
    reference_eirp_dbm: float


@dataclass(frozen=True, slots=True)
class Site:
    """A standard site; ``sectors`` 1 is omni, else sectors of ``beam_deg`` spread evenly from north.

    ``radio`` by technology, as the run takes it for a cell that states nothing; no farther than ``reach_m`` is looked.
    An antenna at ``above_m`` or lower gets the site named ``otherwise``.
    """

    name: str
    on: tuple[str, ...]
    scenario: Scenario
    sectors: int
    beam_deg: float
    reach_m: int
    radio: Mapping[str, Radio]
    basis: Text
    above_m: float = 0.0
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class Heights:
    """Height (m) where none is registered, and what is put on top of one that is, by kind of candidate."""

    assumed: Mapping[str, float]
    added: Mapping[str, float]
    least: float
    most: float
    floor: float
    on_roof: tuple[str, ...]
    on_roof_below: float
    under_frame: float


@dataclass(frozen=True, slots=True)
class TerrainCheck:
    """How gains are checked over the ground: places per remedy, step of a profile (m), the least share stated."""

    places: int
    step_m: float
    told_from: float


@dataclass(frozen=True, slots=True)
class Standard:
    """Everything the data file says; ``digest`` is of it and of the radio defaults."""

    sites: tuple[Site, ...]
    heights: Heights
    ground: TerrainCheck
    roof_m2: float
    spacing_m: int
    most_candidates: int
    most_listed: int
    most_pairs: int
    share_first: float
    enough: float
    seconds: float
    digest: str

    def site_on(self, kind: str, height_m: float) -> Site:
        """The standard site at a height on a kind of host, ``project`` or ``new_site``; KeyError when none is meant."""
        for site in self.sites:
            if kind in site.on:
                lower = site.otherwise if height_m <= site.above_m else None
                return next(other for other in self.sites if other.name == lower) if lower else site
        raise KeyError(kind)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Kinds of asset that may carry a site."""
        kinds = {kind for site in self.sites for kind in site.on}
        return tuple(sorted(kinds - {"project", "new_site"}))


@cache
def standard() -> Standard:
    """The data file, read once."""
    content = (COVERAGE_DATA / "remedies.toml").read_bytes()
    table, defaults = tables_in(content, "remedies.toml"), radio()
    limits = table["limits"]
    return Standard(
        sites=tuple(_site(name, row, defaults) for name, row in table["site"].items()),
        heights=_heights(table["height"]),
        ground=TerrainCheck(**table["terrain"]),
        roof_m2=float(table["need"]["roof_m2"]),
        spacing_m=int(table["new_site"]["spacing_m"]),
        most_candidates=int(limits["candidates"]),
        most_listed=int(limits["listed"]),
        most_pairs=int(limits["pairs"]),
        share_first=float(limits["share_first"]),
        enough=float(table["search"]["enough"]),
        seconds=float(table["search"]["seconds"]),
        digest=hashlib.sha256(content + defaults.digest.encode()).hexdigest(),
    )


def _site(name: str, row: Mapping[str, Any], defaults: Defaults) -> Site:
    scenario = SCENARIOS[row["scenario"]]
    radio = {technology: _radio(technology, scenario, defaults) for technology in defaults.technologies}
    reach_m = int(defaults.radius_m[scenario.name])
    sectors, beam_deg = int(row["sectors"]), defaults.beam_deg
    lower = (float(row.get("above_m", 0.0)), row.get("otherwise"))
    return Site(
        name, tuple(row["on"]), scenario, sectors, beam_deg, reach_m, radio, Text(**row["basis"]), *lower
    )


def _radio(technology: str, scenario: Scenario, defaults: Defaults) -> Radio:
    """Band and power as documented for a cell that states none."""
    usual = defaults.technologies[technology]
    whole = defaults.eirp_dbm(technology, usual.frequency_mhz, scenario)
    offset = reference_level_offset_db(technology, usual.bandwidth_mhz, usual.frequency_mhz, defaults)
    return Radio(usual.frequency_mhz, round(whole + offset, 2))


def _heights(table: Mapping[str, Any]) -> Heights:
    kinds = {kind: row for kind, row in table.items() if isinstance(row, dict)}
    return Heights(
        {kind: float(row["assumed"]) for kind, row in kinds.items()},
        {kind: float(row["added"]) for kind, row in kinds.items()},
        float(table["least"]),
        float(table["most"]),
        float(table["floor"]),
        tuple(table["on_roof"]),
        float(table["on_roof_below"]),
        float(table["under_frame"]),
    )
