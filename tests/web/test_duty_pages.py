"""Pages of duties and of opening: what each reader finds, that every count leads to as many rows, acts in one step."""

import csv
import html
import io
import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from infra_registry.access import SERVICE, Role
from infra_registry.areas.tables import area
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.duties.answers import ledger, opening
from infra_registry.duties.answers.opening_checks import Act
from infra_registry.duties.inforce.law import law
from tests.integration.law_towns import Towns, building, settle
from tests.integration.rebuilding import rebuild
from tests.web.site import Site, Visitor

COUNT = re.compile(r'<caption class="visually-hidden">([\d,]+) ')
TALLY = re.compile(
    r'<li><a href="(/duties[^"]*)"[^>]*>(?:(?!</li>).)*?<strong class="figures">([\d,]+)</strong>', re.S
)
NO: dict[str, Any] = {"ground": "safety", "evidence": "structural report 14", "person": "estates office"}


class Scene:
    """Halls in three towns with every sort of answer, and who looks at them."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.site = Site(database, settings)
        with database.use_case(SERVICE) as connection:
            self.towns: Towns = settle(connection)
            self.halls = [building(connection, self.towns, "yingtan", n) for n in range(6)]
            self.elsewhere = building(connection, self.towns, "nowhere")
            self.hidden = building(connection, self.towns, "yingtan", 30, access_class="P0")
            rebuild(connection, law(connection))
            ledger.rebuild(connection)
        self.record("carrier", Act(self.halls[0], "asked", wanted="roof"))
        self.record("holder", Act(self.halls[1], "opened"), Act(self.halls[2], "refused", **NO))
        self.record("holder", Act(self.halls[3], "offered", wanted="roof"))

    def record(self, who: str, *acts: Act) -> None:
        with self.database.use_case(self.towns.actors[who]) as connection:
            opening.record(connection, law(connection), self.towns.actors[who], acts)

    def user(self, who: str) -> Visitor:
        party = self.towns.parties.get(who)
        roles = {
            "holder": ((Role.OWNER_EDITOR, None),),
            "carrier": ((Role.CARRIER_EDITOR, None), (Role.SEEKER, None)),
            "regulator": ((Role.REGULATOR, self.towns.cities["yingtan"]),),
        }[who]
        return self.site.user(f"{who}-web", *roles, party_id=party)


@pytest.fixture
def scene(database: Database, tmp_path: Path) -> Scene:
    return Scene(database, Settings(var_dir=tmp_path))


def page(visitor: Visitor, path: str) -> str:
    answer: TestResponse = visitor.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def rows(text: str) -> int:
    found = COUNT.search(text)
    return int(found[1].replace(",", "")) if found else 0


@pytest.mark.parametrize("who", ["", "carrier", "holder", "regulator"])
def test_every_count_leads_to_a_list_of_as_many(scene: Scene, who: str) -> None:
    visitor = scene.user(who) if who else scene.site.visitor()
    seen = 0
    for start in ("/duties?city=360600", "/duties/opening?city=360600", "/"):
        for href, count in TALLY.findall(page(visitor, start)):
            assert rows(page(visitor, html.unescape(href))) == int(count.replace(",", "")), href
            seen += 1
    assert seen >= 8


def test_the_ledger_shows_each_reader_what_he_sees_exactly(scene: Scene) -> None:
    public, watched = (
        page(v, "/duties/opening?city=360600") for v in (scene.site.visitor(), scene.user("regulator"))
    )
    assert (rows(public), rows(watched)) == (6, 7)
    assert scene.hidden not in public
    assert scene.hidden in watched
    for state in ("open", "refused", "offered", "asked", "not_asked"):
        assert f"#state-{state}" in public


def test_the_ledger_as_csv_and_as_a_file_has_the_rows_of_the_list(scene: Scene) -> None:
    visitor = scene.site.visitor()
    text = visitor.get("/duties/opening.csv?city=360600").get_data(as_text=True).lstrip("\ufeff")
    assert {row["code"] for row in csv.DictReader(io.StringIO(text))} == set(scene.halls)
    document = visitor.get("/duties/opening/export?city=360600")
    assert "attachment" in document.headers["Content-Disposition"]
    told = document.get_data(as_text=True)
    assert all(code in told for code in scene.halls)
    assert scene.hidden not in told
    assert "own, not law" in told


def test_duties_as_csv(scene: Scene) -> None:
    text = (
        scene.site.visitor()
        .get("/duties.csv?city=360600&effect=open")
        .get_data(as_text=True)
        .lstrip("\ufeff")
    )
    found = list(csv.DictReader(io.StringIO(text)))
    assert {row["code"] for row in found} == set(scene.halls)
    assert {row["rulebook"] for row in found} == {"yingtan"}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/duties?city=510100&effect=open", "The law is not held"),
        ("/duties?city=999900&effect=open", "No rulebook of the place in force"),
        ("/duties?city=360600&effect=wifi_provide", "neither a breach nor a permission"),
        ("/duties?city=360600&q=nothing-of-the-kind", "Nothing matches"),
    ],
)
def test_an_empty_list_says_why(scene: Scene, path: str, words: str) -> None:
    assert words in page(scene.site.visitor(), path)


def test_a_record_shows_conditions_to_who_keeps_it_and_not_to_others(scene: Scene) -> None:
    code = scene.halls[0]
    public, keeper = (
        page(scene.site.visitor(), f"/assets/{code}"),
        page(scene.user("holder"), f"/assets/{code}"),
    )
    for text in (public, keeper):
        assert "/law/yingtan#c-18.1" in text
        assert 'id="duties"' in text
    assert "Not open to you" in public
    assert "Not open to you" not in keeper


def test_a_record_where_no_instrument_speaks_says_so(scene: Scene) -> None:
    text = page(scene.site.visitor(), f"/assets/{scene.elsewhere}")
    assert "c-18.1" not in text
    assert 'id="duties"' in text


def test_a_holder_finds_the_next_step_of_each_building(scene: Scene) -> None:
    visitor = scene.user("holder")
    text = page(visitor, "/duties/mine")
    assert rows(text) == 8  # his own, those the public is not shown too
    assert "Answer the request of" in text
    assert "Wait for requests" in text
    home = page(visitor, "/")
    assert "/duties/mine" in home
    assert "waiting=1" in home


def test_days_waited_are_counted_where_the_building_stands(scene: Scene) -> None:
    zone = "Etc/GMT-14" if datetime.now(UTC).hour >= 10 else "Etc/GMT+12"  # now on another day than UTC
    here = datetime.now(ZoneInfo(zone)).date()
    with scene.database.use_case(SERVICE) as connection:
        connection.execute(
            update(area).values(time_zone=zone).where(area.c.id == scene.towns.cities["yingtan"])
        )
    scene.record("carrier", Act(scene.halls[4], "asked", wanted="roof"))
    for visitor, path in (
        (scene.user("holder"), "/duties/mine"),
        (scene.site.visitor(), "/duties/opening?waiting=1"),
    ):
        cell = re.search(rf"{scene.halls[4]}.*?({here}).*?(waiting -?[0-9]+ days)", page(visitor, path), re.S)
        assert cell is not None, path
        assert cell[2] == "waiting 0 days"


def test_a_carrier_asks_for_several_places_in_one_step(scene: Scene) -> None:
    visitor = scene.user("carrier")
    before = page(visitor, "/duties/ask?city=360600")
    assert scene.halls[0] not in before  # asked for already
    assert scene.halls[3] in before
    wrong = visitor.post("/duties/ask", {"wanted": "roof for 3 antennas"}, form="/duties/ask")
    assert wrong.status_code == 422
    chosen = scene.halls[3:6]
    done = visitor.post("/duties/ask", {"asset": chosen, "wanted": "roof for 3 antennas"}, form="/duties/ask")
    assert done.status_code == 303
    after = page(visitor, "/duties/ask?city=360600")
    assert not [code for code in chosen if f'value="{code}"' in after]
    assert rows(page(visitor, "/duties/opening?city=360600&waiting=1")) == 4


def test_an_area_sets_its_own_target_and_others_cannot(scene: Scene) -> None:
    target = {"city": "360600", "days": "15", "note": "own"}
    form = "/duties/opening?city=360600"
    regulator = scene.user("regulator")
    assert regulator.post("/duties/opening/target", target, form=form).status_code == 303
    assert "Now 15 days: the area&#39;s own target, not law." in page(regulator, form)
    assert scene.user("carrier").post("/duties/opening/target", target, form="/account").status_code == 403
    assert regulator.post("/duties/opening/target", target | {"city": "640100"}, form=form).status_code == 403
    assert regulator.post("/duties/opening/target", target | {"days": "0"}, form=form).status_code == 422


def test_what_stands_past_a_gate_is_for_keepers_and_regulators(scene: Scene) -> None:
    assert scene.user("regulator").get("/duties/unshown").status_code == 200
    assert scene.site.visitor().get("/duties/unshown").status_code in (303, 401, 403)


@pytest.mark.parametrize("path", ["/duties?page=0", "/duties?page=x", "/duties/unshown?page=99999"])
def test_a_page_that_is_none_is_named(scene: Scene, path: str) -> None:
    assert scene.user("regulator").get(path).status_code == 422


@pytest.mark.parametrize(
    "path",
    ["/duties?kept=x&kind=nonsense&book=zz&city='", "/duties/opening?state=x&sort=zz&page=q&district=%27&venue=x",
     "/tiles/duties/8/210/107.mvt?book=zz&clause='", "/duties.csv?code=%27"],
)  # fmt: skip
def test_nonsense_filters_find_nothing_and_break_nothing(scene: Scene, path: str) -> None:
    assert scene.site.visitor().get(path).status_code in (200, 204)
    assert scene.site.visitor().get("/tiles/openings/8/210/107.mvt?state=x").status_code == 422


AREA_NAME = re.compile(r'<span class="head-area-name">([^<]*)</span>')


@pytest.mark.parametrize("start", ["/duties", "/duties/opening", "/duties/unshown", "/duties/ask"])
def test_the_city_chosen_in_the_header_filters_the_list_and_stays_chosen(scene: Scene, start: str) -> None:
    visitor = scene.user("carrier" if start.endswith("ask") else "regulator")
    whole = page(visitor, f"{start}?page=1&district=zz")
    found = re.search(r'<li><a href="([^"]*area=360600[^"]*)"', whole)
    assert found is not None
    chosen = html.unescape(found[1])
    assert "district" not in chosen
    assert "page" not in chosen
    text = page(visitor, chosen)
    assert rows(text) == rows(page(visitor, f"{start}?city=360600"))
    assert scene.elsewhere not in text
    assert '<option value="360600" selected>' in text
    named = AREA_NAME.findall(text)
    assert named == AREA_NAME.findall(page(visitor, f"{start}?city=360600"))
    assert named != AREA_NAME.findall(page(visitor, start))
    assert rows(page(visitor, f"{start}?area=&city=360600")) == rows(page(visitor, start))


@pytest.mark.parametrize("older", ["area", "city"])
def test_every_link_of_a_list_keeps_the_city(scene: Scene, older: str) -> None:
    visitor = scene.user("regulator")
    for start in ("/duties", "/duties/opening"):
        text = page(visitor, f"{start}?{older}=360600")
        assert f'href="{start}.csv?area=360600"' in text
        for href, count in TALLY.findall(text):
            assert "area=360600" in href
            assert rows(page(visitor, html.unescape(href))) == int(count.replace(",", "")), href
        for href in (sorts := re.findall(r'href="(/duties[^"]*sort=[^"]*)"', text)):
            assert f"{older}=360600" in href
            assert rows(page(visitor, html.unescape(href))) == rows(text)
        assert len(sorts) >= 3
    assert "/duties/opening/export?area=360600" in text
    for name in ("area", "city"):
        told = visitor.get(f"/duties/opening/export?{name}=360600").get_data(as_text=True)
        assert scene.halls[0] in told
        assert scene.elsewhere not in told
        for path in ("/duties.csv", "/duties/opening.csv"):
            listed = visitor.get(f"{path}?{name}=360600").get_data(as_text=True)
            assert scene.halls[0] in listed
            assert scene.elsewhere not in listed
            assert scene.halls[0] not in visitor.get(f"{path}?{name}=640100").get_data(as_text=True)


def test_the_tiles_beside_a_list_keep_the_city(scene: Scene) -> None:
    visitor = scene.site.visitor()
    found = re.search(r"data-bounds='\[([^\]]+)\]'", page(visitor, "/duties/opening?area=360600"))
    assert found is not None
    west, south, _, _ = map(float, found[1].split(","))
    x = int((west + 180) / 360 * 2**12)
    y = int((1 - math.asinh(math.tan(math.radians(south))) / math.pi) / 2 * 2**12)
    for layer in ("openings", "duties"):
        here, older, other = (
            visitor.get(f"/tiles/{layer}/12/{x}/{y}.mvt?{query}").data
            for query in ("area=360600", "city=360600", "area=640100")
        )
        assert here == older
        assert len(here) > len(other)
