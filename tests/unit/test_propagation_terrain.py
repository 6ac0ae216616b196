"""The Irregular Terrain Model against the examples its authors publish, and against what cannot be."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from itmlogic.lrprop import lrprop
from itmlogic.preparatory_subroutines.qlra import qlra

from infra_registry.coverage.propagation import terrain
from infra_registry.coverage.propagation.free_space import free_space_loss
from infra_registry.coverage.propagation.terrain import (
    Link,
    Profile,
    itm,
    itm_loss,
    itm_losses,
)
from infra_registry.errors import Invalid


@dataclass(frozen=True, slots=True)
class Roughness:
    """Area mode: the interdecile range of heights (m) and how the antennas were sited."""

    delta_h_m: float
    tx_siting: int = 0
    rx_siting: int = 0


def itm_area_loss(distance_m: float, roughness: Roughness, link: Link) -> terrain.TerrainLoss:
    """Area mode, terrain known by its roughness alone: what the publication prints for the same steps."""
    state = terrain._begin(link, 0.0)
    state["dh"] = roughness.delta_h_m
    state = qlra([roughness.tx_siting, roughness.rx_siting], state)
    return terrain._finish(lrprop(distance_m, state), link, distance_m)


FLAT = Profile([100.0] * 101, 100.0)


def link_of(row: dict[str, str]) -> Link:
    return Link(
        float(row["h_tx__meter"]),
        float(row["h_rx__meter"]),
        float(row["f__mhz"]),
        vertical=row["pol"] == "1",
        permittivity=float(row["epsilon"]),
        conductivity_s_m=float(row["sigma"]),
        refractivity=float(row["N_0"]),
        climate=int(row["climate"]),
        variability=int(row["mdvar"]),
        time=float(row["time"]),
        location=float(row["location"]),
        situation=float(row["situation"]),
    )


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def profile_of(line: str) -> Profile:
    count, step, *heights = (float(value) for value in line.strip().split(",") if value)
    assert len(heights) == count + 1
    return Profile(heights, step)


def test_point_to_point_examples_to_a_tenth(real_data: Path) -> None:
    folder = real_data / "propagation-ntia-itm"
    rows = rows_of(folder / "p2p.csv")
    profiles = [
        profile_of(line) for line in (folder / "pfls.csv").read_text("utf-8").splitlines() if line.strip()
    ]
    assert len(rows) == len(profiles) == 5
    for row, profile in zip(rows, profiles, strict=True):
        assert itm_loss(profile, link_of(row)) == pytest.approx(float(row["A__db"]), abs=0.1)


def test_area_examples_to_a_tenth(real_data: Path) -> None:
    rows = rows_of(real_data / "propagation-ntia-itm" / "area.csv")
    assert len(rows) == 5
    for row in rows:
        siting: Any = (int(row["tx_siting_criteria"]), int(row["rx_siting_criteria"]))
        rough = Roughness(float(row["delta_h__meter"]), *siting)
        found = itm_area_loss(float(row["d__km"]) * 1000, rough, link_of(row))
        assert found.loss_db == pytest.approx(float(row["A__db"]), abs=0.1)


# The published print-out for one path: reliability (time) down, confidence (situations) across.
def test_table_of_one_path_to_a_tenth(real_data: Path) -> None:
    profile = profile_of((real_data / "propagation-ntia-itm" / "pfl.txt").read_text("utf-8"))
    printed = {10: (110.9, 117.2, 129.1), 65: (110.9, 117.4, 129.2), 90: (110.9, 117.5, 129.3)}
    for time, losses in printed.items():
        for situation, loss in zip((10, 60, 90), losses, strict=True):
            link = Link(15, 3, 3500, variability=1, time=time, situation=situation)
            assert itm_loss(profile, link) == pytest.approx(loss, abs=0.1)
    assert itm(profile, Link(15, 3, 3500, variability=1)).free_space_db == pytest.approx(114.5, abs=0.05)


# Published: 3 m and 3 m, 10 GHz, smooth ground, broadcast, reliability 90 %.
@pytest.mark.parametrize(
    ("km", "printed"),
    [
        (10, (147.0, 151.7, 155.9)),
        (20, (174.9, 179.2, 183.1)),
        (50, (215.8, 220.0, 223.8)),
        (100, (224.8, 229.0, 232.7)),
        (500, (260.0, 263.5, 266.6)),
        (1000, (295.6, 299.1, 302.2)),
    ],
)
def test_table_of_distances_to_a_tenth(km, printed) -> None:
    for situation, loss in zip((50, 75, 90), printed, strict=True):
        link = Link(3, 3, 10000, variability=3, time=90, situation=situation)
        assert itm_area_loss(km * 1000, Roughness(0), link).loss_db == pytest.approx(loss, abs=0.1)


def test_a_ridge_costs_and_a_taller_one_more() -> None:
    def ridge(height: float) -> Profile:
        return Profile([100.0 + (height if i == 50 else 0.0) for i in range(101)], 100.0)

    link = Link(30, 10, 900)
    flat, low, high = (itm_loss(one, link) for one in (FLAT, ridge(100), ridge(300)))
    assert flat < low < high


# The height under the receiver counts: raised by 40 m it sees the transmitter better.
def test_the_last_height_counts() -> None:
    raised = Profile([*FLAT.heights_m[:-1], 140.0], 100.0)
    assert itm_loss(raised, Link(30, 2, 900)) < itm_loss(FLAT, Link(30, 2, 900)) - 3


def test_short_paths_are_told() -> None:
    short = itm(Profile([10.0] * 6, 100.0), Link(30, 1.5, 900))
    assert short.caution == 4
    assert [(one.name, one.low) for one in short.findings] == [("distance_m", 1000.0)]
    assert itm(FLAT, Link(30, 10, 900)).findings == ()


@pytest.mark.parametrize(
    "profile",
    [
        Profile([1.0, 2.0], 10.0),
        Profile([], 10.0),
        Profile([1.0, 2.0, 3.0], 0.0),
        Profile([1.0, 2.0, 3.0], math.nan),
    ],
)
def test_profiles_that_are_none_are_refused(profile) -> None:
    with pytest.raises(Invalid) as caught:
        itm_loss(profile, Link(30, 10, 900))
    assert caught.value.faults[0].code == "propagation.profile"


def test_missing_heights_are_refused() -> None:
    with pytest.raises(Invalid) as caught:
        itm_loss(Profile([1.0, math.nan, 3.0, 4.0], 10.0), Link(30, 10, 900))
    assert caught.value.faults[0].code == "propagation.not_finite"


@pytest.mark.parametrize(
    "change",
    [
        {"h_tx_m": 0.4},
        {"h_rx_m": 3001.0},
        {"frequency_mhz": 19.0},
        {"frequency_mhz": 20001.0},
        {"refractivity": 249.0},
        {"climate": 8},
        {"time": 0.0},
        {"situation": 100.0},
        {"variability": 4},
        {"h_tx_m": math.nan},
    ],
)
def test_links_outside_the_model_are_refused(change) -> None:
    right = {"h_tx_m": 30.0, "h_rx_m": 10.0, "frequency_mhz": 900.0}
    with pytest.raises(Invalid) as caught:
        itm_loss(FLAT, Link(**{**right, **change}))
    assert [fault.field for fault in caught.value.faults] == list(change)


def test_more_profiles_than_the_budget_are_refused() -> None:
    link = Link(30, 10, 900)
    assert itm_losses([FLAT, FLAT], link, most=2) == [itm_loss(FLAT, link)] * 2
    with pytest.raises(Invalid) as caught:
        itm_losses([FLAT] * 3, link, most=2)
    assert caught.value.faults[0].value == 3


@given(
    st.lists(st.floats(-400, 6000), min_size=3, max_size=60),
    st.sampled_from([5.0, 30.0, 500.0]),
    st.sampled_from([0.5, 8.0, 60.0]),
    st.sampled_from([20.0, 900.0, 20000.0]),
)
@example([0, 0, 51, 0, 98], 5.0, 0.5, 20.0)
@example([936, 5426, 0, 2989, 0], 5.0, 60.0, 900.0)
def test_any_ground_gives_a_number(heights, step, h_tx, frequency) -> None:
    assert math.isfinite(itm_loss(Profile(heights, step), Link(h_tx, 1.5, frequency)))


def test_where_smooth_earth_has_no_value_the_edges_count() -> None:
    """Very steep ground, and sea water at 20 MHz: more loss than free space, and marked as outside the model."""
    for ground, conductivity in (([0, 0, 51, 0, 98], 0.005), ([0, 3578, 0], 5.0)):
        result = itm(Profile(ground, 5.0), Link(0.5, 1.5, 20, conductivity_s_m=conductivity))
        assert result.loss_db > result.free_space_db
        assert result.reference_db > 0
        assert result.caution == 4


def test_high_above_smooth_ground_it_is_near_free_space() -> None:
    found = itm(FLAT, Link(300, 300, 3500, variability=13))
    assert found.free_space_db == pytest.approx(float(free_space_loss(10000, 3500)), abs=0.01)
    assert found.loss_db == pytest.approx(found.free_space_db, abs=3)
