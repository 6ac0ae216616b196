"""Reads data/coverage/radio.toml: the one module of this package that touches a file."""

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from infra_registry.coverage.propagation.model import (
    Basis,
    Channels,
    Choice,
    Defaults,
    Eirp,
    Environment,
    Idle,
    Technology,
    Uplink,
)
from infra_registry.coverage.propagation.scenario import SCENARIOS
from infra_registry.resources import COVERAGE_DATA, tables_in


@cache
def radio() -> Defaults:
    """The shipped defaults, read once."""
    return read((COVERAGE_DATA / "radio.toml").read_bytes())


def read(content: bytes) -> Defaults:
    """Defaults from the bytes of a file. Raises KeyError or ValueError where the file is not whole."""
    table = tables_in(content, "radio.toml")
    return Defaults(
        receiver_height_m=float(table["receiver_height_m"]),
        statuses=tuple(table["statuses"]),
        beam_deg=float(table["beam_deg"]),
        vertical_deg=float(table["vertical_deg"]),
        tilt_deg=float(table["tilt_deg"]),
        omni_tilt_deg=float(table["omni_tilt_deg"]),
        terrain_profiles=int(table["terrain_profiles"]),
        terrain_step_m=(float(table["terrain_step_m"][0]), float(table["terrain_step_m"][1])),
        technologies={name: _technology(name, row) for name, row in table["technology"].items()},
        choices=tuple(_choice(row) for row in table["choice"]),
        radius_m={name: float(value) for name, value in table["radius_m"].items()},
        environments={name: _environment(name, row) for name, row in table["environment"].items()},
        eirp=tuple(_eirp(row) for row in table["eirp"]),
        channels=tuple(_channels(row) for row in table["channels"]),
        uplinks=tuple(Uplink(**{key: float(value) for key, value in row.items()}) for row in table["uplink"]),
        idle=tuple(_idle(row) for row in table["idle"]),
        basis={name: Basis(**row) for name, row in table["basis"].items()},
        digest=hashlib.sha256(content).hexdigest(),
    )


def _technology(name: str, row: Mapping[str, Any]) -> Technology:
    first, second, third, fourth, fifth = (float(value) for value in row["classes_dbm"])
    if not first < second < third < fourth < fifth:
        raise ValueError(f"technology.{name}.classes_dbm")
    if row["reference"] not in ("full", "share", "elements"):
        raise ValueError(f"technology.{name}.reference")
    return Technology(
        name,
        row["reference"],
        float(row.get("share_db", 0.0)),
        float(row["frequency_mhz"]),
        float(row["bandwidth_mhz"]),
        float(row["height_m"]),
        (first, second, third, fourth, fifth),
        Basis(**row["basis"]),
    )


def _choice(row: Mapping[str, Any]) -> Choice:
    scenario = SCENARIOS[row["scenario"]]
    conditions = (row.get("surroundings"), row.get("above_m"), row.get("at_most_m"))
    return Choice(scenario, *conditions, Basis(**row["basis"]))


def _environment(name: str, row: Mapping[str, Any]) -> Environment:
    return Environment(name, row.get("o2i"), float(row.get("indoor_m", 0.0)), Basis(**row["basis"]))


def _eirp(row: Mapping[str, Any]) -> Eirp:
    levels = {name: float(value) for name, value in row["dbm"].items()}
    return Eirp(row["technology"], float(row["above_mhz"]), levels, Basis(**row["basis"]))


def _channels(row: Mapping[str, Any]) -> Channels:
    widths, blocks = tuple(float(width) for width in row["mhz"]), tuple(int(count) for count in row["blocks"])
    if len(widths) != len(blocks) or list(widths) != sorted(widths):
        raise ValueError(f"channels.{row['technology']}.mhz")
    return Channels(row["technology"], float(row["above_mhz"]), widths, blocks, Basis(**row["basis"]))


def _idle(row: Mapping[str, Any]) -> Idle:
    return Idle(row["technology"], float(row["low_mhz"]), float(row["high_mhz"]), Basis(**row["basis"]))
