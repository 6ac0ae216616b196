"""The ledger of opening: states, shares, grounds and days per city and body, at the reader's level; the rebuild."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from shapely.geometry import MultiPolygon, box
from sqlalchemy import text, update

from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.areas import AreaDraft
from infra_registry.areas.store import find, put_area, put_boundary
from infra_registry.areas.tables import area
from infra_registry.config import DEFAULT_ZONE, today
from infra_registry.db import Database
from infra_registry.duties.answers import ledger, ledger_query, opening
from infra_registry.duties.answers.ledger_query import Query
from infra_registry.duties.answers.opening_checks import Act
from infra_registry.duties.inforce.law import law
from infra_registry.errors import Forbidden, Invalid
from infra_registry.publish import figures
from tests.integration.law_towns import Towns, building, settle
from tests.integration.rebuilding import rebuild
from web.site.paging import pages

NO: dict[str, Any] = {"evidence": "结构鉴定书2026-14", "person": "后勤处张主任"}
LONG_AGO = today() - timedelta(days=40)


@pytest.fixture
def towns(database: Database) -> Towns:
    """Ten halls in Yingtan with every state, two in Yinchuan, one without any instrument, seven hidden ones."""
    with database.use_case(SERVICE) as connection:
        made = settle(connection)
        halls = [building(connection, made, "yingtan", n) for n in range(10)]
        there = [building(connection, made, "yinchuan", n) for n in range(2)]
        building(connection, made, "nowhere")
        for n in range(7):
            building(connection, made, "yingtan", 20 + n, access_class="P0")
        rebuild(connection, law(connection))
    say(database, made, "carrier", *(Act(code, "asked", on=LONG_AGO, wanted="屋顶") for code in halls[:6]))
    say(database, made, "holder", Act(halls[0], "opened", on=LONG_AGO + timedelta(days=4)),
        Act(halls[1], "refused", on=LONG_AGO + timedelta(days=8), ground="safety", **NO),
        Act(halls[2], "refused", on=LONG_AGO + timedelta(days=30), ground="landscape", **NO),
        Act(halls[6], "offered", wanted="屋顶"), Act(halls[7], "opened"))  # fmt: skip
    say(database, made, "regulator", Act(there[0], "exempted", ground="secrecy", **NO))
    return made


def say(database: Database, towns: Towns, who: str, *acts: Act) -> None:
    with database.use_case(towns.actors[who]) as connection:
        opening.record(connection, law(connection), towns.actors[who], acts)


def test_duties_are_judged_on_the_day_of_their_city(database: Database) -> None:
    zone = (
        "Etc/GMT+12" if datetime.now(ZoneInfo(DEFAULT_ZONE)).hour < 20 else "Etc/GMT-14"
    )  # now on another day
    with database.use_case(SERVICE) as connection:
        settled = settle(connection)
        moved = update(area).values(time_zone=zone).where(area.c.id == settled.cities["yingtan"])
        connection.execute(moved)
        for town in ("yingtan", "yinchuan"):
            building(connection, settled, town)
        rebuild(connection, law(connection))
        days = connection.execute(text("SELECT city_id, as_of FROM duty_current GROUP BY 1, 2")).all()
    there, here = datetime.now(ZoneInfo(zone)).date(), today()
    assert there != here
    assert set(days) == {(settled.cities["yingtan"], there), (settled.cities["yinchuan"], here)}


def test_figures_per_city(database: Database, towns: Towns) -> None:
    with database.use_case(ANONYMOUS) as connection:
        by_city = {figure.key: figure for figure in ledger.figures(connection, Query())}
    assert set(by_city) == {"360600", "640100", "999900"}
    yingtan = by_city["360600"]
    assert dict(yingtan.counts) == {
        "total": 10, "meant": 10, "open": 2, "open_meant": 2, "offered": 1, "refused": 2, "declined": 0, "exempt": 0,
        "unanswered": 3, "late": 0, "not_asked": 2, "answered": 3, "over_target": 0,
    }  # fmt: skip
    assert yingtan.share_open == pytest.approx(0.2)
    assert yingtan.median_days == 8
    assert yingtan.target_days is None
    assert yingtan.oldest == LONG_AGO
    assert [(book, clause, ground, n) for book, clause, ground, n in yingtan.grounds] == [
        ("yingtan", "18.1", "landscape", 1),
        ("yingtan", "18.1", "safety", 1),
    ]
    assert by_city["999900"].share_open is None  # nothing asks for opening: no share, not zero
    assert by_city["640100"].counts["exempt"] == 1


def test_the_regulator_counts_what_the_public_does_not_see(database: Database, towns: Towns) -> None:
    with database.use_case(towns.actors["regulator"]) as connection:
        seen = {f.key: f.counts["total"] for f in ledger.figures(connection, Query(city="360600"))}
    assert seen == {"360600": 17}
    with database.use_case(towns.actors["rival"]) as connection:
        assert ledger.figures(connection, Query(city="360600"))[0].counts["total"] == 10


def test_hidden_ones_per_district_fewer_than_five_not_told(database: Database, towns: Towns) -> None:
    with database.use_case(SERVICE) as connection:
        for code, west, east in (
            ("360602", 117.0, 117.1115),
            ("360603", 117.1115, 117.1235),
            ("360604", 117.3, 117.5),
        ):
            district = put_area(
                connection, AreaDraft("gb2260", code, code, "district", parent_id=towns.cities["yingtan"])
            )
            put_boundary(connection, district, MultiPolygon([box(west, 30, east, 30.5)]))
        found = {one.district: one.count for one in figures.hidden_counts(connection, "360600")}
    assert found == {"360602": None, "360603": None, "360604": 0}
    with database.use_case(SERVICE) as connection:
        put_boundary(
            connection, find(connection, "360602").id, MultiPolygon([box(117.0, 30, 117.1235, 30.5)])
        )
        found = {one.district: one.count for one in figures.hidden_counts(connection, "360600")}
    assert found["360602"] == 5


def test_an_own_target_turns_silence_into_no_answer_and_is_not_law(database: Database, towns: Towns) -> None:
    city, regulator = towns.cities["yingtan"], towns.actors["regulator"]
    with database.use_case(regulator) as connection:
        ledger.set_target(connection, regulator, city, 15, "本市自定")
    with database.use_case(ANONYMOUS) as connection:
        (figure,) = ledger.figures(connection, Query(city="360600"))
        assert (figure.target_days, figure.counts["late"], figure.counts["over_target"]) == (15, 3, 1)
        page = ledger.search(connection, Query(state=("no_answer",)))
    assert page.total == 3
    assert {row.asked_on for row in page.rows} == {LONG_AGO}
    with database.use_case(regulator) as connection:
        ledger.set_target(connection, regulator, city, None)
    with database.use_case(ANONYMOUS) as connection:
        assert ledger.search(connection, Query(state=("asked",))).total == 3
    with database.use_case(towns.actors["holder"]) as connection, pytest.raises(Forbidden):
        ledger.set_target(connection, towns.actors["holder"], city, 15)
    with database.use_case(regulator) as connection, pytest.raises(Invalid):
        ledger.set_target(connection, regulator, city, 400)


def test_the_list_filters_sorts_and_pages(database: Database, towns: Towns) -> None:
    with database.use_case(ANONYMOUS) as connection:
        everything = ledger.search(connection, Query(city="360600", sort="code"))
        assert everything.total == 10
        assert [row.code for row in everything.rows] == sorted(row.code for row in everything.rows)
        second = ledger.search(connection, Query(city="360600", sort="code", page=2, limit=4))
        assert [row.code for row in second.rows] == [row.code for row in everything.rows][4:8]
        assert pages(2, 4, len(second.rows), second.total, address=lambda page: str(page)).first == 5
        refused = ledger.search(
            connection, Query(state=("refused",), sort="answer_days", descending=True)
        ).rows
        assert [(row.ground, row.answer_days) for row in refused] == [("landscape", 30), ("safety", 8)]
        assert ledger.search(connection, Query(body="holder", ground="safety")).total == 1
        assert ledger.search(connection, Query(q="体育馆3", city="360600")).total == 1
        assert ledger.search(connection, Query(waiting=True)).total == 3
        assert ledger.search(connection, Query(kind=("pole",))).total == 0
        by_body = ledger.figures(connection, Query(city="360600"), "body")
        assert [(f.key, f.counts["total"]) for f in by_body] == [("holder", 10)]
        rows = list(ledger.table(connection, Query(city="640100")))
    assert len(rows) == 2
    assert dict(zip(ledger.COLUMNS, rows[0], strict=True))["city"] == "640100"


def test_wrong_filters_are_named(database: Database) -> None:
    with pytest.raises(Invalid) as error:
        ledger_query.parse({"state": "open,shut", "sort": "-colour", "page": "0", "standing": "binding"})
    assert [(fault.field, fault.value) for fault in error.value.faults] == [
        ("state", "shut"),
        ("standing", "binding"),
        ("sort", "colour"),
        ("page", "0"),
    ]
    assert ledger_query.parse({"state": "open,shut", "page": "x"}, strict=False).state == ("open",)


def test_a_rebuild_writes_only_what_differs(database: Database, towns: Towns) -> None:
    with database.use_case(SERVICE) as connection:
        assert ledger.rebuild(connection) == 0
        connection.execute(text("UPDATE opening_current SET state = 'open' WHERE state = 'refused'"))
        assert ledger.rebuild(connection, city_id=towns.cities["yinchuan"]) == 0
        assert ledger.rebuild(connection) == 2
        connection.execute(text("DELETE FROM opening_current"))
        assert ledger.rebuild(connection) == 20


def test_a_name_the_city_keeps_to_itself_is_not_shown_nor_searched(database: Database, towns: Towns) -> None:
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text(
                "UPDATE publication_field SET access_class = 'P3' WHERE field IN ('name', 'controller') "
                "AND publication_id IN (SELECT id FROM publication WHERE kind = 'public_building')"
            )
        )
    with database.use_case(ANONYMOUS) as connection:
        assert ledger.search(connection, Query(q="体育馆")).total == 0
        assert {row.name for row in ledger.search(connection, Query()).rows} == {None}
        assert ledger.search(connection, Query(body="holder")).total == 0
        assert {figure.key for figure in ledger.figures(connection, Query(), "body")} == {None}
    with database.use_case(towns.actors["holder"]) as connection:
        assert ledger.search(connection, Query(q="体育馆", city="360600")).total == 17


def test_retired_ones_leave_the_ledger(database: Database, towns: Towns) -> None:
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text("UPDATE asset SET status = 'retired' WHERE code IN (SELECT min(code) FROM asset)")
        )
        assert connection.scalar(text("SELECT count(*) FROM opening_current")) == 19
