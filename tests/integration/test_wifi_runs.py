"""A finished run: what of it is told to whom, its tiles, its files."""

import json
from datetime import timedelta
from pathlib import Path

import mapbox_vector_tile
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.assets.register import register
from infra_registry.cli import coverage as cli
from infra_registry.config import today
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.wifi import store
from infra_registry.coverage.wifi.store import GapFilter
from infra_registry.db import Database
from infra_registry.errors import Invalid, NotFound
from infra_registry.reports.wifi.consequences import rests_on
from tests.integration.wifi_city import LON, STEP, City, ask, gaps, served_city, venue, zone


@pytest.fixture
def city(database: Database) -> City:
    return served_city(database)


def test_what_is_not_public_is_left_out_and_counted(database: Database, city: City) -> None:
    hidden = venue(
        "hidden",
        LON + 6 * STEP,
        access_class="P4",
        withheld_reason="a guarded place",
        withheld_review_on=today() + timedelta(days=9),
    )
    secret = zone("secret", LON + 5 * STEP)
    with database.use_case(SERVICE) as connection:
        register(connection, [hidden, secret])
        connection.execute(text("UPDATE asset SET access_class = 'P3' WHERE name = 'secret'"))
    code = ask(database, city.regulator)
    with database.use_case(city.regulator) as connection:
        summary = run_store.run(connection, code)["summary"]
        life.publish(connection, city.regulator, code, public=True)
    assert summary["left_out"] == 2
    with database.use_case(ANONYMOUS) as connection:
        run = run_store.run(connection, code)
    assert run["summary"]["left_out"] is None
    assert (run["summary"]["zones_in_area"], run["summary"]["zones_not_stated"]) == (4, 1)
    assert ("coverage.rests.left_out_few", {}) in rests_on(run)
    assert summary["total"]["venues"] == 3
    assert [row[1] for row in gaps(database, city.regulator, code, GapFilter(kind="venue"))] == ["far"]


def test_a_venue_withheld_later_leaves_the_published_run(database: Database, city: City) -> None:
    code = ask(database, city.regulator)
    with database.use_case(city.regulator) as connection:
        life.publish(connection, city.regulator, code, public=True)
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
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
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
