"""Pages of free-WiFi gaps: what a regulator does, what the public reads, what hostile addresses get."""

import json
from collections.abc import Iterator
from dataclasses import replace

import mapbox_vector_tile
import pytest
from shapely.geometry import Point

from infra_registry import jobs
from infra_registry.access import ANONYMOUS, SERVICE, Role
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.wifi import store
from infra_registry.coverage.wifi.run_life import WIFI, Question
from infra_registry.db import Database
from infra_registry.errors import NotFound
from infra_registry.jobs import registry
from tests.integration.wifi_city import JINING, LAT, LON, STEP, City, computed, make_city, people, venue, zone
from tests.web.site import Site, Visitor
from tests.worker import run_pending

MODULES = ("infra_registry.coverage.wifi.run_life",)


@pytest.fixture
def _workers_know_users(city: City) -> Iterator[None]:
    """A worker turns a user's id into an actor; here every user is the regulator of the city."""
    kept = list(registry._ACTORS)
    jobs.actors_from(lambda _, user: replace(city.regulator, user_id=user))
    yield
    registry._ACTORS[:] = kept


@pytest.fixture
def city(database: Database) -> City:
    with database.use_case(SERVICE) as connection:
        made = make_city(connection, JINING)
        register(
            connection,
            [venue("=SUM(1)", LON + 5 * STEP), venue("near", LON), zone("W", LON, reach_m=300),
             Draft(Kind.PUBLIC_BUILDING, "<b>bold</b>", Point(LON + 4 * STEP, LAT), fields={"venue": "hospital"})],
        )  # fmt: skip
        people(connection, made, 40, LON + 5 * STEP)
    return made


@pytest.fixture
def regulator(site: Site, city: City) -> Visitor:
    return site.user("regina", (Role.REGULATOR, city.id))


@pytest.fixture
def code(database: Database, city: City) -> str:
    return computed(database, SERVICE, Question(JINING))


def publish(database: Database, code: str) -> None:
    with database.use_case(SERVICE) as connection:
        life.publish(connection, SERVICE, code, public=True)


@pytest.mark.usefixtures("_workers_know_users")
def test_a_regulator_asks_for_a_run_and_reads_it(site: Site, city: City, regulator: Visitor) -> None:
    page = regulator.get("/coverage/new").get_data(as_text=True)
    assert 'value="370800"' in page
    sent = {"area": JINING, "reach_m": "250", "families": ["hospital"]}
    answer = regulator.post("/coverage", sent, form="/coverage/new")
    assert answer.status_code == 303
    where = answer.headers["Location"]
    waiting = regulator.get(where).get_data(as_text=True)
    assert "run-progress" in waiting
    run_pending(site.database, modules=MODULES)
    done = regulator.get(where).get_data(as_text=True)
    assert "run-progress" not in done
    assert "art. 15" in done
    assert "&lt;b&gt;bold&lt;/b&gt;" in done
    assert regulator.get(where + "/progress").headers["HX-Refresh"] == "true"
    assert where.rsplit("/", 1)[1] in regulator.get("/coverage").get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("area", ""),
        ("area", "nowhere"),
        ("reach_m", "far"),
        ("reach_m", "1e999"),
        ("reach_m", "-3"),
        ("families", []),
    ],
)
def test_a_wrong_question_comes_back_with_what_was_sent(
    city: City, regulator: Visitor, database: Database, field: str, value: object
) -> None:
    sent = {"area": JINING, "reach_m": "250", "families": ["hospital"]} | {field: value}
    answer = regulator.post("/coverage", sent, form="/coverage/new")
    page = answer.get_data(as_text=True)
    assert answer.status_code in (404, 422)
    assert f'href="#f-{field}"' in page
    if field != "reach_m":
        assert 'value="250"' in page
    with database.use_case(SERVICE) as connection:
        assert run_store.runs(connection) == []


def test_the_public_reads_only_what_was_published(
    site: Site, database: Database, regulator: Visitor, code: str
) -> None:
    visitor = site.visitor()
    for path in ("", "/progress", "/gaps.csv", "/gaps.geojson"):
        assert visitor.get(f"/coverage/{code}{path}").status_code == 404
    assert visitor.get(f"/tiles/gaps/10/843/404.mvt?run={code}").status_code == 404
    assert visitor.post(f"/coverage/{code}/publish", {"public": "1"}).status_code in (401, 403)
    assert (
        regulator.post(f"/coverage/{code}/publish", {"public": "1"}, form=f"/coverage/{code}").status_code
        == 303
    )
    assert visitor.get(f"/coverage/{code}").status_code == 200
    assert code in visitor.get("/coverage").get_data(as_text=True)
    assert (
        regulator.post(f"/coverage/{code}/publish", {"public": "0"}, form=f"/coverage/{code}").status_code
        == 303
    )
    assert visitor.get(f"/coverage/{code}").status_code == 404


def test_a_regulator_of_another_city_cannot_publish(
    site: Site, city: City, code: str, database: Database
) -> None:
    with database.use_case(SERVICE) as connection:
        elsewhere = run_store.run(connection, code)["id"]
    other = site.user("otto", (Role.REGULATOR, city.east + 1))
    assert elsewhere
    assert other.post(f"/coverage/{code}/publish", {"public": "1"}, form="/coverage/new").status_code == 404


def test_files_carry_the_list(site: Site, database: Database, code: str) -> None:
    publish(database, code)
    visitor = site.visitor()
    table = visitor.get(f"/coverage/{code}/gaps.csv?kind=venue").get_data(as_text=True)
    assert table.startswith("\ufeff")
    assert "'=SUM(1)" in table
    assert len(table.strip().splitlines()) == 3
    whole = json.loads(visitor.get(f"/coverage/{code}/gaps.geojson").get_data(as_text=True))
    assert len(whole["features"]) == 3
    assert whole["run"]["code"] == code
    report = visitor.get(f"/coverage/{code}/gaps.html").get_data(as_text=True)
    assert "art. 15" in report
    assert "<b>bold</b>" not in report


def test_tiles_carry_the_gaps_and_a_tag(site: Site, database: Database, code: str) -> None:
    publish(database, code)
    visitor = site.visitor()
    with database.use_case(SERVICE) as connection:
        gap = store.gaps(connection, run_store.run(connection, code)["id"], store.GapFilter())[0]
    x = int((gap["lon"] + 180) / 360 * 2**6)
    answers = [visitor.get(f"/tiles/gaps/6/{x}/{y}.mvt?run={code}") for y in range(24, 28)]
    tile = next(answer for answer in answers if answer.status_code == 200)
    features = mapbox_vector_tile.decode(tile.data)["gaps"]["features"]
    assert {feature["properties"]["ordinal"] for feature in features} == {1, 2, 3}
    again = visitor.get(tile.request.path + f"?run={code}", headers={"If-None-Match": tile.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_filters_and_odd_parameters_never_break_the_page(
    site: Site, database: Database, code: str, language: str
) -> None:
    publish(database, code)
    visitor = site.visitor(language)
    queries = (
        "kind=venue",
        "kind=%27",
        "family=hospital&district=C1E",
        "district=%E2%80%AE",
        "page=10000",
        "sort=nearest",
        "sort=district",
        "sort=drop",
        "kind=venue&kind=x",
    )
    for query in queries:
        answer = visitor.get(f"/coverage/{code}?{query}")
        assert answer.status_code == 200, query
    for page in ("0", "-1", "99999999999", "٣", "x"):
        assert visitor.get(f"/coverage/{code}?page={page}").status_code == 422, page
    for path in ("/coverage/%00", "/coverage/A-1", "/coverage/A-1/gaps.exe", "/tiles/gaps/a/0/0.mvt?run=x"):
        assert 400 <= visitor.get(path).status_code < 500, path


def test_everybody_follows_a_run_that_will_be_public(
    site: Site, database: Database, city: City, regulator: Visitor
) -> None:
    with database.use_case(SERVICE) as connection:
        code, job = life.ask(connection, SERVICE, WIFI, Question(JINING), public=True)
        hidden, _ = life.ask(connection, SERVICE, WIFI, Question(JINING))
    for path in ("/", "/coverage", f"/coverage/{code}"):
        page = site.visitor().get(path).get_data(as_text=True)
        assert (f"run-progress-{code}" in page, hidden in page, "/cancel" in page) == (True, False, False)
    assert f"run-progress-{hidden}" in regulator.get("/coverage").get_data(as_text=True)
    assert site.visitor().get(f"/coverage/{code}/progress").status_code == 200
    run_pending(database, modules=MODULES)
    after = site.visitor().get(f"/coverage/{code}/progress")
    assert after.headers["HX-Refresh"] == "true"
    assert "run-progress" not in site.visitor().get("/").get_data(as_text=True)
    assert site.visitor().get(f"/coverage/{hidden}").status_code == 404
    with database.use_case(ANONYMOUS) as connection, pytest.raises(NotFound):
        jobs.read(connection, job)


def test_without_runs_the_page_says_what_to_do(site: Site) -> None:
    assert "infra-registry demo" in site.visitor().get("/coverage").get_data(as_text=True)
