"""Who reads what of a radio run: editions, rasters, tiles, before and after it was made public."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE, Actor
from infra_registry.cluster import Cluster
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result import tile_store as result_tile_store
from infra_registry.coverage.radio.result.store import RadioGapFilter, RemedyFilter
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs import store as run_store
from infra_registry.db import Database
from infra_registry.errors import Conflict, Forbidden, NotFound
from tests.integration.computed_town import Computed, copy_of
from tests.integration.radio_town import (
    LAT,
    LON,
    STATIONS,
    Station,
    Town,
    done,
    gap_shapes,
    make_town,
)

HIDDEN = Station("H", LON + 0.02, LAT + 0.01, "west", access_class="P4")
TILE = (10, 843, 404)


@pytest.fixture
def town(database: Database, var: Path) -> Town:
    return make_town(database, (*STATIONS, HIDDEN))


def town_with_hidden(database: Database) -> tuple[Town, str]:
    """The city with a withheld station, and a run of it."""
    town = make_town(database, (*STATIONS, HIDDEN))
    return town, done(database, town.regulator)


@pytest.fixture
def computed(cluster: Cluster, template: str, var: Path) -> Iterator[Computed]:
    with copy_of(cluster, template, var, town_with_hidden) as register:
        yield register


def everything(database: Database, who: Actor, code: str, edition: str) -> dict[str, Any]:
    """All that a reader gets of an edition by asking for it."""
    with database.use_case(who) as connection:
        run = result_store.radio_run(connection, code)
        layers = result_store.layers(connection, run, edition)
        tiles = [result_tile_store.class_tile(connection, run, row["id"], TILE) for row in layers]
        return {
            "layers": layers,
            "gaps": result_store.gaps(connection, run, edition, RadioGapFilter(), limit=1000),
            "counted": result_store.count_gaps(connection, run, edition, RadioGapFilter()),
            "remedies": result_store.remedies(connection, run, edition, RemedyFilter(), limit=1000),
            "counted_remedies": result_store.count_remedies(connection, run, edition, RemedyFilter()),
            "sets": result_store.sets(connection, run, edition),
            "gap_tile": result_tile_store.gap_tile(connection, run, edition, TILE),
            "remedy_tile": result_tile_store.remedy_tile(connection, run, edition, TILE),
            "class_tiles": tiles,
        }


def test_nobody_else_knows_of_a_run_before_it_is_public(database: Database, town: Town) -> None:
    code = done(database, town.regulator, remedies=False)
    for who in (ANONYMOUS, town.stranger):
        with database.use_case(who) as connection, pytest.raises(NotFound):
            result_store.radio_run(connection, code)
    with database.use_case(ANONYMOUS) as connection:
        assert run_store.runs(connection) == []
        for table in ("radio_layer", "radio_class", "radio_gap", "remedy", "remedy_set"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_the_public_reads_the_public_edition_alone(computed: Computed) -> None:
    database, town, code = computed.database, computed.town, computed.code
    with database.use_case(town.regulator) as connection:
        life.publish(connection, town.regulator, code, public=True)
    for who in (ANONYMOUS, town.stranger):
        inside = everything(database, who, code, "internal")
        assert not any(inside[name] for name in inside if name != "class_tiles")
        open_ = everything(database, who, code, "public")
        assert open_["layers"]
        assert open_["gaps"]
        assert all(row["raster_digest"] is None for row in open_["layers"])
        with database.use_case(who) as connection:
            run = result_store.radio_run(connection, code)
            assert set(run["summary"]) == {"public"}
            assert run["inputs_digest"] is None
            assert result_store.edition_of(run, "internal") == "public"
            assert connection.scalar(text("SELECT count(*) FROM radio_layer WHERE edition = 'internal'")) == 0
            assert connection.scalar(text("SELECT count(raster_digest) FROM radio_layer")) == 0
        told = json.dumps([run["summary"], run["parameters"], open_["layers"], open_["gaps"]], default=str)
        assert not any(word in told for word in ("level_dbm", "best", "stations_list", "agreement"))
        assert run["summary"]["public"]["left_out"] == {"withheld": None, "elsewhere": 0}
    whole = everything(database, town.regulator, code, "internal")
    assert all(row["raster_digest"] for row in whole["layers"])
    assert everything(database, town.regulator, code, "public")["gaps"] == open_["gaps"]
    with database.use_case(town.regulator) as connection:
        life.publish(connection, town.regulator, code, public=False)
    with database.use_case(ANONYMOUS) as connection, pytest.raises(NotFound):
        result_store.radio_run(connection, code)


def test_tiles_hold_classes_gaps_and_remedies(computed: Computed) -> None:
    database, town, code = computed.database, computed.town, computed.code
    found = everything(database, town.regulator, code, "public")
    with database.use_case(town.regulator) as connection:
        run = result_store.radio_run(connection, code)
        layer = result_store.layer(connection, run, "public", "any", "4g")
        cells = connection.scalar(
            text("SELECT count(*) FROM radio_class WHERE layer_id = :layer"), {"layer": layer["id"]}
        )
        shown = mapbox_vector_tile.decode(result_tile_store.class_tile(connection, run, layer["id"], TILE))
        wide = mapbox_vector_tile.decode(
            result_tile_store.class_tile(connection, run, layer["id"], (5, 26, 12))
        )
        near = mapbox_vector_tile.decode(
            result_tile_store.class_tile(connection, run, layer["id"], (17, 107994, 51751))
        )
        inside = result_store.layers(connection, run, "internal")[0]
        assert result_tile_store.class_tile(connection, run, inside["id"], TILE) == b""
    features = shown["classes"]["features"]
    assert len(features) == cells
    assert {item["properties"]["class"] for item in features} <= set(range(6))
    assert len(wide["classes"]["features"]) < cells
    assert len(near["classes"]["features"]) == 1
    gaps = mapbox_vector_tile.decode(found["gap_tile"])["gaps"]["features"]
    assert {item["properties"]["ordinal"] for item in gaps} == {gap["ordinal"] for gap in found["gaps"]}
    remedies = mapbox_vector_tile.decode(found["remedy_tile"])["remedies"]["features"]
    assert {item["properties"]["kind"] for item in remedies} == {"host", "new_site"}


def test_only_a_run_with_results_of_its_own_is_published(database: Database, town: Town) -> None:
    first = done(database, town.regulator, remedies=False)
    second = done(database, town.regulator, remedies=False)
    with database.use_case(town.regulator) as connection, pytest.raises(Conflict) as refused:
        life.publish(connection, town.regulator, second, public=True)
    assert refused.value.params["run"] == first
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE coverage_run SET public = true WHERE code = :code"), {"code": first})
    with database.use_case(town.stranger) as connection, pytest.raises(Forbidden):
        life.publish(connection, town.stranger, first, public=False)


def test_filters_sort_and_pages(computed: Computed) -> None:
    database, town, code = computed.database, computed.town, computed.code
    with database.use_case(town.regulator) as connection:
        run = result_store.radio_run(connection, code)
        every = result_store.gaps(connection, run, "internal", RadioGapFilter(sort="ordinal"), limit=1000)
        pages = [
            row
            for page in range(1, len(every) // 4 + 2)
            for row in result_store.gaps(
                connection, run, "internal", RadioGapFilter(sort="ordinal", page=page), limit=4
            )
        ]
        west = result_store.gaps(connection, run, "internal", RadioGapFilter(district="T1W"), limit=1000)
        one = result_store.gaps(
            connection, run, "internal", RadioGapFilter(operator="any", technology="5g"), limit=1000
        )
        shapes = gap_shapes(connection, run["code"], "internal")
        first = result_store.remedies(connection, run, "internal", RemedyFilter(gap=one[0]["ordinal"]))
    assert pages == every
    assert {gap["district"] for gap in west} == {"T1W"}
    assert {(gap["operator"], gap["technology"]) for gap in one} == {("any", "5g")}
    assert set(shapes) == {gap["ordinal"] for gap in every}
    assert first
    assert all(any(part["ordinal"] == one[0]["ordinal"] for part in row["gaps"]) for row in first)
