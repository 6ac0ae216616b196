"""What the register knows of a subject on a day: known, known to be otherwise, or not shown."""

from datetime import date, timedelta
from typing import Any

import pytest
from shapely.geometry import Point, box
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.dialects.postgresql import Range

from infra_registry.access import SERVICE
from infra_registry.areas.tables import area, area_boundary
from infra_registry.assets import capacity, edit, ledger_store
from infra_registry.assets.edit import Change
from infra_registry.assets.kinds import Kind, Status
from infra_registry.assets.tables import asset
from infra_registry.config import today
from infra_registry.db import Database
from infra_registry.duties.judging import asking, facts
from infra_registry.duties.steps import status
from infra_registry.duties.steps.status import Step
from infra_registry.duties.tables import opening_event
from infra_registry.errors import NotFound
from infra_registry.rules.engine import ABROAD
from infra_registry.rules.facts import FACTS
from infra_registry.rules.model import SubjectKind
from tests.integration.duty_register import (
    DAY,
    SOUTH,
    WEST,
    ZONE_NAME,
    Books,
    add,
    book,
    clause,
    list_area,
    show,
    town,
    works,
)  # fmt: skip

YEAR = timedelta(days=365)


def of(connection: Connection, key: int, on: date | None = None) -> dict[str, Any]:
    return dict(facts.of_assets(connection, [key], on or today())[0].subject.facts)


def test_nothing_recorded_is_nothing_shown(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        town(connection)
        key, _ = add(connection, Kind.PUBLIC_BUILDING)
        known = of(connection, key)
    # has_works and asked: the register is where works are linked and requests are made.
    expected = {"kind": "public_building", "status": "in_use", "step": "none"}
    assert known == expected | {"has_works": False, "asked": False}


def test_not_stated_is_not_shown(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        town(connection)
        fields = {
            "controller_type": "not_stated",
            "funding": "not_stated",
            "venue": "hospital",
            "form": "building",
        }
        key, _ = add(connection, Kind.PUBLIC_BUILDING, fields=fields)
        known = of(connection, key)
    assert {"controller_type", "funding"} & known.keys() == set()
    assert (known["venue"], known["form"]) == ("hospital", "building")


@pytest.mark.parametrize("kind", [Kind.TOWER, Kind.DUCT, Kind.CABLE, Kind.ROOM, Kind.PREMISES])
def test_built_on_of_each_kind_that_has_it(database: Database, kind: Kind) -> None:
    with database.use_case(SERVICE) as connection:
        town(connection)
        key, _ = add(connection, kind, fields={"built_on": "2011-05-01"})
        assert of(connection, key)["built_on"] == date(2011, 5, 1)


def test_in_use_since(database: Database) -> None:
    """The day of recording says nothing about the day a thing went into use; a stated day or a move does."""
    with database.use_case(SERVICE) as connection:
        town(connection)
        undated, _ = add(connection, Kind.TOWER)
        stated, _ = add(connection, Kind.TOWER, (150, 101), valid_from=date(2009, 3, 1))
        station, _ = add(connection, Kind.BASE_STATION, fields={"in_service_on": "2015-06-01"})
        moved, code = add(connection, Kind.TOWER, (150, 102), status=Status.BUILDING)
        status.move(connection, SERVICE, code, 1, Status.IN_USE, Step(on=today()))
        assert "in_use_on" not in of(connection, undated)
        assert of(connection, stated)["in_use_on"] == date(2009, 3, 1)
        assert of(connection, station)["in_use_on"] == date(2015, 6, 1)
        assert of(connection, moved)["in_use_on"] == today()


def test_status_of_a_day_gone_by(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        town(connection)
        key, code = add(connection, Kind.TOWER, status=Status.PLANNED, valid_from=date(2019, 1, 1))
        status.move(connection, SERVICE, code, 1, Status.BUILDING, Step(on=date(2020, 1, 1)))
        status.move(connection, SERVICE, code, 2, Status.IN_USE, Step(on=date(2021, 1, 1)))
        assert of(connection, key)["status"] == "in_use"
        assert of(connection, key, date(2020, 6, 1))["status"] == "building"
        assert of(connection, key, date(2019, 6, 1))["status"] == "planned"
        assert "status" not in of(connection, key, date(2018, 6, 1))


def test_evidence_the_last_known_by_the_day_wins(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        town(connection)
        key, _ = add(connection, Kind.PUBLIC_BUILDING)
        show(connection, "safety", True, date(2021, 1, 1), asset_id=key)
        show(connection, "safety", False, date(2023, 1, 1), asset_id=key)
        show(connection, "safety", None, date(2024, 1, 1), asset_id=key)
        show(connection, "safety", True, date(2022, 1, 1), asset_id=key)  # recorded last, known earlier
        on = {year: of(connection, key, date(year, 6, 1)).get("safety") for year in range(2020, 2025)}
    assert on == {2020: None, 2021: True, 2022: True, 2023: False, 2024: None}


def test_wifi_fields_are_stated_or_missing(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        town(connection)
        bare, _ = add(connection, Kind.WIFI_ZONE)
        fields = {
            "free": True, "security_measures": False, "security_filing": "备案1号", "login_manner": "none",
            "responsible": "信息科", "log_days": 180,
        }  # fmt: skip
        full, _ = add(connection, Kind.WIFI_ZONE, (150, 101), fields=fields)
        names = {
            "free",
            "security_measures",
            "security_filing",
            "login_stated",
            "responsible_stated",
            "log_days",
        }
        assert names & of(connection, bare).keys() == set()
        known = of(connection, full)
    assert {name: known[name] for name in sorted(names)} == {
        "free": True,
        "log_days": 180,
        "login_stated": True,
        "responsible_stated": True,
        "security_filing": True,
        "security_measures": False,
    }


WITHHELD = """UPDATE asset SET access_class = :access, withheld_reason = :why, withheld_review_on = :day
    WHERE kind = 'base_station'"""


def test_who_shares(database: Database) -> None:
    """Tenants, presence and allocations count once each; "not shared" needs a ledger that names every holder."""
    with database.use_case(SERVICE) as connection:
        who = town(connection).parties
        alone, _ = add(connection, Kind.TOWER, operator_id=who["one"])
        host, _ = add(connection, Kind.TOWER, (150, 101), operator_id=who["tower"])
        assert "shared" not in of(connection, alone)
        add(connection, Kind.BASE_STATION, (150, 101), operator_id=who["one"], host_id=host)
        assert "shared" not in of(connection, host)
        seen = {
            "asset_id": host,
            "party_id": who["two"],
            "service": "mobile",
            "seen_on": today() - YEAR,
            "basis": "survey",
        }
        ledger_store.add_presence(connection, [seen])
        assert (of(connection, host)["shared"], of(connection, host)["operators_count"]) == (True, 2)
        assert "shared" not in of(connection, host, today() - 2 * YEAR)
        for access in ("P0", "P4"):  # who is shown how many are on the host counts no withheld station
            kept = {"access": access, "why": "a guarded place", "day": today() + YEAR}
            connection.execute(text(WITHHELD), kept)
            assert "shared" not in of(connection, host)
        connection.execute(text("UPDATE asset SET access_class = 'P3' WHERE kind = 'base_station'"))
        units = capacity.add_units(connection, alone, "platform", 2)
        assert (of(connection, alone)["shared"], of(connection, alone)["operators_count"]) == (False, 1)
        held = {"state": "used", "period": Range(today() - YEAR, None)}
        ledger_store.add_allocations(connection, [{**held, "unit_id": units[0]}])
        assert "shared" not in of(connection, alone)  # somebody holds it, nobody said who
        ledger_store.add_allocations(connection, [{**held, "unit_id": units[1], "holder_id": who["two"]}])
        assert of(connection, alone)["shared"] is True


def said(connection: Connection, key: int, act: str, on: date, **more: Any) -> int:
    found: int = connection.scalar(
        insert(opening_event)
        .values(code=f"O-{act}-{on}-{key}", asset_id=key, act=act, done_on=on, **more)
        .returning(opening_event.c.id)
    )
    return found


def test_opening_is_what_the_holder_said_last(database: Database) -> None:
    ground = {"ground": "landscape", "clause": "5", "evidence": "protected roof", "person": "office"}
    with database.use_case(SERVICE) as connection:
        who = town(connection).parties
        key, _ = add(connection, Kind.PUBLIC_BUILDING)
        said(connection, key, "asked", date(2024, 1, 1), asker_id=who["one"])
        said(connection, key, "refused", date(2024, 2, 1), **ground)
        opened = said(connection, key, "opened", date(2025, 2, 1))
        said(connection, key, "withdrawn", date(2026, 2, 1), answers_id=opened)
        on = {
            day: of(connection, key, date(*day))
            for day in ((2023, 1, 1), (2024, 1, 15), (2024, 3, 1), (2025, 3, 1), (2026, 3, 1))
        }
    found = [(known["asked"], known.get("opened"), known.get("refused")) for known in on.values()]
    assert found == [
        (False, None, None), (True, None, None), (True, False, True), (True, True, False), (True, False, True),
    ]  # fmt: skip


def test_room_is_scarce_when_requests_outnumber_free_units(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        who = town(connection).parties
        key, _ = add(connection, Kind.POLE, fields={"use": "street_light"})
        assert "room_scarce" not in of(connection, key)
        capacity.add_units(connection, key, "slot", 1)
        said(connection, key, "asked", today(), asker_id=who["one"])
        assert of(connection, key)["room_scarce"] is False
        said(connection, key, "asked", today() - YEAR, asker_id=who["two"])
        known = of(connection, key)
    assert (known["room_scarce"], known["pole_use"]) == (True, "street_light")


def test_works_done_are_true_and_the_rest_is_not_shown(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        made = town(connection)
        done = [("reviewed", date(2025, 1, 1)), ("accepted", date(2026, 1, 1))]
        key = works(
            connection, made.areas["city"], done, funding="government", setting="urban_road", builds=["duct"],
            builder_id=made.parties["maker"], starts_on=date(2025, 3, 1),
        )  # fmt: skip
        held, _ = add(
            connection, Kind.CABLE, project_id=key, fields={"laying": "in_duct"}, status=Status.BUILDING,
            owner_id=made.parties["one"],
        )  # fmt: skip
        loose, _ = add(connection, Kind.CABLE, (150, 101), status=Status.BUILDING)
        show(connection, "feasible", False, date(2025, 1, 1), project_id=key)
        early = facts.of_projects(connection, [key], date(2025, 6, 1))[0].subject.facts
        late = facts.of_projects(connection, [key], DAY)[0].subject
        cable = of(connection, held)
        assert "has_works" not in of(connection, loose)  # it is being built; by which works nobody said
    assert early["reviewed"] is True
    assert "accepted" not in early
    assert late.facts["accepted_on"] == date(2026, 1, 1)
    assert {"consulted", "filed", "in_town", "plan_designates"} & late.facts.keys() == set()
    assert (late.facts["works_funding"], late.facts["setting"]) == ("government", "urban_road")
    assert late.facts["builds"] == ("duct",)  # the cable is blurred: it counts for itself alone
    assert cable["builds"] == ("cable", "duct")
    assert {"990100", "990000"} <= late.areas
    assert (cable["has_works"], cable["works_funding"], cable["feasible"]) == (True, "government", False)
    assert cable["works_by_other"] is True
    assert "funding" not in cable  # that of the building itself, not of its works


def test_an_act_taken_back_is_not_shown(database: Database) -> None:
    from infra_registry.assets.ledger_tables import project_act

    with database.use_case(SERVICE) as connection:
        key = works(connection, town(connection).areas["city"], [("filed", date(2025, 1, 1))])
        act = connection.scalar(select(project_act.c.id))
        back = {
            "project_id": key,
            "act": "filed",
            "done_on": date(2026, 1, 1),
            "basis": "in error",
            "takes_back_id": act,
        }
        connection.execute(insert(project_act).values(back))
        assert "filed" not in facts.of_projects(connection, [key], DAY)[0].subject.facts


def test_a_line_that_went_underground(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        town(connection)
        hung, code = add(connection, Kind.CABLE, fields={"laying": "overhead"})
        ever, _ = add(connection, Kind.CABLE, (150, 101), fields={"laying": "in_duct"})
        assert of(connection, hung)["undergrounded"] is False
        edit.edit(connection, SERVICE, code, 1, Change(fields={"laying": "in_duct"}))
        assert of(connection, hung)["undergrounded"] is True
        assert of(connection, ever)["undergrounded"] is False


@pytest.mark.parametrize(
    ("exclusive", "deal", "expected"),
    [
        (None, "exclusive_access", True),
        (None, "exclusive_revenue", True),
        (None, "exclusive_marketing", True),
        (None, "access", None),
        (False, "exclusive_access", False),
        (True, "lease", True),
    ],
)
def test_exclusive(database: Database, exclusive: bool | None, deal: str, expected: bool | None) -> None:
    with database.use_case(SERVICE) as connection:
        who = town(connection).parties
        held, _ = add(connection, Kind.PREMISES)
        row = {
            "code": "A-1", "asset_id": held, "grantor_id": who["keeper"], "grantee_id": who["one"], "deal_type": deal,
            "exclusive": exclusive, "basis": "copy", "period": Range(date(2020, 1, 1), date(2025, 1, 1)),
        }  # fmt: skip
        key = ledger_store.add_agreements(connection, [row])[0]
        within = facts.of_agreements(connection, [key], date(2024, 1, 1))[0]
        after = facts.of_agreements(connection, [key], DAY)[0]
    assert within.subject.facts.get("exclusive") is expected
    assert (within.subject.facts["grantor_kind"], within.subject.facts["grantee_kind"]) == (
        "property_manager",
        "carrier",
    )
    assert (within.subject.facts["in_term"], after.subject.facts["in_term"]) == (True, False)
    assert "990100" in within.subject.areas


def test_free_wifi_of_a_key_area(database: Database) -> None:
    """False only where the register has zones of the whole city; a zone that does not say leaves it open."""
    square = box(WEST + 0.100, SOUTH + 0.1, WEST + 0.102, SOUTH + 0.102)
    with database.use_case(SERVICE) as connection:
        city = town(connection).areas["city"]
        key = list_area(connection, city, square, ends_on=date(2027, 1, 1), urban_part="urban_district")

        def now(on: date = DAY) -> dict[str, Any]:
            return dict(facts.of_key_areas(connection, [key], on)[0].subject.facts)

        assert now() == {"key_public_area": True, "urban_part": "urban_district"}
        add(connection, Kind.WIFI_ZONE, (10, 10), fields={"free": True, "reach_m": 50})
        assert now()["free_wifi"] is False
        add(connection, Kind.WIFI_ZONE, (103, 101), fields={"reach_m": 200})
        assert "free_wifi" not in now()
        _, code = add(connection, Kind.WIFI_ZONE, (103, 101.5), fields={"free": True, "reach_m": 20})
        assert "free_wifi" not in now()  # a hundred metres away
        edit.edit(connection, SERVICE, code, 1, Change(fields={"reach_m": 150}))
        assert now()["free_wifi"] is True
        assert now(date(2019, 12, 31))["key_public_area"] is False
        assert now(date(2027, 1, 2))["key_public_area"] is False


def test_areas_are_codes_up_to_the_province_and_names_of_zones(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        town(connection)
        inside, _ = add(connection, Kind.TOWER, (20, 20))
        outside, _ = add(connection, Kind.TOWER, (900, 900))
        found = facts.of_assets(connection, [inside, outside], DAY)
    assert found[0].subject.areas == {"990000", "990100", "990102", "Z1", ZONE_NAME}
    assert found[1].subject.areas == frozenset()


def test_the_country_ends_at_its_border(database: Database) -> None:
    from geoalchemy2.shape import from_shape
    from shapely.geometry import MultiPolygon

    with database.use_case(SERVICE) as connection:
        town(connection)
        key = connection.scalar(
            insert(area)
            .values(scheme="foreign", code="34172", name="Montpellier", level="city")
            .returning(area.c.id)
        )
        shape = from_shape(MultiPolygon([Point(3.87, 43.61).buffer(0.1)]), 4326)
        connection.execute(insert(area_boundary).values(area_id=key, geom=shape))
        abroad, code = add(connection, Kind.TOWER, ((3.87 - WEST) * 1000, (43.61 - SOUTH) * 1000))
        law = Books((book("nation", clause("1", 'when = { fact = "kind", is = "tower" }'), areas='["*"]'),))
        found = facts.of_assets(connection, [abroad], DAY)[0]
        answer = asking.of(connection, law, SubjectKind.ASSET, code, DAY)
    assert found.subject.areas == {"foreign:34172", ABROAD}
    assert (answer.duties, answer.in_force) == ((), ())


def test_every_fact_is_in_the_vocabulary_of_its_subject(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        made = town(connection)
        key = works(connection, made.areas["city"], [("filed", DAY)], builds=["duct"], setting="building")
        ids = [add(connection, kind, (150, 100 + i), project_id=key)[0] for i, kind in enumerate(Kind)]
        connection.execute(update(asset).values(operator_id=made.parties["one"]))
        listed = list_area(connection, made.areas["city"], Point(WEST + 0.1, SOUTH + 0.1))
        row = {"code": "A-1", "asset_id": ids[0], "deal_type": "other", "basis": "copy"}
        deal = ledger_store.add_agreements(connection, [row])[0]
        found = [
            *facts.of_assets(connection, ids, DAY),
            *facts.of_projects(connection, [key], DAY),
            *facts.of_agreements(connection, [deal], DAY),
            *facts.of_key_areas(connection, [listed], DAY),
        ]
    assert len(found) == len(Kind) + 3
    for known in found:
        for name in known.subject.facts:
            assert known.kind in FACTS[name].subjects, name


def test_no_subject_of_that_code(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        for code in ("", "G-NONE", "\0", "x" * 5000, "名"):
            with pytest.raises(NotFound, match=r"duty\.no_subject"):
                asking.load(connection, SubjectKind.ASSET, code, DAY)
        with pytest.raises(NotFound):
            asking.load(connection, SubjectKind.PARTY, "ONE", DAY)
