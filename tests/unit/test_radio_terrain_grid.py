"""The engine of the terrain model: levels by hand on flat ground, ties, tiles, profiles counted, unknown ground."""

import io
import math
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.grids.stations import stations_of
from infra_registry.coverage.grids.work import Group, Work
from infra_registry.coverage.propagation.antenna import Pattern, attenuation
from infra_registry.coverage.propagation.terrain import Link, Profile, itm_loss
from infra_registry.coverage.radio.terrain_grid import Over, TerrainEngine, check_ground, profiles
from infra_registry.errors import Invalid
from infra_registry.files import Folder, keep
from tests.integration.ridge_ground import BASE_M, ridge

FRAME = Frame(32631, 100, 5000, -48300, 40, 30)  # x 500–504 km, y 4827–4830 km: near 3° E, 43.6° N
NAME = ("east", "4g")


@dataclass(frozen=True)
class Mast:
    """A transmitter as stations are made of."""

    key: int
    x_m: float = 501_050.0
    y_m: float = 4_828_450.0
    height_m: float = 30.0
    frequency_mhz: float = 1800.0
    eirp_dbm: float = 32.0
    azimuth_deg: float = math.nan
    tilt_deg: float = 0.0
    beam_deg: float = 65.0
    vertical_deg: float = 65.0
    scenario: str = "uma"


def work(*masts: Mast, reach_m: float = 2000.0, tile: int = 256) -> Work:
    return Work(FRAME, (Group(*NAME, stations_of(masts, reach_m)),), tile=tile)


def over(folder: Path, *, width: float = 0.1, most: int = 20_000) -> Over:
    place = ridge(folder / "flat.tif", (2.98, 43.55, 2.98 + width, 43.65), None)
    content = io.BytesIO(place.read_bytes())
    digest = keep(folder, Folder.RASTERS, content, name="flat.tif", cap=1 << 24).digest
    raster = SimpleNamespace(digest=digest, code="R")
    return Over((raster,), folder, np.ones(FRAME.shape, bool), 30.0, most)


def whole(engine: TerrainEngine, asked: Work) -> tuple[np.ndarray, np.ndarray]:
    level = np.full(FRAME.shape, -np.inf, np.float32)
    best = np.full(FRAME.shape, -1, np.int32)
    for result in engine.run(asked, lambda _, __: None):
        level[result.tile.window], best[result.tile.window] = result.of(*NAME)
    return level, best


def test_a_level_is_power_less_terrain_loss_less_antenna(tmp_path: Path) -> None:
    mast = Mast(7, azimuth_deg=90.0, tilt_deg=4.0)
    level, best = whole(TerrainEngine(over(tmp_path)), work(mast))
    row, col = 12, 20
    x, y = FRAME.centres()
    east, north = x[col] - mast.x_m, y[row] - mast.y_m
    distance = math.hypot(east, north)
    steps = math.ceil(distance / 30.0)
    loss = itm_loss(Profile([BASE_M] * (steps + 1), distance / steps), Link(30.0, 1.5, 1800.0))
    bearing, below = math.degrees(math.atan2(east, north)), math.degrees(math.atan2(28.5, distance))
    away = float(attenuation(Pattern(90.0, 4.0), bearing, below))
    assert level[row, col] == pytest.approx(32.0 - loss - away, abs=1e-3)
    assert best[row, col] == 7
    assert level[row, 0] < level[row, col] - 10  # behind the antenna
    far = np.hypot(x[None, :] - mast.x_m, y[:, None] - mast.y_m) > 2000.0
    assert np.isneginf(level[far]).all()
    assert np.isfinite(level[~far]).all()
    assert profiles(work(mast), np.ones(FRAME.shape, bool)) == (~far).sum()


def test_the_stronger_wins_and_on_a_tie_the_lowest_key(tmp_path: Path) -> None:
    engine = TerrainEngine(over(tmp_path))
    level, best = whole(engine, work(Mast(5), Mast(3), Mast(4)))
    assert set(np.unique(best[np.isfinite(level)])) == {3}
    stronger, chosen = whole(engine, work(Mast(3), Mast(4, eirp_dbm=33.0)))
    assert set(np.unique(chosen[np.isfinite(stronger)])) == {4}
    both, _ = whole(engine, work(Mast(3), Mast(4, x_m=503_050.0)))
    assert (both >= level).all()


def test_places_shared_share_their_profiles_and_tiles_change_nothing(tmp_path: Path) -> None:
    inside = np.ones(FRAME.shape, bool)
    one = profiles(work(Mast(1)), inside)
    assert profiles(work(Mast(1), Mast(2, azimuth_deg=120.0)), inside) == one
    assert profiles(work(Mast(1), Mast(2, height_m=20.0)), inside) == 2 * one
    half = inside.copy()
    half[:, 20:] = False
    assert 0 < profiles(work(Mast(1)), half) < one
    engine = TerrainEngine(over(tmp_path))
    masts = (Mast(1, azimuth_deg=10.0), Mast(2, x_m=503_000.0))
    for first, second in zip(whole(engine, work(*masts)), whole(engine, work(*masts, tile=7)), strict=True):
        assert first.tobytes() == second.tobytes()


def test_beyond_the_budget_or_the_ground_nothing_is_filled(tmp_path: Path) -> None:
    known = over(tmp_path)
    count = profiles(work(Mast(1)), known.inside)
    with pytest.raises(Invalid) as caught:
        whole(TerrainEngine(replace(known, most=count - 1)), work(Mast(1)))
    fault = caught.value.faults[0]
    assert (fault.code, fault.value, fault.expected) == ("radio.itm_grid", f"{count:,}", f"{count - 1:,}")
    whole(TerrainEngine(replace(known, most=count)), work(Mast(1)))
    small = over(tmp_path, width=0.03)
    for attempt in (
        lambda: whole(TerrainEngine(small), work(Mast(1))),
        lambda: check_ground(small, work(Mast(1))),
    ):
        with pytest.raises(Invalid) as caught:
            attempt()
        assert caught.value.faults[0].code == "radio.itm_ground"
    check_ground(known, work(Mast(1)))
    with pytest.raises(Invalid) as caught:
        check_ground(replace(known, rasters=()), work(Mast(1)))
    assert caught.value.faults[0].code == "radio.itm_no_terrain"
