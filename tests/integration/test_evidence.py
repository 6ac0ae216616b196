"""Claims, measurements and challenges in the database: who may write and see what, what replaces what, one grid."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from shapely.geometry import Point, box, mapping
from sqlalchemy import Connection, insert, text

from infra_registry import demo
from infra_registry.access import ANONYMOUS, SERVICE, Actor, Role, RoleGrant
from infra_registry.assets.register import register
from infra_registry.config import today
from infra_registry.coverage.evidence import (
    broadband_store,
    challenge_store,
    challenges,
    claim_store,
    claims,
    fused,
    fusion,
    measurement_store,
    measurements,
)
from infra_registry.coverage.evidence.broadband_store import BuildingFilter
from infra_registry.coverage.evidence.challenge_store import ChallengeFilter
from infra_registry.coverage.evidence.claim_reading import read_shape
from infra_registry.coverage.evidence.claim_store import ClaimFilter
from infra_registry.coverage.evidence.fused import EvidenceQuery
from infra_registry.coverage.evidence.fusion import Evidence
from infra_registry.coverage.evidence.measurement_mapping import named
from infra_registry.coverage.evidence.measurement_reading import Rows, read_rows
from infra_registry.coverage.evidence.settings import broadband_statements, rules
from infra_registry.coverage.evidence_map import store as evidence_map_store
from infra_registry.coverage.grids.frame import Frame, frame_of
from infra_registry.coverage.wifi import input_store
from infra_registry.coverage.wifi.defaults import wifi
from infra_registry.coverage.wifi.surface import reached as cells_reached
from infra_registry.db import Database, faults
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging.area_law import area_codes, stating
from infra_registry.errors import Conflict, Forbidden, Invalid, NotFound
from infra_registry.parties.tables import party, user_account
from tests.integration.wifi_city import JINING, LAT, LON, City, make_city, venue, zone

MODEL = {"technology": "4g", "environment": "outdoor", "tool_name": "T", "model": "UMa", "resolution_m": "50",
         "receiver_height_m": "1.5"}  # fmt: skip
WEST = box(LON - 0.05, LAT - 0.05, LON, LAT + 0.05)
HEADER = "lon,lat,operator,technology,method,environment,measured_on,level_dbm\n"


@dataclass(frozen=True)
class Town:
    city: City
    mobile: Actor
    unicom: Actor
    seeker: Actor
    other_seeker: Actor


def party_id(connection: Connection, code: str, name: str, kind: str = "carrier") -> int:
    made: int = connection.scalars(
        insert(party).values(code=code, name=name, kind=kind).returning(party.c.id)
    ).one()
    return made


def actor(connection: Connection, login: str, role: Role, of: int | None = None) -> Actor:
    user = connection.scalars(
        insert(user_account)
        .values(login=login, name=login, password_hash="-", party_id=of)
        .returning(user_account.c.id)
    ).one()
    return Actor(user_id=user, party_id=of or 0, roles=frozenset({RoleGrant(role)}))


def laid(connection: Connection, query: EvidenceQuery, frame: Frame) -> Evidence:
    """Every source on the cells of a frame, laid on one another."""
    return fusion.combine(fused.inputs(connection, query, frame), many=rules().many)


def summary(evidence: Evidence, mask: NDArray[np.bool_]) -> dict[str, Any]:
    """Counts of cells inside the mask: by state, disagreement, confidence, and served or not."""
    states, kinds = evidence.states[mask], evidence.disagreement[mask]
    return {
        "cells": int(mask.sum()),
        "states": {name: int(((states & bit) > 0).sum()) for name, bit in fusion.STATES.items()},
        "disagreements": {name: int((kinds == n).sum()) for n, name in enumerate(fusion.DISAGREEMENTS) if n},
        "confidence": {
            name: int((evidence.confidence[mask] == n).sum()) for n, name in enumerate(fusion.CONFIDENCES)
        },
        "served": int((evidence.served[mask] == fusion.YES).sum()),
        "not_served": int((evidence.served[mask] == fusion.NO).sum()),
        "measurements": int(evidence.measured[mask].sum()),
    }


@pytest.fixture
def town(database: Database) -> Town:
    with database.use_case(SERVICE) as connection:
        city = make_city(connection, JINING)
        mobile = party_id(connection, "MOB", "移动")
        unicom = party_id(connection, "UNI", "联通")
        return Town(
            city,
            actor(connection, "mob", Role.CARRIER_EDITOR, mobile),
            actor(connection, "uni", Role.CARRIER_EDITOR, unicom),
            actor(connection, "see", Role.SEEKER, unicom),
            actor(connection, "see2", Role.SEEKER),
        )


def sent(operator: str = "MOB", area: str = JINING, shape: object = WEST, **more: str) -> claims.Sent:
    data = json.dumps({"type": "Feature", "properties": {}, "geometry": mapping(shape)}).encode()  # type: ignore[call-overload]
    return claims.Sent(
        {**MODEL, "operator": operator, "area": area, **more}, read_shape(data, "c.geojson"), "d"
    )


def claim(database: Database, who: Actor, **more: str) -> str:
    with database.use_case(who) as connection:
        return claims.add(connection, who, sent(**more)).code


def file(database: Database, who: Actor, code: str, **more: object) -> str:
    raw = {"reason": "no_signal", "detail": "none", "lon": LON - 0.02, "lat": LAT} | more
    with database.use_case(who) as connection:
        return challenges.file(connection, who, code, raw)


def move(database: Database, who: Actor, code: str, name: str, version: int, note: str = "because") -> str:
    with database.use_case(who) as connection:
        return challenges.move(connection, who, code, name, version=version, note=note)


# --- claims


def test_a_claim_replaces_the_one_before_and_only_that(database: Database, town: Town) -> None:
    first = claim(database, town.mobile, as_of="2026-01-31")
    indoor = claim(database, town.mobile, as_of="2026-01-31", environment="indoor")
    with database.use_case(town.mobile) as connection:
        made = claims.add(connection, town.mobile, sent(as_of="2026-06-30"))
    assert made.replaced == (first,)
    with database.use_case(ANONYMOUS) as connection:
        assert claim_store.claim(connection, first)["ended_on"] == date(2026, 6, 30)
        standing = {row["code"] for row in claim_store.claims(connection, ClaimFilter())}
        assert standing == {made.code, indoor}
        assert claim_store.count(connection, ClaimFilter(ended=True)) == 3
    with pytest.raises(Conflict) as refused:
        claim(database, town.mobile, as_of="2026-03-31")
    assert refused.value.code == "claims.claim_older"


def test_two_operators_of_one_name_are_told_apart_by_code(database: Database, town: Town) -> None:
    with database.use_case(SERVICE) as connection:
        party_id(connection, "MOB2", "移动")
    with pytest.raises(Invalid) as refused:
        claim(database, town.city.regulator, operator="移动")
    fault = refused.value.faults[0]
    assert (fault.field, fault.code, fault.expected) == ("operator", "claims.operator_ambiguous", "MOB, MOB2")
    one = claim(database, town.city.regulator, operator="MOB2")
    with database.use_case(ANONYMOUS) as connection:
        assert claim_store.claim(connection, one)["operator"] == "MOB2"
        assert claim_store.claims(connection, ClaimFilter(operator="MOB")) == []


def test_only_the_operator_and_the_regulator_of_the_area_claim(database: Database, town: Town) -> None:
    for who in (town.unicom, town.seeker, town.city.stranger):
        with pytest.raises(Forbidden):
            claim(database, who)
    assert claim(database, town.city.regulator)
    with (
        pytest.raises(Exception, match="row-level security") as refused,
        database.use_case(town.unicom) as connection,
    ):
        connection.execute(
            text("""INSERT INTO coverage_claim (code, operator_id, area_id, technology, environment, as_of, tool_name,
                model, resolution_m, receiver_height_m, digest, vertices, geom)
              SELECT 'L-X', operator_id, area_id, technology, environment, as_of, tool_name, model, resolution_m,
                receiver_height_m, digest, vertices, geom FROM coverage_claim""")
        )
    assert isinstance(faults.explain(refused.value), Forbidden)


def test_every_fault_of_a_claim_is_named_at_once(database: Database, town: Town) -> None:
    with pytest.raises(Invalid) as refused:
        claim(database, town.mobile, technology="7g", resolution_m="0", receiver_height_m="", area="nowhere",
              link_budget="eirp", as_of="2099-01-01")  # fmt: skip
    assert {fault.field for fault in refused.value.faults} == {
        "technology", "resolution_m", "receiver_height_m", "area", "link_budget", "as_of"}  # fmt: skip
    with pytest.raises(Invalid) as refused, database.use_case(town.mobile) as connection:
        claims.add(connection, town.mobile, sent(shape=box(10, 10, 11, 11)))
    assert refused.value.faults[0].code == "claims.outside_area"


# --- measurements


def rows(body: str) -> Rows:
    return read_rows([("m.csv", (HEADER + body).encode())], named("plain"))


GOOD = f"{LON - 0.02},{LAT},联通,4g,drive_test,outdoor,2026-10-01,-95\n"


def test_a_faulty_row_refuses_the_batch_unless_good_rows_are_asked_for(
    database: Database, town: Town
) -> None:
    body = GOOD + GOOD.replace("-95", "900") + GOOD.replace("联通", "无名")
    with database.use_case(town.seeker) as connection:
        refused = measurements.load(connection, town.seeker, rows(body), "d1")
    assert (refused.refused, refused.written, refused.faulty) == (True, 0, 1)
    with database.use_case(town.seeker) as connection:
        done = measurements.load(connection, town.seeker, rows(body), "d1", partial=True)
        told = measurement_store.summary(connection)
    assert (done.written, done.faulty) == (2, 1)
    assert {(row["operator"], row["operator_stated"]) for row in told} == {("UNI", None), (None, "无名")}
    with pytest.raises(Conflict) as again, database.use_case(town.seeker) as connection:
        measurements.load(connection, town.seeker, rows(body), "d1", partial=True)
    assert again.value.code == "claims.already_loaded"


def test_a_name_two_parties_have_is_a_finding_with_both_codes(database: Database, town: Town) -> None:
    with database.use_case(SERVICE) as connection:
        party_id(connection, "UNI2", "联通")
    with database.use_case(town.seeker) as connection:
        done = measurements.load(connection, town.seeker, rows(GOOD), "d1", partial=True)
    assert [(f.row, f.fault.code, f.fault.expected) for f in done.findings] == [
        (2, "claims.operator_ambiguous", "UNI, UNI2")
    ]
    assert done.written == 0


def test_where_somebody_measured_is_not_public_and_only_he_takes_it_back(
    database: Database, town: Town
) -> None:
    with database.use_case(town.seeker) as connection:
        measurements.load(connection, town.seeker, rows(GOOD), "d1")
    with database.use_case(ANONYMOUS) as connection:
        assert measurement_store.summary(connection) == []
    with pytest.raises(Conflict), database.use_case(town.other_seeker) as connection:
        measurements.take_back(connection, town.other_seeker, "d1")
    with database.use_case(town.seeker) as connection:
        assert measurements.take_back(connection, town.seeker, "d1") == 1


def test_published_field_measurements_are_loaded_whole(database: Database, real_data: Path) -> None:
    folder = real_data / "montpellier"
    names = ("ANFR_MTP_Mesures__Mesures_globales.csv", "ANFR_MTP_Mesures__Mesures_par_service.csv")
    files = [(name, (folder / name).read_bytes()) for name in names]
    with database.use_case(SERVICE) as connection:
        found = read_rows(files, named("anfr_field_strength"))
        done = measurements.load(connection, SERVICE, found, measurements.digest_of(files))
        listed = measurement_store.field_strengths(connection, done.digest)
    assert (done.read, done.written, done.faulty, done.empty) == (1686, 731, 0, 955)
    assert len({row.ref for row in listed if row.service_stated is None}) == 149


# --- challenges


def test_a_challenge_goes_its_way_and_every_step_stays(database: Database, town: Town) -> None:
    code = file(database, town.seeker, claim(database, town.mobile))
    assert move(database, town.mobile, code, "dispute", 1) == "disputed"
    assert move(database, town.city.regulator, code, "uphold", 2) == "upheld"
    with database.use_case(town.seeker) as connection:
        found = challenge_store.challenge(connection, code)
        told = [event["state"] for event in challenge_store.events(connection, found["id"])]
    assert (found["state"], found["version"], found["days"], found["ended_at"] is not None) == (
        "upheld",
        3,
        0,
        True,
    )
    assert told == ["open", "disputed", "upheld"]
    with pytest.raises(Conflict):
        move(database, town.mobile, code, "concede", 3)


def test_each_may_make_his_own_moves_alone(database: Database, town: Town) -> None:
    code = file(database, town.seeker, claim(database, town.mobile))
    for who, name in ((town.seeker, "concede"), (town.seeker, "uphold"), (town.mobile, "reject"),
                      (town.mobile, "withdraw"), (town.city.regulator, "concede")):  # fmt: skip
        with pytest.raises(Forbidden):
            move(database, who, code, name, 1)
    for stranger in (town.unicom, town.other_seeker, town.city.stranger, ANONYMOUS):
        with pytest.raises((NotFound, Forbidden)):
            move(database, stranger, code, "withdraw", 1)
    assert move(database, town.seeker, code, "withdraw", 1, "") == "withdrawn"


@pytest.mark.parametrize(
    ("who", "state"),
    [
        ("seeker", "upheld"),
        ("seeker", "conceded"),
        ("mobile", "rejected"),
        ("mobile", "withdrawn"),
        ("regulator", "conceded"),
    ],
)
def test_the_database_refuses_a_state_that_is_not_the_writers_to_give(
    database: Database, town: Town, who: str, state: str
) -> None:
    code = file(database, town.seeker, claim(database, town.mobile))
    writer = town.city.regulator if who == "regulator" else getattr(town, who)
    with pytest.raises(Exception, match="row-level security"), database.use_case(writer) as connection:
        connection.execute(
            text("UPDATE coverage_challenge SET state = :state WHERE code = :code"),
            {"state": state, "code": code},
        )


def test_two_who_read_the_same_version_do_not_both_move(database: Database, town: Town) -> None:
    code = file(database, town.seeker, claim(database, town.mobile))
    move(database, town.mobile, code, "concede", 1, "")
    with pytest.raises(Conflict) as refused:
        move(database, town.seeker, code, "withdraw", 1)
    assert refused.value.code == "claims.moved_on"


def test_events_can_be_added_and_nothing_else(database: Database, town: Town) -> None:
    file(database, town.seeker, claim(database, town.mobile))
    for statement in (
        "UPDATE coverage_challenge_event SET note = 'x'",
        "DELETE FROM coverage_challenge_event",
    ):
        with (
            pytest.raises(Exception, match="permission denied"),
            database.use_case(town.seeker) as connection,
        ):
            connection.execute(text(statement))


def test_a_place_that_is_not_claimed_cannot_be_disputed(database: Database, town: Town) -> None:
    code = claim(database, town.mobile)
    with pytest.raises(Invalid) as refused:
        file(database, town.seeker, code, lon=LON + 0.08)
    assert refused.value.faults[0].code == "claims.not_claimed_there"
    with pytest.raises(Invalid) as refused:
        file(database, town.seeker, code, lon=None, lat=None, area="C1E")
    assert refused.value.faults[0].code == "claims.not_claimed_there"
    assert file(database, town.seeker, code, lon=None, lat=None, area="C1W")
    whole = file(database, town.seeker, code, lon=None, lat=None)
    with database.use_case(town.seeker) as connection:
        assert challenge_store.challenge(connection, whole)["shape"] == "MULTIPOLYGON"
        assert challenge_store.count(connection, ChallengeFilter(claim=code, state="open")) == 2
    with database.use_case(ANONYMOUS) as connection:
        assert challenge_store.challenges(connection, ChallengeFilter()) == []


# --- one grid


def test_sources_meet_on_one_grid(database: Database, town: Town) -> None:
    code = claim(database, town.mobile, as_of="2026-01-31")
    bad = "".join(f"{LON - 0.02},{LAT},MOB,4g,drive_test,outdoor,2026-10-01,-120\n" for _ in range(5))
    good = f"{LON + 0.02},{LAT},MOB,4g,drive_test,outdoor,2026-10-01,-80\n"
    with database.use_case(SERVICE) as connection:
        measurements.load(connection, SERVICE, rows(bad + good), "d1")
    dispute = file(database, town.seeker, code, lon=LON - 0.04, seen_on="2026-10-01")
    frame = frame_of(box(LON - 0.06, LAT - 0.06, LON + 0.06, LAT + 0.06), 100)
    asked = EvidenceQuery("MOB", "4g", "outdoor", today())
    with database.use_case(town.city.regulator) as connection:
        told = fused.inputs(connection, asked, frame)
        found = laid(connection, asked, frame)
        nobody = laid(connection, EvidenceQuery("UNI", "4g", "outdoor", today()), frame)
        cells = fused.published(told, frame, np.ones((frame.rows, frame.cols), dtype=bool))
    said = summary(found, np.ones(found.states.shape, dtype=bool))
    assert said["states"]["claimed"] == pytest.approx(4550 * 11100 / 10_000, rel=0.05)
    assert said["measurements"] == 6
    kinds = said["disagreements"]
    assert (
        kinds["claimed_measured_bad"],
        kinds["measured_good_not_claimed"],
        kinds["claimed_challenged"],
    ) == (1, 1, 1)
    assert nobody.states.sum() == 0
    counted = [cell.measured for cell in cells if cell.measured]
    assert counted == [5]
    move(database, town.mobile, dispute, "concede", 1, "")
    with database.use_case(town.city.regulator) as connection:
        after = laid(connection, asked, frame)
    assert summary(after, np.ones(found.states.shape, dtype=bool))["states"]["conceded"] == 1


def test_free_wifi_reaches_as_far_as_it_is_registered(database: Database, town: Town) -> None:
    with database.use_case(SERVICE) as connection:
        register(connection, [zone("W", LON, reach_m=500), zone("paid", LON + 0.05, free=False, reach_m=500)])
        frame = frame_of(box(LON - 0.06, LAT - 0.06, LON + 0.06, LAT + 0.06), 50)
        zones = input_store.zones(connection, town.city.id, today()).free
    reached = int(cells_reached(frame, zones, wifi().default_reach_m).sum()) * 2500
    assert reached == pytest.approx(np.pi * 500**2, rel=0.03)


def test_a_layer_without_classes_predicts_nothing(database: Database, town: Town) -> None:
    frame = frame_of(box(LON - 0.02, LAT - 0.02, LON + 0.02, LAT + 0.02), 100)
    with database.use_case(SERVICE) as connection:
        found = evidence_map_store.classes(connection, 0, frame)
    assert found.shape == (frame.rows, frame.cols)
    assert not found.any()


# --- broadband


def test_none_known_is_told_apart_from_a_record_and_the_law_is_read(database: Database, town: Town) -> None:
    with database.use_case(SERVICE) as connection:
        made = register(
            connection, [venue("served", LON - 0.01), venue("silent", LON + 0.01), venue("left", LON + 0.01)]
        )
        mobile, unicom = town.mobile.party_id, town.unicom.party_id
        before = today() - timedelta(days=30)
        for asset, operator, service, ended in (
            (made[0].id, mobile, "broadband", None),
            (made[0].id, unicom, "broadband", None),
            (made[1].id, mobile, "mobile", None),
            (made[2].id, mobile, "broadband", today()),
        ):
            connection.execute(
                text("""INSERT INTO presence (asset_id, party_id, service, seen_on, ended_on, basis)
                    VALUES (:asset, :party, :service, :on, :ended, 'looked')"""),
                {"asset": asset, "party": operator, "service": service, "on": before, "ended": ended},
            )
    wanted = BuildingFilter(town.city.id, today())
    with database.use_case(ANONYMOUS) as connection:
        listed = {row["name"]: row for row in broadband_store.buildings(connection, wanted)}
        districts = broadband_store.by_district(connection, wanted)
        total = {name: sum(row[name] for row in districts) for name in broadband_store.COUNTS}
        said, elsewhere = (
            stating(law(connection), area_codes(connection, area), broadband_statements(), on)
            for area, on in ((town.city.id, today()), (town.city.west, date(1990, 1, 1)))
        )
    assert {name: row["operator_count"] for name, row in listed.items()} == {
        "served": 2,
        "silent": 0,
        "left": 0,
    }
    assert {one["code"] for one in listed["served"]["operators"]} == {"MOB", "UNI"}
    assert total == {"buildings": 3, "known": 1, "unknown": 2, "several": 1}
    assert [row["code"] for row in districts] == ["C1E", "C1W"]
    assert [cited.book.key for cited in said.clauses] == ["jining"]
    assert elsewhere.clauses == ()


# --- the sample


def test_the_sample_has_claims_measurements_and_disputes_in_three_states(database: Database) -> None:
    city = next(city for city in demo.cities() if city.scenes.claims)
    small = {name: min(count, 14) for name, count in city.counts.items()}
    from dataclasses import replace

    demo.load(database, replace(city, counts=small))
    with database.use_case(SERVICE) as connection:
        claimed = claim_store.claims(connection, ClaimFilter())
        disputed = challenge_store.challenges(connection, ChallengeFilter())
        measured = measurement_store.summary(connection)
        assert {row["technology"] for row in claimed} == {"4g"}
        assert len({row["operator"] for row in claimed}) == 4
        assert {row["state"] for row in disputed} == {"open", "conceded", "upheld"}
        assert all(row["sample"] for row in [*claimed, *disputed, *measured])
        assert sum(row["measured"] for row in measured) == 4 * 11 * 24 + 3 * 8
        demo.load(database, replace(city, counts=small))
        assert claim_store.count(connection, ClaimFilter(ended=True)) == 4
    demo.remove(database)
    with database.use_case(SERVICE) as connection:
        assert claim_store.count(connection, ClaimFilter(ended=True)) == 0
        assert measurement_store.summary(connection) == []


def test_a_point_stands_where_it_was_sent(database: Database, town: Town) -> None:
    code = file(database, town.seeker, claim(database, town.mobile))
    with database.use_case(town.seeker) as connection:
        found = challenge_store.challenge(connection, code)
    assert Point(found["lon"], found["lat"]).equals_exact(Point(LON - 0.02, LAT), 1e-9)
