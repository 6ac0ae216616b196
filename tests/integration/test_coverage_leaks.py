"""What may be taken together of published runs, and what a run does when the ground moves under it.

Differences of runs tell no small number of people and nothing of stations that are not the regulator's to publish;
what was withdrawn after a run goes from what was published; a changed input is a changed digest; a fault on the way
leaves no half result.
"""

import errno
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geoalchemy2.shape import from_shape
from shapely.geometry import Point
from sqlalchemy import Connection, insert, text

from infra_registry import config, jobs
from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.areas import ground_store
from infra_registry.areas.tables import inhabited
from infra_registry.coverage.radio import inputs, rasters
from infra_registry.coverage.radio.limits import limits
from infra_registry.coverage.radio.question import Question
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import RadioGapFilter, RemedyFilter
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs import life, published
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.runs.life import Bench
from infra_registry.db import Database
from infra_registry.errors import Conflict
from tests.integration.quiet_runs import silent
from tests.integration.radio_town import (
    CODE,
    LAT,
    LON,
    Station,
    Town,
    add_stations,
    ask,
    done,
    make_town,
)

TABLES = ("radio_layer", "radio_class", "radio_gap", "remedy", "remedy_gap", "remedy_set")
BLURRED = Station("blurred", LON - 0.03, LAT, "east", ({"technology": "4g"},))


def public(database: Database, town: Town, code: str) -> dict[str, Any]:
    """Open a run and read it as anybody."""
    with database.use_case(town.regulator) as connection:
        life.publish(connection, town.regulator, code, public=True)
    with database.use_case(ANONYMOUS) as connection:
        run = result_store.radio_run(connection, code)
        layers = result_store.layers(connection, run, "public")
        return {
            "run": run,
            "layers": {(row["operator"], row["technology"]): row for row in layers},
            "gaps": result_store.gaps(connection, run, "public", RadioGapFilter(), limit=1000),
            "remedies": result_store.remedies(connection, run, "public", RemedyFilter(), limit=1000),
            "classes": connection.execute(
                text("""SELECT l.operator, l.technology, c.x, c.y, c.signal_class FROM radio_class c
                  JOIN radio_layer l ON l.id = c.layer_id WHERE l.run_id = :run ORDER BY 1, 2, 3, 4"""),
                {"run": run["id"]},
            ).all(),
        }


def digest(connection: Connection, town: Town, **more: Any) -> str:
    """The digest a run would have now."""
    coarse: dict[str, Any] = {"step_m": 200, "budgets": (1,), "targets": ()}
    asked = Question(CODE, **(coarse | more)).filled()
    area = ground_store.area_with(connection, town.id)
    return inputs.read(connection, asked, ground_store.on_day(connection, area, date(2026, 11, 22))).digest


def told(found: dict[str, Any]) -> list[float]:
    """Every number of people the public edition of a run tells of a place."""
    rows = [row["stats"] for row in found["layers"].values()]
    rows += [part for stats in rows for part in stats["districts"]]
    people = [value for stats in rows for value in stats["people"]]
    return people + [row["people"] for row in found["gaps"] if row["people"] is not None]


def test_no_difference_of_two_published_runs_tells_of_a_few_people(database: Database, var: Path) -> None:
    town = make_town(database, (BLURRED,), people=False)
    x, y = (int(part[0]) for part in published.quad_of(np.array([LON]), np.array([LAT - 0.01])))
    lon, lat = published.middle_of(x, y)
    with database.use_case(SERVICE) as connection:
        for east, people in (
            (-0.0015, 9),
            (0.0015, 3),
        ):  # one published cell on both sides of the district's edge
            place = from_shape(Point(LON + east, lat), 4326)
            connection.execute(insert(inhabited).values(area_id=town.id, people=people, geom=place))
    assert abs(lon - LON) < 0.0055, "both stand in the cell the border runs through"
    city = public(database, town, done(database, town.regulator, remedies=False))
    fine = public(database, town, done(database, town.regulator, remedies=False, step_m=50))
    parts = []
    for code in ("T1W", "T1E"):
        asked = Question(code, step_m=100, remedies=False)
        with database.use_case(town.regulator) as connection:
            run = life.begin(connection, town.regulator, RADIO, asked)
        life.compute(RADIO, Bench(database, town.regulator, silent), run)
        parts.append(public(database, town, run))
    few = limits().few
    runs = [set(told(found)) | {0.0} for found in (city, fine, *parts)]
    assert max(runs[0]) >= few, "somebody is told of"
    for one, other in product(runs, runs):
        gaps = {abs(a - b) for a in one for b in other}
        assert all(gap == 0 or gap >= few for gap in gaps), gaps
    assert all(value == 0 or value >= few for found in runs for value in found)


def test_a_new_hidden_station_in_an_occupied_cell_moves_no_class(database: Database, var: Path) -> None:
    town = make_town(database, (BLURRED,))
    before = public(database, town, done(database, town.regulator))
    with database.use_case(SERVICE) as connection:
        strong = {"technology": "4g", "eirp_dbm": 66, "antenna_height_m": 60, "azimuth_deg": 90}
        add_stations(connection, town, (Station("new", LON - 0.0285, LAT + 0.0005, "east", (strong,)),))
        places = {
            (row.x, row.y)
            for row in connection.execute(
                text("""SELECT tile_x(ST_X(geom), 15) AS x, tile_y(ST_Y(geom), 15) AS y FROM asset_place
                        WHERE asset_id = ANY (:ids) AND level = 'exact'"""),
                {"ids": [town.stations[name] for name in ("blurred", "new")]},
            )
        }
    assert len(places) == 1
    after = public(database, town, done(database, town.regulator))
    assert after["classes"] == before["classes"]
    plain = [
        [{k: str(v) for k, v in row.items() if k != "id"} for row in found["gaps"]]
        for found in (before, after)
    ]
    assert plain[0] == plain[1]
    gained = [
        [(row["asset"], row["people_gained"]) for row in found["remedies"]] for found in (before, after)
    ]
    assert gained[0] == gained[1]


def test_a_neighbours_stations_are_not_this_regulators_to_publish(database: Database, var: Path) -> None:
    town = make_town(database, (BLURRED,))
    outside = LON + 0.043  # beyond the city's edge, in reach of it
    with database.use_case(SERVICE) as connection:
        alone = (
            Station("next", outside, LAT, None, ({"technology": "5g"},), stated="a-secret-name"),
            Station("open", outside + 0.002, LAT, "west", ({"technology": "2g"},), access_class="P1"),
        )
        add_stations(connection, town, alone)
        ids = [town.stations["next"], town.stations["open"]]
        there = connection.execute(
            text("SELECT count(*) FROM asset WHERE id = ANY (:ids) AND city_id IS DISTINCT FROM :city"),
            {"ids": ids, "city": town.id},
        ).scalar_one()
    assert there == 2
    found = public(database, town, done(database, town.regulator, remedies=False))
    assert {name[0] for name in found["layers"]} == {"east", "any"}
    assert {name[1] for name in found["layers"]} == {"4g", "any"}
    assert found["run"]["summary"]["public"]["left_out"]["elsewhere"] is None, "few are not counted out"
    assert "a-secret-name" not in repr(found)


def test_a_host_withdrawn_after_the_run_goes_from_what_was_published(database: Database, var: Path) -> None:
    town = make_town(database, (BLURRED,))
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE asset SET access_class = 'P1' WHERE kind = 'public_building'"))
    code = done(database, town.regulator)
    before = public(database, town, code)
    hosts = [row for row in before["remedies"] if row["candidate_kind"] == "host"]
    assert hosts
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text("""UPDATE asset SET access_class = 'P4', withheld_reason = 'x', withheld_review_on = '2030-01-01'
                    WHERE kind IN ('public_building', 'pole')""")
        )
    after = public(database, town, code)
    assert not [row for row in after["remedies"] if row["candidate_kind"] == "host"]
    with database.use_case(ANONYMOUS) as connection:
        run = result_store.radio_run(connection, code)
        listed = result_store.count_remedies(connection, run, "public", RemedyFilter())
        ids = [row["id"] for row in hosts]
        left = connection.scalar(
            text("SELECT count(*) FROM remedy_gap WHERE remedy_id = ANY (:ids)"), {"ids": ids}
        )
    assert (listed, left) == (len(after["remedies"]), 0)
    with database.use_case(town.regulator) as connection:
        run = result_store.radio_run(connection, code)
        inside = result_store.remedies(connection, run, "internal", RemedyFilter(), limit=1000)
    assert [row for row in inside if row["candidate_kind"] == "host"], "its regulator keeps it"


def test_a_neighbours_host_blurred_after_the_run_goes_from_the_internal_edition_too(
    database: Database, var: Path
) -> None:
    """Its regulator sees it blurred now; the gaps it would close tell where it stands."""
    town = make_town(database, (BLURRED,))
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE asset SET access_class = 'P1' WHERE kind = 'public_building'"))
    code = done(database, town.regulator)

    def hosts() -> list[str]:
        with database.use_case(town.regulator) as connection:
            run = result_store.radio_run(connection, code)
            rows = result_store.remedies(connection, run, "internal", RemedyFilter(kind="host"), limit=1000)
            assert len(rows) == result_store.count_remedies(
                connection, run, "internal", RemedyFilter(kind="host")
            )
        return [row["asset"] for row in rows]

    before = hosts()
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text("UPDATE asset SET access_class = 'P2', city_id = NULL WHERE code = :code"),
            {"code": before[0]},
        )
    assert before[0] not in hosts()
    assert set(before[1:]) - {before[0]} <= set(hosts())


def test_what_was_asked_names_no_address_and_no_other_run_to_the_public(
    database: Database,
    var: Path,
) -> None:
    town = make_town(database, (BLURRED,))
    first = done(database, town.regulator, remedies=False)
    second = done(database, town.regulator, remedies=False, compared_with=first)
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text("""UPDATE coverage_run SET parameters = parameters || '{"engine": "tcp://10.1.2.3:8786"}'
                    WHERE code = :code"""),
            {"code": second},
        )
    found = public(database, town, second)
    assert not {"engine", "compared_with"} & set(found["run"]["parameters"])
    assert first not in repr(found)
    assert "10.1.2.3" not in repr(found)
    with database.use_case(town.regulator) as connection:
        assert run_store.run(connection, second)["parameters"]["compared_with"] == first


CHANGES = {
    "a station's power": "UPDATE cell SET eirp_dbm = 41",
    "a host that was edited": "UPDATE asset SET version = version + 1 WHERE kind = 'pole'",
    "a publication table": "UPDATE publication_field SET access_class = 'P3' WHERE field = 'capacity'",
    "a district's name": "UPDATE area SET name = 'renamed' WHERE code = 'T1E'",
    "a district's boundary": """UPDATE area_boundary SET geom = ST_Multi(ST_Envelope(ST_Buffer(geom, -0.004)))
      WHERE area_id = (SELECT id FROM area WHERE code = 'T1E')""",
    "the people": "UPDATE inhabited SET people = people + 100 WHERE people = 900",
    "a station out of use": "UPDATE asset SET status = 'retired' WHERE kind = 'base_station'",
    "a station withheld": """UPDATE asset SET access_class = 'P4', withheld_reason = 'x',
      withheld_review_on = '2030-01-01' WHERE kind = 'base_station'""",
    "a law": "UPDATE law_document SET digest = repeat('0', 64) WHERE state = 'in_force' AND doc_kind = 'rulebook'",
}


def test_every_kind_of_changed_input_changes_the_digest(database: Database, var: Path) -> None:
    town = make_town(database, (BLURRED,))
    with database.use_case(SERVICE) as connection:
        before = digest(connection, town)
        assert digest(connection, town) == before
        assert digest(connection, town, engine="tcp://10.0.0.1:1") == before
        assert digest(connection, town, environment="indoor") != before
        seen = {before}
        for name, statement in CHANGES.items():
            kept = connection.begin_nested()
            connection.execute(text(statement))
            found = digest(connection, town)
            assert found not in seen, name
            seen.add(found)
            kept.rollback()
        assert digest(connection, town) == before
        connection.execute(
            text("""INSERT INTO agreement (code, deal_type, exclusive, basis, asset_id, grantee_id)
              SELECT 'G-1', 'exclusive_access', true, 'a letter', a.id, :party FROM asset a WHERE a.kind = 'pole'"""),
            {"party": town.parties["west"]},
        )
        assert digest(connection, town) not in seen, "an agreement"


def test_a_full_disk_ends_a_run_cleanly(
    database: Database,
    var: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = make_town(database, (BLURRED,))

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(rasters, "keep", full)
        code, ended = ask(database, town.regulator, remedies=False)
    assert ended.state == "failed"
    assert str(var) not in repr((ended.problem, ended.problem_params)), (
        "no path of the machine in what is told"
    )
    with database.use_case(SERVICE) as connection:
        for table in TABLES:
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0
        assert run_store.run(connection, code)["ended_at"] is None
    work = config.load().files_dir / "work"
    assert not work.exists() or not any(work.iterdir())
    again = done(database, town.regulator, remedies=False)
    assert public(database, town, again)["layers"]


def test_an_area_that_lost_its_boundary_is_refused_not_half_computed(database: Database, var: Path) -> None:
    town = make_town(database, (BLURRED,))
    with database.use_case(town.regulator) as connection:
        code = life.begin(connection, town.regulator, RADIO, Question(CODE, step_m=100, remedies=False))
    with database.use_case(SERVICE) as connection:
        connection.execute(text("DELETE FROM area_boundary WHERE area_id = :area"), {"area": town.id})
    with pytest.raises(Conflict, match=r"coverage\.no_boundary"):
        life.compute(RADIO, Bench(database, town.regulator, silent), code)
    with database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM radio_layer")) == 0


def test_people_and_ground_add_up_and_the_files_tell_the_same(database: Database, var: Path) -> None:
    town = make_town(database)
    code = done(database, town.regulator, remedies=False, minimum_m2=0)
    with database.use_case(town.regulator) as connection:
        run = result_store.radio_run(connection, code)
        for edition in ("internal", "public"):
            layers = result_store.layers(connection, run, edition)
            whole = next(row for row in layers if row["operator"] == row["technology"] == "any")["stats"]
            for row in layers:
                stats = row["stats"]
                assert sum(stats["people"]) == pytest.approx(sum(whole["people"]))
                assert sum(stats["area_m2"]) == pytest.approx(sum(whole["area_m2"]))
                for name in ("people", "area_m2"):
                    by_district = [
                        sum(one) for one in zip(*(d[name] for d in stats["districts"]), strict=True)
                    ]
                    assert by_district == pytest.approx(stats[name]), (edition, row["operator"], name)
            gaps = result_store.gaps(connection, run, edition, RadioGapFilter("any", "any"), limit=10_000)
            lacking = int(run["summary"][edition]["threshold"].split(":")[1])
            assert sum(gap["area_m2"] for gap in gaps) == pytest.approx(sum(whole["area_m2"][:lacking]))
            assert sum(gap["people"] or 0 for gap in gaps) == pytest.approx(sum(whole["people"][:lacking]))
    known = run["summary"]["internal"]["people"]
    assert known["on_grid"] == pytest.approx(known["known"]) == pytest.approx(1363)


def test_two_equal_runs_at_once_give_one_answer(database: Database, var: Path) -> None:
    town = make_town(database, (BLURRED,))
    asked = Question(CODE, step_m=100, budgets=(1,), targets=())
    with database.use_case(town.regulator) as connection:
        codes = [life.begin(connection, town.regulator, RADIO, asked) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda code: life.compute(RADIO, Bench(database, town.regulator, silent), code), codes))
    told_by = []
    with database.use_case(town.regulator) as connection:
        for code in codes:
            run = result_store.radio_run(connection, code)
            assert run["ended_at"] is not None
            rows = result_store.gaps(connection, run, "internal", RadioGapFilter(), limit=1000)
            plain = [{name: row[name] for name in row if name != "id"} for row in rows]
            told_by.append((run["inputs_digest"], run["summary"], plain))
    assert told_by[0] == told_by[1]


def test_who_lost_his_office_on_the_way_writes_nothing(database: Database, var: Path) -> None:
    town = make_town(database, (BLURRED,))
    with database.use_case(town.regulator) as connection:
        asked = Question(CODE, step_m=100, remedies=False)
        code, job = life.ask(connection, town.regulator, RADIO, asked)
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text("DELETE FROM user_role WHERE user_id = :user"), {"user": town.regulator.user_id}
        )
    assert jobs.run_now(database, job).state == "failed"
    with database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM radio_layer")) == 0
        assert run_store.run(connection, code)["ended_at"] is None
