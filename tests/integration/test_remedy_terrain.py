"""Remedies over the ground: a ridge between a mast and a gap keeps most of the gain away, flat ground none of it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE
from infra_registry.cluster import Cluster
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import RemedyFilter
from infra_registry.coverage.remedies import terrain
from infra_registry.coverage.remedies.host_state import Remedies, Remedy
from infra_registry.coverage.remedies.site_search import find
from infra_registry.coverage.remedies.weighing import Offer
from infra_registry.db import Database
from infra_registry.reports.radio import remedy_sentences as sentences
from tests.conftest import cloned
from tests.integration import radio_town
from tests.integration.computed_town import Computed
from tests.integration.remedy_town import (
    NEAR,
    NORTH_EDGE,
    ONE_SET,
    SETS,
    SOUTH,
    WEST,
    Town,
    frame,
    situation,
)
from tests.integration.ridge_ground import load, ridge
from tests.origin import Origin

AROUND = (WEST - 0.03, SOUTH, WEST + 0.07, NORTH_EDGE + 0.02)


@pytest.fixture
def database(cluster: Cluster, remedy_origin: Origin) -> Iterator[Database]:
    with cloned(cluster, remedy_origin.template) as database:
        yield database


@pytest.fixture
def town(remedy_origin: Origin) -> Town:
    town: Town = remedy_origin.content
    return town


def city(database: Database, town: Town) -> str:
    with database.use_case(SERVICE) as connection:
        return str(connection.scalar(text("SELECT code FROM area WHERE id = :id"), {"id": town.area_id}))


def found(database: Database, town: Town, files: Path | None, **values: Any) -> Remedies:
    with database.use_case(town.towns.actors["regulator"]) as connection:
        return find(connection, situation(town, **({"parameters": ONE_SET} | values)), files)


def of(answer: Remedies, town: Town, name: str) -> Remedy:
    (one,) = [item for item in answer.remedies if item.asset_id == town.ids[name]]
    return one


def told(one: Remedy, key: str) -> list[int]:
    return [item["params"]["share"] for item in one.obstacles if item["key"] == key]


def test_without_heights_nothing_is_said_of_the_ground(
    database: Database, town: Town, tmp_path: Path
) -> None:
    answer = found(database, town, tmp_path)
    assert answer.facts["terrain"] is None
    assert answer == found(database, town, None)
    assert all("terrain" not in one.assumed for one in answer.remedies)


def test_flat_ground_keeps_nothing_away_and_a_ridge_most_of_what_lies_behind(
    database: Database, town: Town, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    plain = found(database, town, None)
    load(database, ridge(tmp_path / "flat.tif", AROUND, None), city(database, town), files, source="flat")
    flat = found(database, town, files)
    # The ridge stands just east of the western hall: what that hall would serve lies behind it.
    at = NEAR[0] - 0.003
    load(
        database,
        ridge(tmp_path / "ridge.tif", AROUND, at, height_m=400.0, half_deg=0.0008),
        city(database, town),
        files,
        source="ridge",
    )
    hilly = found(database, town, files)
    for answer in (flat, hilly):
        assert answer.facts["terrain"]["checked"] == len(answer.remedies)
        assert answer.facts["terrain"]["left"] == 0
        assert answer.facts["terrain"]["profiles"] <= radio().terrain_profiles
        assert [one.ordinal for one in answer.remedies] == [one.ordinal for one in plain.remedies]
        assert [one.people_gained for one in answer.remedies] == [one.people_gained for one in plain.remedies]
    for one in flat.remedies:
        assert one.assumed["terrain"]["within"] == 1.0
        assert not told(one, "terrain_blocks")
    west, east = of(hilly, town, "exclusive"), of(hilly, town, "refused")
    assert told(west, "terrain_blocks")[0] > 40
    assert west.assumed["terrain"]["within"] == pytest.approx(
        1 - told(west, "terrain_blocks")[0] / 100, abs=0.01
    )
    assert told(east, "terrain_blocks") == []
    assert east.assumed["terrain"]["within"] > 0.9
    assert hilly == found(database, town, files)


def test_the_reason_of_a_choice_says_what_the_ground_leaves_in_both_languages(
    database: Database, town: Town, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    at = NEAR[0] - 0.003
    load(database, ridge(tmp_path / "r.tif", AROUND, at, height_m=400.0), city(database, town), files)
    answer = found(database, town, files, parameters=SETS)
    reasons = [reason for one in answer.sets for reason in one.reasons]
    assert reasons
    assert any(reason["params"]["terrain"] < 90 for reason in reasons)
    for reason in reasons:
        share = reason["params"]["terrain"]
        assert 0 <= share <= 100
        assert f"over the terrain {share} % of it" in sentences.reason(reason, "en")
        assert f"其中{share}%达到所需电平" in sentences.reason(reason, "zh-Hans")


def test_heights_smaller_than_the_reach_are_told_as_unknown(
    database: Database, town: Town, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    half = (AROUND[0], AROUND[1], NEAR[0], AROUND[3])
    load(database, ridge(tmp_path / "half.tif", half, None), city(database, town), files)
    one = of(found(database, town, files), town, "open")
    assert told(one, "terrain_unknown")[0] == pytest.approx(50, abs=12)
    assert one.assumed["terrain"]["within"] == 1.0
    beside = (AROUND[0], AROUND[1], NEAR[0] - 0.02, AROUND[3])
    with database.use_case(SERVICE) as connection:
        connection.execute(text("DELETE FROM raster_source"))
    load(database, ridge(tmp_path / "beside.tif", beside, None), city(database, town), files)
    one = of(found(database, town, files), town, "open")
    assert one.assumed["terrain"]["within"] is None
    assert told(one, "terrain_unknown") == [100]


def test_the_public_edition_goes_without_heights(database: Database, town: Town, tmp_path: Path) -> None:
    files = tmp_path / "files"
    before = found(database, town, None, edition="public")
    load(database, ridge(tmp_path / "r.tif", AROUND, NEAR[0], height_m=400.0), city(database, town), files)
    assert found(database, town, files, edition="public") == before


def test_when_profiles_run_out_the_chosen_are_checked_first_and_the_rest_is_counted(
    database: Database, town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tmp_path / "files"
    load(database, ridge(tmp_path / "flat.tif", AROUND, None), city(database, town), files)
    few = replace(radio(), terrain_profiles=200)
    monkeypatch.setattr("infra_registry.coverage.remedies.site_search.radio", lambda: few)
    answer = found(database, town, files, parameters=SETS)
    facts = answer.facts["terrain"]
    assert (facts["most"], facts["profiles"] <= 200) == (200, True)
    assert facts["checked"] + facts["left"] == len(answer.remedies)
    assert facts["left"] > 0
    checked = {one.ordinal for one in answer.remedies if "terrain" in one.assumed}
    chosen = sorted({ordinal for one in answer.sets for ordinal in one.chosen})
    assert checked == set(chosen[: len(checked)]) or set(chosen) <= checked


def test_samples_stand_for_the_whole_gain(town: Town) -> None:
    asked = situation(town)
    cells = asked.gaps[0].cells.astype("int32")
    offer = Offer(0, "4g", cells, cells, None, 0.0)
    taken, weights = terrain.sampled(asked, offer, 48)
    assert len(taken) == 48
    assert weights.sum() == pytest.approx(float(asked.people.ravel()[cells].sum()))
    rows = taken // frame().cols
    assert rows.min() < rows.max()
    few, each = terrain.sampled(asked, replace(offer, cells=cells[:5]), 48)
    assert (len(few), set(each)) == (5, {4.0})


def test_a_run_tells_it_and_other_heights_make_another_run(computed: Computed, var: Path) -> None:
    database, town, first = computed.database, computed.town, computed.code
    half_w, half_h = radio_town.WIDE / 2 + 0.06, radio_town.HIGH / 2 + 0.06
    lon, lat = radio_town.LON, radio_town.LAT
    box = (lon - half_w, lat - half_h, lon + half_w, lat + half_h)
    place = ridge(var.parent / "ridge.tif", box, lon + 0.028, height_m=300.0)
    load(database, place, radio_town.CODE, var / "files")
    second, third = (radio_town.done(database, town.regulator) for _ in range(2))
    with database.use_case(town.regulator) as connection:
        runs = [result_store.radio_run(connection, code) for code in (first, second, third)]
        rows = result_store.remedies(connection, runs[1], "internal", RemedyFilter(), limit=1000)
    assert runs[0]["inputs_digest"] != runs[1]["inputs_digest"]
    assert runs[2]["same_as_id"] == runs[1]["id"]
    assert runs[0]["summary"]["internal"]["remedies"]["terrain"] is None
    facts = runs[1]["summary"]["internal"]["remedies"]["terrain"]
    assert facts["checked"] == len(rows) > 0
    assert any(one["key"] == "terrain_blocks" for row in rows for one in row["obstacles"])
    assert all("terrain" in row["assumed"] for row in rows)
    if runs[1]["summary"]["public"]["remedies"]:
        assert runs[1]["summary"]["public"]["remedies"]["terrain"] is None
