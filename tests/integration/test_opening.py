"""Acts on opening: what each city's law lets a holder say, and what is refused with a clear fault."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.config import today
from infra_registry.db import Database
from infra_registry.duties.answers import ledger_store, opening, opening_store
from infra_registry.duties.answers.opening_checks import Act
from infra_registry.duties.inforce.law import law
from infra_registry.errors import Conflict, Forbidden, Invalid, NotFound
from tests.integration.law_towns import Towns, building, plant, settle

NO: dict[str, Any] = {"evidence": "结构鉴定书2026-14", "person": "后勤处张主任"}


@pytest.fixture
def towns(database: Database) -> Towns:
    with database.use_case(SERVICE) as connection:
        return settle(connection)


def built(database: Database, towns: Towns, town: str, n: int = 0, **values) -> str:
    with database.use_case(SERVICE) as connection:
        return building(connection, towns, town, n, **values)


def act(database: Database, towns: Towns, who: str, *acts: Act) -> list[str]:
    with database.use_case(towns.actors[who]) as connection:
        return opening.record(connection, law(connection), towns.actors[who], acts)


def state(database: Database, code: str) -> str:
    with database.use_case(SERVICE) as connection:
        key = connection.scalar(text("SELECT id FROM asset WHERE code = :code"), {"code": code})
        return ledger_store.by_asset(connection, key).state


def faults(error: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in error.value.faults]


@pytest.mark.parametrize("town", ["jining", "yingtan", "yinchuan"])
@pytest.mark.parametrize("ground", ["safety", "environment", "landscape", "normal_use"])
def test_a_refusal_names_a_ground_of_that_city(
    database: Database, towns: Towns, town: str, ground: str
) -> None:
    code = built(database, towns, town)
    act(database, towns, "holder", Act(code, "refused", ground=ground, **NO))
    assert state(database, code) == "refused"


@pytest.mark.parametrize("ground", ["other", "", "secrecy", "too_busy"])
def test_other_is_no_ground(database: Database, towns: Towns, ground: str) -> None:
    code = built(database, towns, "yingtan")
    with pytest.raises(Invalid) as error:
        act(database, towns, "holder", Act(code, "refused", ground=ground, **NO))
    assert faults(error) == [(f"{code}.ground", "opening.no_ground")]
    assert error.value.faults[0].expected == "safety | environment | landscape | normal_use"
    assert state(database, code) == "not_asked"


def test_a_refusal_shows_evidence_person_and_a_day_that_was(database: Database, towns: Towns) -> None:
    code = built(database, towns, "yinchuan")
    tomorrow = today() + timedelta(days=1)
    with pytest.raises(Invalid) as error:
        act(
            database,
            towns,
            "holder",
            Act(code, "refused", on=tomorrow, ground="safety", evidence=" ok ", person=""),
        )
    assert faults(error) == [
        (f"{code}.on", "opening.day"),
        (f"{code}.evidence", "opening.need_evidence"),
        (f"{code}.person", "opening.need_person"),
    ]


@pytest.mark.parametrize("town", ["jilin", "chengdu", "nowhere"])
def test_where_nothing_asks_for_opening_one_declines_and_does_not_refuse(
    database: Database, towns: Towns, town: str
) -> None:
    code = built(database, towns, town)
    with pytest.raises(Invalid) as error:
        act(database, towns, "holder", Act(code, "refused", ground="safety", **NO))
    assert faults(error) == [(f"{code}.ground", "opening.no_duty")]
    act(database, towns, "holder", Act(code, "declined"))
    assert state(database, code) == "declined"
    act(database, towns, "holder", Act(code, "opened"))
    assert state(database, code) == "open"


def test_where_the_law_asks_one_does_not_simply_decline(database: Database, towns: Towns) -> None:
    code = built(database, towns, "jining")
    with pytest.raises(Invalid) as error:
        act(database, towns, "holder", Act(code, "declined"))
    assert faults(error) == [(f"{code}.act", "opening.duty_here")]


def test_only_where_the_rulebook_has_an_exception_the_regulator_records_an_exemption(
    database: Database, towns: Towns
) -> None:
    here, there = built(database, towns, "yinchuan"), built(database, towns, "yingtan")
    act(database, towns, "regulator", Act(here, "exempted", ground="state_security", **NO))
    assert state(database, here) == "exempt"
    with pytest.raises(Invalid) as error:
        act(database, towns, "regulator", Act(there, "exempted", ground="secrecy", **NO))
    assert faults(error) == [(f"{there}.ground", "opening.no_exception")]
    with pytest.raises(Invalid) as error:
        act(database, towns, "regulator", Act(here, "exempted", ground="safety", **NO))
    assert faults(error) == [(f"{here}.ground", "opening.not_an_exception")]
    with pytest.raises(Forbidden):
        act(database, towns, "holder", Act(here, "exempted", ground="secrecy", **NO))


def test_before_the_rulebook_there_was_no_duty_to_refuse(database: Database, towns: Towns) -> None:
    code = built(database, towns, "yinchuan")
    with pytest.raises(Invalid) as error:
        act(database, towns, "holder", Act(code, "refused", on=date(2016, 9, 30), ground="safety", **NO))
    assert faults(error) == [(f"{code}.ground", "opening.no_duty")]
    act(database, towns, "holder", Act(code, "refused", on=date(2016, 10, 1), ground="safety", **NO))


def test_a_request_its_answer_and_taking_back(database: Database, towns: Towns) -> None:
    code = built(database, towns, "yingtan")
    (asked,) = act(
        database, towns, "carrier", Act(code, "asked", on=date(2026, 11, 2), wanted="屋顶一处，3副天线")
    )
    assert state(database, code) == "asked"
    with pytest.raises(Invalid) as error:
        act(database, towns, "carrier", Act(code, "asked", wanted="再要一处"))
    assert faults(error) == [(f"{code}.asset", "opening.asked_already")]
    with pytest.raises(Invalid) as error:
        act(database, towns, "holder", Act(code, "opened", on=date(2026, 11, 1), answers=asked))
    assert faults(error) == [(f"{code}.on", "opening.before_request")]
    (answer,) = act(database, towns, "holder", Act(code, "opened", on=date(2026, 11, 12), answers=asked))
    assert state(database, code) == "open"
    with database.use_case(towns.actors["carrier"]) as connection, pytest.raises(NotFound):
        opening.withdraw(connection, towns.actors["carrier"], answer, reason="不是我的答复")
    with database.use_case(towns.actors["holder"]) as connection:
        opening.withdraw(connection, towns.actors["holder"], answer, reason="录入有误")
    assert state(database, code) == "asked"
    with (
        database.use_case(towns.actors["holder"]) as connection,
        pytest.raises(Conflict, match=r"opening\.taken_back"),
    ):
        opening.withdraw(connection, towns.actors["holder"], answer, reason="录入有误")
    with database.use_case(towns.actors["carrier"]) as connection:
        opening.withdraw(connection, towns.actors["carrier"], asked, reason="已另选地点")
    assert state(database, code) == "not_asked"


def test_days_to_the_answer(database: Database, towns: Towns) -> None:
    code = built(database, towns, "yingtan")
    act(database, towns, "carrier", Act(code, "asked", on=date(2026, 11, 2), wanted="屋顶"))
    act(database, towns, "holder", Act(code, "refused", on=date(2026, 11, 12), ground="landscape", **NO))
    with database.use_case(SERVICE) as connection:
        row = connection.execute(
            text("SELECT state, ground, since, asked_on, answer_days FROM opening_current")
        ).one()
    assert tuple(row) == ("refused", "landscape", date(2026, 11, 12), None, 10)
    act(database, towns, "other_carrier", Act(code, "asked", on=date(2026, 11, 20), wanted="外墙"))
    with database.use_case(SERVICE) as connection:
        row = connection.execute(
            text("SELECT state, ground, since, asked_on, answer_days FROM opening_current")
        ).one()
    assert tuple(row) == ("asked", None, date(2026, 11, 20), date(2026, 11, 20), 10)


def test_one_table_answers_many_buildings_or_none(database: Database, towns: Towns) -> None:
    codes = [built(database, towns, "yingtan", n) for n in range(3)]
    foreign = built(database, towns, "yingtan", 9, owner_id=towns.parties["rival"], controller_id=None)
    table = [
        Act(codes[0], "opened"),
        Act(codes[1], "refused", ground="other", **NO),
        Act(foreign, "opened"),
        Act("G-0000000000", "opened"),
    ]
    with pytest.raises(Invalid) as error:
        act(database, towns, "holder", *table)
    assert faults(error) == [
        (f"{foreign}.asset", "opening.not_yours"),
        ("G-0000000000.asset", "opening.no_asset"),
    ]
    with pytest.raises(Invalid) as error:
        act(database, towns, "holder", *table[:2])
    assert faults(error) == [(f"{codes[1]}.ground", "opening.no_ground")]
    assert {state(database, code) for code in codes} == {"not_asked"}
    made = act(database, towns, "holder", Act(codes[0], "opened"), Act(codes[1], "refused", ground="safety", **NO),
               Act(codes[2], "offered", wanted="屋面200平方米"))  # fmt: skip
    assert len(set(made)) == 3
    assert [state(database, code) for code in codes] == ["open", "refused", "offered"]
    with pytest.raises(Invalid) as error:
        act(database, towns, "holder", Act(codes[0], "opened"), Act(codes[0], "declined"))
    assert faults(error) == [(f"{codes[0]}.asset", "opening.twice")]


def test_who_may_act(database: Database, towns: Towns) -> None:
    code = built(database, towns, "yingtan", owner_id=towns.parties["rival"])
    act(database, towns, "holder", Act(code, "opened"))  # the controlling body, not the owner
    hidden = built(database, towns, "yingtan", 1, access_class="P3")
    with database.use_case(SERVICE) as connection:
        tower = plant(connection, towns, "yingtan", access_class="P1")
    for who, what, expected in (
        ("carrier", Act(code, "opened"), Forbidden),
        ("carrier", Act(hidden, "asked", wanted="屋顶"), "opening.not_shown"),
        ("carrier", Act(code, "asked", wanted=""), "opening.need_wanted"),
        ("carrier", Act(code, "asked", wanted="屋顶", asker="other_carrier"), "opening.foreign_asker"),
        ("carrier", Act(tower, "asked", wanted="平台"), "opening.own"),
        ("other_carrier", Act(tower, "asked", wanted="平台"), "opening.not_openable"),
        ("holder", Act(code, "asked", wanted="屋顶"), "opening.not_yours"),
        ("holder", Act(code, "opened", answers="O-0000000000"), "opening.no_request"),
        ("holder", Act("G-0000000000", "opened"), NotFound),
    ):
        if isinstance(expected, str):
            with pytest.raises(Invalid) as error:
                act(database, towns, who, what)
            assert [fault.code for fault in error.value.faults] == [expected]
        else:
            with pytest.raises(expected):
                act(database, towns, who, what)
    with database.use_case(ANONYMOUS) as connection, pytest.raises((Invalid, Forbidden)):
        opening.record(connection, law(connection), ANONYMOUS, [Act(code, "asked", wanted="屋顶")])


def test_the_carrier_reads_his_requests_and_not_those_of_others(database: Database, towns: Towns) -> None:
    code = built(database, towns, "jining")
    act(database, towns, "carrier", Act(code, "asked", wanted="屋顶"))
    act(database, towns, "other_carrier", Act(code, "asked", wanted="机房"))
    seen = {}
    for who in ("carrier", "other_carrier", "holder", "rival"):
        with database.use_case(towns.actors[who]) as connection:
            key = connection.scalar(text("SELECT id FROM asset WHERE code = :code"), {"code": code})
            seen[who] = [row.wanted for row in opening_store.events(connection, key)]
    assert seen == {"carrier": ["屋顶"], "other_carrier": ["机房"], "holder": ["机房", "屋顶"], "rival": []}
