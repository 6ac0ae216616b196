"""Tiles of openings and duties: the list's filters, the reader's level, numbers where places would be too many."""

from collections import Counter

import mapbox_vector_tile
import pytest

from infra_registry.access import ANONYMOUS, SERVICE, Actor
from infra_registry.db import Database
from infra_registry.duties.answers import ledger, opening
from infra_registry.duties.answers.ledger_query import Query
from infra_registry.duties.answers.opening_checks import Act
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging.current_store import DutyFilter
from infra_registry.publish import state_tiles
from infra_registry.publish.spatial import tile as tile_of
from infra_registry.publish.state_tiles import Source
from infra_registry.publish.tiles import Tile
from tests.integration.law_towns import SOUTH, TOWNS, Towns, building, settle
from tests.integration.rebuilding import rebuild


@pytest.fixture
def towns(database: Database) -> Towns:
    """Six halls in Yingtan, two of them open and one asked for, and three the public is not shown."""
    with database.use_case(SERVICE) as connection:
        made = settle(connection)
        halls = [building(connection, made, "yingtan", n) for n in range(6)]
        for n in range(3):
            building(connection, made, "yingtan", 20 + n, access_class="P0")
        rebuild(connection, law(connection))
    for who, acts in (
        ("holder", [Act(code, "opened") for code in halls[:2]]),
        ("carrier", [Act(halls[2], "asked", wanted="屋顶一处")]),
    ):
        with database.use_case(made.actors[who]) as connection:
            opening.record(connection, law(connection), made.actors[who], acts)
    return made


def at(zoom: int) -> Tile:
    x, y = tile_of(TOWNS["yingtan"][1] + 0.06, SOUTH + 0.051, zoom)
    return Tile(zoom, x, y)


def drawn(
    database: Database, actor: Actor, source: Source, zoom: int = 8
) -> dict[str, list[dict[str, object]]]:
    with database.use_case(actor) as connection:
        made = state_tiles.tile(connection, actor, at(zoom), source)
    found = mapbox_vector_tile.decode(made) if made else {}
    return {name: [one["properties"] for one in layer["features"]] for name, layer in found.items()}


def test_every_reader_finds_the_rows_of_his_list(database: Database, towns: Towns) -> None:
    for actor in (ANONYMOUS, towns.actors["carrier"], towns.actors["regulator"], towns.actors["holder"]):
        found = drawn(database, actor, state_tiles.openings(Query()))["openings"]
        with database.use_case(actor) as connection:
            rows = {row.code: row.state for row in ledger.rows(connection, Query(city="360600"))}
        assert {one["code"]: one["state"] for one in found} == rows
        assert [one["code"] for one in found] == sorted(rows)  # not as they were registered
    states = Counter(
        one["state"] for one in drawn(database, ANONYMOUS, state_tiles.openings(Query()))["openings"]
    )
    assert states == {"open": 2, "asked": 1, "not_asked": 3}


def test_the_filters_of_the_list_hold_for_the_map(database: Database, towns: Towns) -> None:
    only = drawn(database, ANONYMOUS, state_tiles.openings(Query(state=("open",))))["openings"]
    assert [one["state"] for one in only] == ["open", "open"]
    assert drawn(database, ANONYMOUS, state_tiles.openings(Query(city="640100"))) == {}
    assert drawn(database, ANONYMOUS, state_tiles.duties(DutyFilter(book=("yinchuan",)))) == {}


def test_far_out_numbers_add_up_to_what_is_seen(database: Database, towns: Towns) -> None:
    for actor, total in ((ANONYMOUS, 6), (towns.actors["regulator"], 9)):
        layers = drawn(database, actor, state_tiles.openings(Query()), zoom=4)
        assert set(layers) == {"openings_counts"}
        assert sum(int(str(one["n"])) for one in layers["openings_counts"]) == total


def test_too_many_places_in_a_tile_become_numbers(
    database: Database, towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_tiles, "MOST", 5)
    assert set(drawn(database, ANONYMOUS, state_tiles.openings(Query()))) == {"openings_counts"}


def test_a_place_shows_the_duty_that_needs_attention_most(database: Database, towns: Towns) -> None:
    found = drawn(database, ANONYMOUS, state_tiles.duties(DutyFilter(city="360600")))["duties"]
    assert len(found) == 6
    assert {one["state"] for one in found} <= set(state_tiles.WORST_FIRST)
    kept = drawn(database, ANONYMOUS, state_tiles.duties(DutyFilter(city="360600", kept=("kept",))))
    assert {one["state"] for one in kept.get("duties", [])} <= {"kept"}


def test_a_tile_is_new_when_a_state_or_a_place_changes(database: Database, towns: Towns) -> None:
    def version(layer: str) -> str:
        with database.use_case(ANONYMOUS) as connection:
            return state_tiles.look(connection, ANONYMOUS, layer).version

    openings, duties = version("openings"), version("duties")
    assert (version("openings"), version("duties")) == (openings, duties)
    holder = towns.actors["holder"]
    with database.use_case(holder) as connection:
        (row,) = list(ledger.rows(connection, Query(city="360600", state=("asked",))))
        opening.record(connection, law(connection), holder, [Act(row.code, "opened")])
    assert version("openings") != openings
    with database.use_case(SERVICE) as connection:
        building(connection, towns, "yingtan", 40)
        rebuild(connection, law(connection))
    assert version("duties") != duties


def test_the_box_of_the_list_holds_what_is_seen_and_nothing_else(database: Database, towns: Towns) -> None:
    with database.use_case(ANONYMOUS) as connection:
        box = state_tiles.extent(connection, state_tiles.openings(Query(city="360600")))
        assert state_tiles.extent(connection, state_tiles.openings(Query(city="510100"))) is None
    assert box is not None
    west = TOWNS["yingtan"][1] + 0.05
    assert (round(box.west - west, 6), round(box.east - west, 6)) == (
        0,
        0.015,
    )  # the hidden ones lie further east
