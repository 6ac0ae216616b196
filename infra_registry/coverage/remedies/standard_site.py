"""What a remedy is assumed to be, as data says it: the standard site per kind of host, heights, needs, limits."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra_registry.rules.model import Text

DATA = Path(__file__).resolve().parents[3] / "data" / "coverage" / "remedies.toml"


@dataclass(frozen=True, slots=True)
class Radio:
    """Band and EIRP of the reference signal of one technology."""

    frequency_mhz: float
    reference_eirp_dbm: float


@dataclass(frozen=True, slots=True)
class Site:
    """A standard site; ``sectors`` 1 is omni, else sectors of ``beam_deg`` spread evenly from north."""

    name: str
    on: tuple[str, ...]
    scenario: str
    sectors: int
    beam_deg: float
    reach_m: int
    radio: Mapping[str, Radio]
    basis: Text


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
class Standard:
    """Everything the data file says; ``digest`` is of the file."""

    sites: tuple[Site, ...]
    heights: Heights
    roof_m2: float
    spacing_m: int
    most_candidates: int
    most_listed: int
    share_first: float
    enough: float
    seconds: float
    digest: str

    def site_on(self, kind: str) -> Site:
        """The standard site on a kind of host, ``project`` or ``new_site``; KeyError when none is meant for it."""
        for site in self.sites:
            if kind in site.on:
                return site
        raise KeyError(kind)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Kinds of asset that may carry a site."""
        kinds = {kind for site in self.sites for kind in site.on}
        return tuple(sorted(kinds - {"project", "new_site"}))


@cache
def standard() -> Standard:
    """The data file, read once."""
    content = DATA.read_bytes()
    table = tomllib.loads(content.decode("utf-8"))
    limits = table["limits"]
    return Standard(
        sites=tuple(_site(name, row) for name, row in table["site"].items()),
        heights=_heights(table["height"]),
        roof_m2=float(table["need"]["roof_m2"]),
        spacing_m=int(table["new_site"]["spacing_m"]),
        most_candidates=int(limits["candidates"]),
        most_listed=int(limits["listed"]),
        share_first=float(limits["share_first"]),
        enough=float(table["search"]["enough"]),
        seconds=float(table["search"]["seconds"]),
        digest=hashlib.sha256(content).hexdigest(),
    )


def _site(name: str, row: Mapping[str, Any]) -> Site:
    radio = {technology: Radio(**values) for technology, values in row["radio"].items()}
    shape = (row["scenario"], int(row["sectors"]), float(row["beam_deg"]), int(row["reach_m"]))
    return Site(name, tuple(row["on"]), *shape, radio, Text(**row["basis"]))


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
