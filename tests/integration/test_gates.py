"""Gates: each step a rulebook holds up, what opens it, what it never holds up, and the list of facts past a gate."""

from datetime import date, timedelta
from typing import Any

import pytest
from shapely.geometry import Point

from infra_registry.access import SERVICE
from infra_registry.assets.edit import Change, edit
from infra_registry.assets.kinds import Kind, Status
from infra_registry.config import today
from infra_registry.db import Database
from infra_registry.duties.answers import evidence
from infra_registry.duties.answers.evidence import Shown
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging import asking
from infra_registry.duties.steps import gates, status
from infra_registry.duties.steps import works as project_acts
from infra_registry.duties.steps.status import Step
from infra_registry.errors import Conflict, Invalid, NotFound
from infra_registry.rules.model import Action, SubjectKind
from tests.integration.law_towns import Towns, place, plant, settle, works
from tests.integration.rebuilding import rebuild

DAY = date(2026, 11, 2)


@pytest.fixture
def towns(database: Database) -> Towns:
    with database.use_case(SERVICE) as connection:
        return settle(connection)


def shut(
    connection, action: Action, *, asset: str = "", project: str = "", on: date = DAY
) -> dict[str, set[str]]:
    found = gates.check(connection, law(connection), action, asset=asset, project=project, on=on)
    return {gate.name: set(gate.missing) for gate in found}


# --- Jilin City 13.1: nothing is put in use before it is tested and accepted


def test_in_use_waits_for_tests_and_acceptance(database: Database, towns: Towns) -> None:
    carrier = towns.actors["carrier"]
    with database.use_case(SERVICE) as connection:
        bare, _ = works(connection, towns, "jilin", ("tested",))
        done, _ = works(connection, towns, "jilin", ("tested", "accepted"))
        waiting = plant(connection, towns, "jilin", project_id=bare)
        ready = plant(connection, towns, "jilin", project_id=done)
        alone = plant(connection, towns, "jilin")
        elsewhere = plant(connection, towns, "jining", project_id=None)
    for code in (waiting, alone):
        with database.use_case(carrier) as connection, pytest.raises(Conflict) as error:
            status.move(connection, carrier, code, 1, Status.IN_USE, Step(DAY))
        assert error.value.code == "gate.shut"
        assert error.value.params["citation"].zh.endswith("第13条第1款")
        assert error.value.params["citation"].en.endswith("art. 13(1)")
        assert error.value.params["remedy"].zh
        assert [gate.name for gate in error.value.params["gates"]] == ["jilin/13.1"]
    assert set(error.value.params["gates"][0].missing) == {"tested", "accepted"}
    with database.use_case(carrier) as connection:
        assert status.move(connection, carrier, ready, 1, Status.IN_USE, Step(DAY)) == 2
        assert status.move(connection, carrier, elsewhere, 1, Status.IN_USE, Step(DAY)) == 2


def test_a_step_is_not_dated_before_the_last_one(database: Database, towns: Towns) -> None:
    carrier = towns.actors["carrier"]
    with database.use_case(SERVICE) as connection:
        code = plant(connection, towns, "jining")
    with database.use_case(carrier) as connection:
        status.move(connection, carrier, code, 1, Status.IN_USE, Step(DAY))
    with database.use_case(carrier) as connection, pytest.raises(Invalid) as error:
        status.move(connection, carrier, code, 2, Status.IDLE, Step(DAY - timedelta(1)))
    assert (error.value.faults[0].field, error.value.faults[0].code) == ("on", "opening.day")
    with database.use_case(carrier) as connection:
        assert status.move(connection, carrier, code, 2, Status.IDLE, Step(DAY)) == 3


def test_the_fact_is_recorded_with_its_gate_and_listed_until_shown(database: Database, towns: Towns) -> None:
    carrier, regulator = towns.actors["carrier"], towns.actors["regulator"]
    with database.use_case(SERVICE) as connection:
        key, works_code = works(connection, towns, "jilin")
        code = plant(connection, towns, "jilin", project_id=key)
    with database.use_case(carrier) as connection, pytest.raises(Invalid, match=r"form\.invalid"):
        status.move(connection, carrier, code, 1, Status.IN_USE, Step(DAY, as_fact=True))
    with database.use_case(carrier) as connection, pytest.raises(Invalid):
        status.move(
            connection, carrier, code, 1, Status.IN_USE, Step(today() + timedelta(1), "已投用", as_fact=True)
        )
    with database.use_case(carrier) as connection:
        status.move(connection, carrier, code, 1, Status.IN_USE, Step(DAY, "抢修投用", as_fact=True))
    with database.use_case(regulator) as connection:
        (row,), total = gates.unshown(connection, law(connection), city="220200")
        assert (row.code, row.book, row.clause, row.done_on, row.reason, total) == (
            code, "jilin", "13.1", DAY, "抢修投用", 1,
        )  # fmt: skip
        assert gates.unshown(connection, law(connection), city="370800") == ([], 0)
    with database.use_case(towns.actors["rival"]) as connection:
        assert gates.unshown(connection, law(connection))[1] == 0
    with database.use_case(carrier) as connection:
        for act in ("tested", "accepted"):
            project_acts.record_act(
                connection, carrier, works_code, project_acts.Done(act, DAY, "质检站", "检测报告7号")
            )
    with database.use_case(SERVICE) as connection:
        rebuild(connection, law(connection))
    with database.use_case(regulator) as connection:
        assert gates.unshown(connection, law(connection))[1] == 0


def test_plant_imported_as_in_use_is_found_and_old_plant_is_not_judged(
    database: Database, towns: Towns
) -> None:
    with database.use_case(SERVICE) as connection:
        key, _ = works(connection, towns, "jilin")
        new = plant(
            connection, towns, "jilin", project_id=key, status=Status.IN_USE, valid_from=date(2020, 5, 1)
        )
        old = plant(
            connection, towns, "jilin", project_id=key, status=Status.IN_USE, valid_from=date(2009, 5, 1)
        )
        rebuild(connection, law(connection))
    with database.use_case(towns.actors["regulator"]) as connection:
        rows, _ = gates.unshown(connection, law(connection))
        assert [(row.code, row.done_on) for row in rows] == [(new, None)]
        # idle for a while and back: it was in use before the rule
        assert shut(connection, Action.PUT_IN_USE, asset=old) == {}
        assert shut(connection, Action.PUT_IN_USE, asset=new) == {"jilin/13.1": {"tested", "accepted"}}


# --- Jilin City 8.2: new lines in town go into a shared duct; hung ones move when they do


def test_a_new_line_in_town_goes_into_a_shared_duct(database: Database, towns: Towns) -> None:
    with database.use_case(SERVICE) as connection:
        key, _ = works(connection, towns, "jilin", ("tested", "accepted"), in_town=True)
        country, _ = works(
            connection, towns, "jilin", ("tested", "accepted"), in_town=False, work_kind="extension"
        )
        hung = plant(connection, towns, "jilin", Kind.CABLE, project_id=key, fields={"laying": "overhead"})
        laid = plant(connection, towns, "jilin", Kind.CABLE, project_id=key, fields={"laying": "in_duct"})
        rural = plant(
            connection, towns, "jilin", Kind.CABLE, project_id=country, fields={"laying": "overhead"}
        )
        old = plant(connection, towns, "jilin", Kind.CABLE, project_id=key,
                    fields={"laying": "overhead", "built_on": date(2010, 1, 1)})  # fmt: skip
        assert "jilin/8.2-new" in shut(connection, Action.PUT_IN_USE, asset=hung)
        assert shut(connection, Action.PUT_IN_USE, asset=laid) == {"jilin/8.2-new": {"shared_duct"}}
        assert shut(connection, Action.PUT_IN_USE, asset=rural) == {}
        assert shut(connection, Action.PUT_IN_USE, asset=old) == {}
    carrier = towns.actors["carrier"]
    with database.use_case(carrier) as connection:
        shown = [Shown("shared_duct", holds=True, basis="管道共享协议5号", known_on=DAY)]
        evidence.show(connection, carrier, SubjectKind.ASSET, laid, shown)
    with database.use_case(carrier) as connection:
        assert status.move(connection, carrier, laid, 1, Status.IN_USE, Step(DAY)) == 2
        evidence.take_back(
            connection, carrier, SubjectKind.ASSET, laid, fact="shared_duct", basis="协议已解除"
        )
        with pytest.raises(Conflict, match=r"evidence\.nothing"):
            evidence.take_back(
                connection, carrier, SubjectKind.ASSET, laid, fact="shared_duct", basis="协议已解除"
            )


# --- Yinchuan 15: plan conformity; for altering and relocating also consultation and consent


def test_relocating_waits_for_plan_consultation_and_consent(database: Database, towns: Towns) -> None:
    carrier = towns.actors["carrier"]
    with database.use_case(SERVICE) as connection:
        first, _ = works(connection, towns, "yinchuan", ("plan_conforms", "consulted", "consented"))
        code = plant(connection, towns, "yinchuan", project_id=first, status=Status.IN_USE)
        _, consulted = works(
            connection, towns, "yinchuan", ("plan_conforms", "consulted"), work_kind="alteration"
        )
        _, whole = works(
            connection, towns, "yinchuan", ("plan_conforms", "consulted", "consented"), work_kind="alteration"
        )
        # what the works that built it had shown says nothing about moving it
        assert shut(connection, Action.RELOCATE, asset=code) == {
            "yinchuan/15-plan": {"plan_conforms"},
            "yinchuan/15-consent": {"consulted", "consented"},
        }
        assert shut(connection, Action.ALTER, asset=code, project=consulted) == {
            "yinchuan/15-consent": {"consented"}
        }
        assert shut(connection, Action.REMOVE, asset=code) == {}
    spot = place("yinchuan", 5)
    with database.use_case(carrier) as connection, pytest.raises(Conflict, match=r"gate\.shut"):
        status.relocate(connection, carrier, code, 1, spot, Step(DAY, "道路拓宽", consulted))
    with database.use_case(carrier) as connection:
        assert (
            edit(connection, carrier, code, 1, Change(geometry=Point(spot.x, spot.y + 0.0001))) == 2
        )  # a correction
        assert status.relocate(connection, carrier, code, 2, spot, Step(DAY, "道路拓宽", whole)) == 3
        change = Change(fields={"height_m": 30})
        with pytest.raises(Conflict, match=r"gate\.shut"):
            status.alter(connection, carrier, code, 3, change, Step(DAY, "加高塔身"))
        assert status.alter(connection, carrier, code, 3, change, Step(DAY, "加高塔身", as_fact=True)) == 4
        with pytest.raises(Invalid):
            status.alter(connection, carrier, code, 4, change, Step(DAY, "加高塔身", "S-NOTTHERE00"))
    with database.use_case(towns.actors["regulator"]) as connection:
        rows, _ = gates.unshown(connection, law(connection), city="640100")
        assert {(row.step, row.clause) for row in rows} == {("altered", "15-plan"), ("altered", "15-consent")}


def test_new_building_waits_for_the_plan_alone(database: Database, towns: Towns) -> None:
    with database.use_case(SERVICE) as connection:
        without, code = works(connection, towns, "yinchuan", builds=["tower"])
        conforming, _ = works(connection, towns, "yinchuan", ("plan_conforms",), builds=["tower"])
        planned = plant(connection, towns, "yinchuan", project_id=without, status=Status.PLANNED)
        conform = plant(connection, towns, "yinchuan", project_id=conforming, status=Status.PLANNED)
        assert shut(connection, Action.BUILD, project=code) == {"yinchuan/15-plan-works": {"plan_conforms"}}
        assert set(shut(connection, Action.BUILD, asset=planned)) == {
            "yinchuan/15-plan",
            "yinchuan/15-plan-works",
        }
        assert shut(connection, Action.BUILD, asset=conform) == {}


# --- Yingtan 20: agreement with the operator and continuity, not mere consultation


def test_removal_for_city_works_waits_for_agreement_and_continuity(database: Database, towns: Towns) -> None:
    carrier = towns.actors["carrier"]
    with database.use_case(SERVICE) as connection:
        code = plant(connection, towns, "yingtan", status=Status.IN_USE)
        _, road = works(connection, towns, "yingtan", ("consulted", "consented"), work_kind="road_works")
        _, agreed = works(connection, towns, "yingtan", ("agreed",), work_kind="road_works")
        _, settled = works(
            connection, towns, "yingtan", ("agreed", "continuity_secured"), work_kind="road_works"
        )
        assert shut(connection, Action.REMOVE, asset=code, project=road)["yingtan/20-agreement"] == {
            "agreed",
            "continuity_secured",
        }
        assert shut(connection, Action.RELOCATE, asset=code, project=agreed)["yingtan/20-agreement"] == {
            "continuity_secured"
        }
        assert shut(connection, Action.RELOCATE, asset=code, project=settled) == {}
    with database.use_case(carrier) as connection, pytest.raises(Conflict, match=r"gate\.shut"):
        status.move(connection, carrier, code, 1, Status.RETIRED, Step(DAY, works=road))
    with database.use_case(carrier) as connection:
        assert status.move(connection, carrier, code, 1, Status.RETIRED, Step(DAY, works=settled)) == 2


def test_works_of_somebody_else_want_the_owners_consent_everywhere(database: Database, towns: Towns) -> None:
    with database.use_case(SERVICE) as connection:
        code = plant(connection, towns, "nowhere", status=Status.IN_USE)
        _, own = works(connection, towns, "nowhere", work_kind="road_works")
        other: dict[str, Any] = {"builder_id": towns.parties["holder"], "work_kind": "removal"}
        _, foreign = works(connection, towns, "nowhere", **other)
        assert shut(connection, Action.ALTER, asset=code, project=own) == {}
        assert list(shut(connection, Action.ALTER, asset=code, project=foreign).values()) == [{"agreed"}]


# --- Reservation: Yingtan 17.2 and Yinchuan 13 where the plan designates, Jining 18 by setting


@pytest.mark.parametrize(
    ("town", "values", "acts", "expected"),
    [
        ("yingtan", {"designated": True, "setting": "building"}, ("reserved_room", "reserved_power"),
         {"yingtan/17.2": {"reserved_duct", "reserved_roof"}}),
        ("yingtan", {"designated": False, "setting": "building"}, (), {}),
        ("yingtan", {"designated": None, "setting": "building"}, (), {}),
        ("yinchuan", {"designated": True, "funding": "government"},
         ("reserved_room", "reserved_power", "reserved_duct"),
         {"yinchuan/13": {"reserved_passage", "reserved_roof"}}),
        ("yinchuan", {"designated": True, "funding": "private"}, (), {}),
        ("jining", {"setting": "new_compound"}, ("reserved_passage",),
         {"jining/18-reserve": {"reserved_room", "reserved_duct", "reserved_roof"},
          "jining/18-sync": {"planned_in_step", "designed_in_step", "built_in_step", "accepted_in_step"}}),
        ("jining", {"setting": "old_compound"}, (), {}),
        ("jining", {"setting": "new_compound", "starts_on": date(2017, 4, 30)}, (), {}),
        ("jilin", {"designated": True, "setting": "new_compound"}, (), {}),
        ("chengdu", {"designated": True, "setting": "new_compound"}, (), {}),
        ("nowhere", {"designated": True, "setting": "new_compound"}, (), {}),
    ],
)  # fmt: skip
def test_acceptance_waits_for_what_was_to_be_reserved(
    database: Database, towns: Towns, town: str, values: dict, acts: tuple[str, ...], expected: dict
) -> None:
    with database.use_case(SERVICE) as connection:
        _, code = works(connection, towns, town, acts, **values)
        assert shut(connection, Action.ACCEPT, project=code) == expected


# --- Yingtan 18.2 co-building of new plant; Jilin City 9 review; filings hold nothing up


def test_new_plant_is_built_together_where_that_can_be_done(database: Database, towns: Towns) -> None:
    carrier = towns.actors["carrier"]
    with database.use_case(SERVICE) as connection:
        _, code = works(connection, towns, "yingtan", builds=["duct"])
        assert (
            shut(connection, Action.BUILD, project=code) == {}
        )  # whether it can be done is not shown: told, not shut
        told = gates.gates(connection, law(connection), Action.BUILD, project=code, on=DAY)
        assert "yingtan/18.2-new" in {gate.name for gate in told}
    with database.use_case(carrier) as connection:
        evidence.show(
            connection, carrier, SubjectKind.PROJECT, code, [Shown("feasible", True, "可行性说明", DAY)]
        )
        assert shut(connection, Action.BUILD, project=code) == {"yingtan/18.2-new": {"co_built"}}
        evidence.show(
            connection, carrier, SubjectKind.PROJECT, code, [Shown("co_built", True, "共建协议2号", DAY)]
        )
        assert shut(connection, Action.BUILD, project=code) == {}


def test_existing_plant_is_only_encouraged_and_filings_hold_nothing_up(
    database: Database, towns: Towns
) -> None:
    with database.use_case(SERVICE) as connection:
        existing = plant(connection, towns, "yingtan", Kind.DUCT, status=Status.IDLE)
        assert shut(connection, Action.PUT_IN_USE, asset=existing) == {}
        _, public = works(connection, towns, "jilin", builds=["base_station"], funding="government")
        _, private = works(
            connection, towns, "jilin", builds=["base_station"], funding="private", work_kind="extension"
        )
        assert shut(connection, Action.BUILD, project=public) == {"jilin/9": {"reviewed"}}
        assert shut(connection, Action.BUILD, project=private) == {}
        assert shut(connection, Action.ACCEPT, project=public) == {}
        asked = {
            d.clause.key: d.kept.value
            for d in asking.of(connection, law(connection), SubjectKind.PROJECT, private, DAY).duties
        }
        assert asked["10"] == asked["31.2"] == "not_shown"


def test_wrong_subjects_and_evidence_are_named(database: Database, towns: Towns) -> None:
    carrier = towns.actors["carrier"]
    with database.use_case(SERVICE) as connection:
        code = plant(connection, towns, "jilin")
        with pytest.raises(NotFound):
            gates.check(connection, law(connection), Action.BUILD, asset="T-NOTTHERE00", on=DAY)
    wrong = [Shown("accepted", True, "x", today() + timedelta(1))]
    with database.use_case(carrier) as connection, pytest.raises(Invalid) as error:
        evidence.show(connection, carrier, SubjectKind.ASSET, code, wrong)
    assert [fault.field for fault in error.value.faults] == ["fact", "basis", "known_on"]
