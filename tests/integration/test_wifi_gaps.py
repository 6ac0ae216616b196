"""Free-WiFi gaps against a database: what is counted, what is told to whom, and what may be published."""

import json
from dataclasses import dataclass
from pathlib import Path

import mapbox_vector_tile
import pytest
from click.testing import CliRunner
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, Point, box
from sqlalchemy import Connection, insert, text

from infra_registry.access import ANONYMOUS, SERVICE, Actor, Role, RoleGrant
from infra_registry.areas.tables import area, area_boundary, inhabited
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind, Status
from infra_registry.assets.register import register
from infra_registry.cli import coverage as cli
from infra_registry.config import today
from infra_registry.coverage import store, wifi
from infra_registry.coverage.follows import rests_on
from infra_registry.coverage.store import GapFilter
from infra_registry.coverage.wifi import Question
from infra_registry.db import Database
from infra_registry.errors import Conflict, Forbidden, Invalid, NotFound
from infra_registry.parties.tables import user_account

LON, LAT = 116.60, 35.40
STEP = 0.01  # about 900 m


@dataclass(frozen=True)
class City:
    """A city of two districts side by side, west and east of LON."""

    id: int
    west: int
    east: int
    regulator: Actor
    stranger: Actor


def add_area(
    connection: Connection,
    code: str,
    level: str,
    outline: tuple[float, ...],
    parent: int | None,
    rulebook: str | None,
) -> int:
    made: int = connection.scalars(
        insert(area)
        .values(scheme="zone", code=code, name=code, level=level, parent_id=parent, rulebook=rulebook)
        .returning(area.c.id)
    ).one()
    geom = from_shape(MultiPolygon([box(*outline)]), 4326)
    connection.execute(insert(area_boundary).values(area_id=made, geom=geom))
    return made


def make_city(connection: Connection, rulebook: str | None = "book") -> City:
    outline = (LON - 0.1, LAT - 0.1, LON + 0.1, LAT + 0.1)
    whole = add_area(connection, "C1", "city", outline, None, rulebook)
    west = add_area(connection, "C1W", "district", (outline[0], outline[1], LON, outline[3]), whole, None)
    east = add_area(connection, "C1E", "district", (LON, outline[1], outline[2], outline[3]), whole, None)
    other = add_area(connection, "C2", "city", (10, 10, 11, 11), None, None)
    actors = []
    for login, city in (("reg", whole), ("stranger", other)):
        user = connection.scalars(
            insert(user_account)
            .values(login=login, name=login, password_hash="-")
            .returning(user_account.c.id)
        ).one()
        actors.append(Actor(user_id=user, roles=frozenset({RoleGrant(Role.REGULATOR, city)})))
    return City(whole, west, east, *actors)


def venue(name: str, lon: float, lat: float = LAT, family: str = "hospital", **more: object) -> Draft:
    return Draft(Kind.PUBLIC_BUILDING, name, Point(lon, lat), fields={"venue": family}, **more)  # type: ignore[arg-type]


def zone(name: str, lon: float, lat: float = LAT, **fields: object) -> Draft:
    return Draft(Kind.WIFI_ZONE, name, Point(lon, lat), fields={"free": True, **fields})


def people(connection: Connection, city: City, count: int, lon: float, lat: float = LAT) -> None:
    connection.execute(
        insert(inhabited).values(area_id=city.id, people=count, geom=from_shape(Point(lon, lat), 4326))
    )


@pytest.fixture
def city(database: Database) -> City:
    """Two served venues and one not; forty people without, one hundred with, three alone."""
    with database.use_case(SERVICE) as connection:
        made = make_city(connection)
        register(
            connection,
            [
                venue("near", LON - STEP),
                venue("reached", LON + STEP, family="university"),
                venue("far", LON + 5 * STEP),
                venue("not asked about", LON + 5 * STEP, family="park"),
                venue("planned", LON + 5 * STEP, status=Status.PLANNED),
                zone("W1", LON - STEP),
                zone("W2", LON + STEP + 0.005, reach_m=600),
                zone("paid", LON + 5 * STEP, free=False),
                zone("unstated", LON + 5 * STEP, free=None),
                Draft(Kind.WIFI_ZONE, "idle", Point(LON + 5 * STEP, LAT), Status.IDLE, fields={"free": True}),
            ],
        )
        people(connection, made, 100, LON - STEP, LAT + 0.001)
        people(connection, made, 40, LON + 5 * STEP)
        people(connection, made, 3, LON - 5 * STEP)
        people(connection, made, 999, LON + 5)
    return made


def ask(database: Database, who: Actor, **more: object) -> str:
    with database.use_case(who) as connection:
        return wifi.run(connection, who, Question("C1", **more))  # type: ignore[arg-type]


def gaps(
    database: Database, who: Actor, code: str, wanted: GapFilter | None = None
) -> list[tuple[object, ...]]:
    with database.use_case(who) as connection:
        run = store.run(connection, code)
        rows = store.gaps(connection, run["id"], wanted or GapFilter())
        assert store.count(connection, run["id"], wanted or GapFilter()) == len(rows)
        return [(row["gap_kind"], row["asset_name"], row["people"], row["district"]) for row in rows]


def test_counts_by_district_and_family(database: Database, city: City) -> None:
    code = ask(database, city.regulator)
    with database.use_case(city.regulator) as connection:
        summary = store.run(connection, code)["summary"]
    assert summary["total"] == {
        "venues": 3,
        "venues_without": 1,
        "inhabited": 3,
        "inhabited_without": 2,
        "people": 143,
        "people_without": 43,
    }
    by_code = {row["code"]: row for row in summary["districts"]}
    assert (by_code["C1W"]["venues"], by_code["C1W"]["venues_without"], by_code["C1W"]["people_without"]) == (
        1,
        0,
        3,
    )
    assert (by_code["C1E"]["venues"], by_code["C1E"]["venues_without"], by_code["C1E"]["people_without"]) == (
        2,
        1,
        40,
    )
    families = {row["family"]: (row["venues"], row["venues_without"]) for row in summary["families"]}
    assert families["hospital"] == (2, 1)
    assert families["university"] == (1, 0)
    assert (summary["zones_in_area"], summary["zones_used"], summary["zones_not_stated"]) == (4, 2, 1)
    assert (summary["zones_assumed_reach"], summary["rulebook"]) == (1, "book")


def test_gaps_are_listed_filtered_and_told_at_the_readers_level(database: Database, city: City) -> None:
    code = ask(database, city.regulator)
    expected = [("inhabited", None, 40, "C1E"), ("inhabited", None, 3, "C1W"), ("venue", "far", None, "C1E")]
    assert gaps(database, city.regulator, code) == expected
    assert gaps(database, city.regulator, code, GapFilter(kind="venue")) == expected[2:]
    assert gaps(database, city.regulator, code, GapFilter(family="university")) == []
    assert gaps(database, city.regulator, code, GapFilter(district="C1W")) == expected[1:2]
    with pytest.raises(NotFound):
        gaps(database, ANONYMOUS, code)
    with database.use_case(city.regulator) as connection:
        wifi.publish(connection, city.regulator, code, public=True)
    few_are_not_told = ("inhabited", None, None, "C1W")
    assert gaps(database, ANONYMOUS, code) == [expected[0], few_are_not_told, expected[2]]
    with database.use_case(city.regulator) as connection:
        wifi.publish(connection, city.regulator, code, public=False)
    with pytest.raises(NotFound):
        gaps(database, ANONYMOUS, code)


def test_equal_inputs_give_equal_answers(database: Database, city: City) -> None:
    first, second = ask(database, city.regulator), ask(database, SERVICE)
    with database.use_case(SERVICE) as connection:
        one, two = store.run(connection, first), store.run(connection, second)
        assert one["inputs_digest"] == two["inputs_digest"]
        assert one["summary"] == two["summary"]
        wifi.compute(connection, first)  # a job that is run again leaves one set
        assert store.count(connection, one["id"], GapFilter()) == 3
    changed = ask(database, city.regulator, reach_m=1500)
    with database.use_case(SERVICE) as connection:
        assert store.run(connection, changed)["inputs_digest"] != one["inputs_digest"]


def test_a_city_without_a_zone_says_so(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        city = make_city(connection, rulebook=None)
        register(connection, [venue("A", LON), venue("B", LON + STEP)])
    code = ask(database, city.regulator)
    with database.use_case(city.regulator) as connection:
        run = store.run(connection, code)
        rows = store.gaps(connection, run["id"], GapFilter())
    summary = run["summary"]
    assert (summary["zones_in_area"], summary["rulebook"]) == (0, None)
    assert (summary["total"]["venues"], summary["total"]["venues_without"]) == (2, 2)
    assert [row["nearest_m"] for row in rows] == [None, None]


def test_only_a_regulator_of_the_city_may_run(database: Database, city: City) -> None:
    nobody = Actor(user_id=city.regulator.user_id, party_id=0)
    for who in (ANONYMOUS, city.stranger, nobody):
        with pytest.raises(Forbidden):
            ask(database, who)
    code = ask(database, city.regulator)
    with pytest.raises(NotFound):
        gaps(database, city.stranger, code)
    with database.use_case(city.stranger) as connection, pytest.raises(NotFound):
        wifi.publish(connection, city.stranger, code, public=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reach_m": 0.5},
        {"reach_m": 1e9},
        {"reach_m": float("nan")},
        {"families": ["casino"]},
        {"families": []},
    ],
)
def test_a_question_out_of_bounds_is_refused(
    database: Database, city: City, wrong: dict[str, object]
) -> None:
    with pytest.raises(Invalid):
        ask(database, city.regulator, **wrong)
    with database.use_case(SERVICE) as connection:
        assert store.runs(connection) == []


def test_an_area_must_exist_and_have_a_boundary(database: Database, city: City) -> None:
    with database.use_case(SERVICE) as connection, pytest.raises(NotFound):
        wifi.run(connection, SERVICE, Question("nowhere"))
    with database.use_case(SERVICE) as connection:
        connection.execute(text("DELETE FROM area_boundary WHERE area_id = :id"), {"id": city.id})
        with pytest.raises(Conflict):
            wifi.run(connection, SERVICE, Question("C1"))


def test_what_is_not_public_is_left_out_and_counted(database: Database, city: City) -> None:
    hidden = venue(
        "hidden", LON + 6 * STEP, access_class="P4", withheld_reason="guarded", withheld_review_on=today()
    )
    secret = zone("secret", LON + 5 * STEP)
    with database.use_case(SERVICE) as connection:
        register(connection, [hidden, secret])
        connection.execute(text("UPDATE asset SET access_class = 'P3' WHERE name = 'secret'"))
    code = ask(database, city.regulator)
    with database.use_case(city.regulator) as connection:
        summary = store.run(connection, code)["summary"]
        wifi.publish(connection, city.regulator, code, public=True)
    assert summary["left_out"] == 2
    with database.use_case(ANONYMOUS) as connection:
        run = store.run(connection, code)
    assert run["summary"]["left_out"] is None
    assert (run["summary"]["zones_in_area"], run["summary"]["zones_not_stated"]) == (4, 1)
    assert ("coverage.rests.left_out_few", {}) in rests_on(run)
    assert summary["total"]["venues"] == 3
    assert [row[1] for row in gaps(database, city.regulator, code, GapFilter(kind="venue"))] == ["far"]


def test_a_venue_withheld_later_leaves_the_published_run(database: Database, city: City) -> None:
    code = ask(database, city.regulator)
    with database.use_case(city.regulator) as connection:
        wifi.publish(connection, city.regulator, code, public=True)
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text("""UPDATE asset SET access_class = 'P4', withheld_reason = 'x', withheld_review_on = '2030-01-01'
                    WHERE name = 'far'""")
        )
    assert all(row[0] == "inhabited" for row in gaps(database, ANONYMOUS, code))
    assert all(row[0] == "inhabited" for row in gaps(database, city.stranger, code))
    assert any(row[1] == "far" for row in gaps(database, city.regulator, code))


def test_tiles_show_what_the_list_shows(database: Database, city: City) -> None:
    code = ask(database, city.regulator)
    z, x, y = 10, 843, 404
    with database.use_case(city.regulator) as connection:
        decoded = mapbox_vector_tile.decode(store.tile(connection, code, z, x, y))
    shown = [feature["properties"] for feature in decoded["gaps"]["features"]]
    assert {item["ordinal"] for item in shown} <= {1, 2, 3}
    with database.use_case(ANONYMOUS) as connection:
        assert store.tile(connection, code, z, x, y) == b""


def test_commands_run_show_and_export(
    database: Database, city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "open_database", lambda: database)
    run = CliRunner().invoke(cli.coverage, ["run", "wifi", "--area", "C1", "--reach-m", "200", "--json"])
    assert run.exit_code == 0, run.output
    told = json.loads(run.output)
    assert told["summary"]["total"]["venues_without"] == 1
    shown = CliRunner().invoke(cli.coverage, ["show", told["code"]])
    assert "far" in shown.output
    listed = json.loads(CliRunner().invoke(cli.coverage, ["show", "--json"]).output)
    assert [row["code"] for row in listed] == [told["code"]]
    for suffix, mark in (("csv", "far"), ("geojson", '"FeatureCollection"'), ("html", "<!DOCTYPE html>")):
        target = tmp_path / f"gaps.{suffix}"
        done = CliRunner().invoke(cli.coverage, ["export", told["code"], "--to", str(target)])
        assert done.exit_code == 0, done.output
        assert mark in target.read_text("utf-8")
    wrong = CliRunner().invoke(cli.coverage, ["export", told["code"], "--to", str(tmp_path / "gaps.exe")])
    assert isinstance(wrong.exception, Invalid)
    nowhere = CliRunner().invoke(cli.coverage, ["run", "wifi", "--area", "nowhere"])
    assert isinstance(nowhere.exception, NotFound)
