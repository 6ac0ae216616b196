"""Cases against the database: filed once, read by few, moved by rule, erased for good."""

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mapbox_vector_tile
import psycopg
import pytest
from argon2 import PasswordHasher
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from infra_registry import audit
from infra_registry.access import SERVICE, Actor
from infra_registry.cases import desk_store, erasure, handling, points, tracking
from infra_registry.cases import receipt as secret_hashes
from infra_registry.cases.keys import Keys
from infra_registry.cluster import Addresses
from infra_registry.cluster.binaries import find_binaries
from infra_registry.db import Database
from infra_registry.errors import Conflict, Forbidden, Invalid, Limited, NotFound, RegistryError
from infra_registry.parties import ties
from tests.integration.case_town import CANARIES, KEYS, Town, case_town, draft, file, move


@pytest.fixture
def town(database: Database) -> Town:
    return case_town(database)


def look(database: Database, number: str, secret: str, address: str = "192.0.2.1") -> tracking.Status | None:
    with database.use_case(SERVICE) as connection:
        return tracking.track(connection, KEYS, number, secret, address=address)


def test_a_report_is_followed_from_receipt_to_decision(database: Database, town: Town) -> None:
    receipt = file(database, draft(carriers=["P-CARRIER"], developer="Some Telecom"))
    assert receipt.secret
    with database.use_case(town.handler) as connection:
        found = handling.read_case(connection, KEYS, town.handler, receipt.number)
        who = handling.read_identity(connection, KEYS, town.handler, receipt.number)
    assert found.story["story"] == CANARIES["story"]
    assert found.point == (116.58, 35.41)
    assert {(one.part, one.name, one.code) for one in found.accused} >= {
        ("carrier", "某某通信", "P-CARRIER"),
        ("developer", "某某通信", "P-CARRIER"),
        ("property_manager", CANARIES["property_manager"], None),
    }
    assert who == handling.Identity(CANARIES["name"], CANARIES["contact"])
    assert move(database, town.handler, receipt.number, "check", 1) == "checking"
    words = "Please send the contract to the office."
    assert (
        move(database, town.handler, receipt.number, "not_accept", 2, "not_enough_facts", words)
        == "not_accepted"
    )
    status = look(database, receipt.number.lower(), receipt.secret.lower())
    assert status is not None
    assert [(step.state, step.reason, step.words) for step in status.heard] == [
        ("received", None, ""),
        ("checking", None, ""),
        ("not_accepted", "not_enough_facts", words),
    ]


def test_the_same_form_makes_one_case_and_one_receipt(database: Database, town: Town) -> None:
    sent = draft()
    with ThreadPoolExecutor(4) as pool:
        receipts = set(pool.map(lambda _: file(database, sent), range(6)))
    assert len({(one.number, one.secret) for one in receipts}) == 1
    with database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM case_file")) == 1
        assert connection.scalar(text("SELECT count(*) FROM case_event")) == 1


def test_the_secret_is_shown_for_a_while_only(database: Database, town: Town) -> None:
    sent = draft()
    first = file(database, sent)
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE case_file SET received_at = now() - interval '20 minutes'"))
    again = file(database, sent)
    assert (again.number, again.secret) == (first.number, None)


@pytest.fixture
def full_cost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Secrets hashed at the cost of the product, for what is told by how long it takes."""
    monkeypatch.setattr(secret_hashes, "_HASHER", PasswordHasher())
    secret_hashes._nobody.cache_clear()
    yield
    secret_hashes._nobody.cache_clear()


@pytest.mark.usefixtures("full_cost")
def test_wrong_secret_and_unknown_number_look_and_take_the_same(database: Database, town: Town) -> None:
    receipt = file(database, draft())
    assert receipt.secret is not None

    def seconds(number: str) -> float:
        started = time.perf_counter()
        assert look(database, number, "A" * 20, address=f"{number}{started}") is None
        return time.perf_counter() - started

    seconds(receipt.number)
    wrong = sorted(seconds(receipt.number) for _ in range(7))[3]
    unknown = sorted(seconds("R-0000-0000") for _ in range(7))[3]
    assert 0.5 < unknown / wrong < 2


def test_handlers_of_the_city_read_and_nobody_else(database: Database, town: Town) -> None:
    number = file(database, draft(carriers=["P-CARRIER"])).number
    for name, actor in {**town.others, "elsewhere": town.handler_elsewhere}.items():
        with database.use_case(actor) as connection, pytest.raises((Forbidden, NotFound)):
            handling.read_case(connection, KEYS, actor, number)
        with database.use_case(actor) as connection, pytest.raises((Forbidden, NotFound)):
            handling.read_identity(connection, KEYS, actor, number)
        for table in ("case_file", "case_identity", "case_event", "accused"):
            assert rows_seen(database, actor, table) == 0, (name, table)
    assert [rows_seen(database, town.handler, t) for t in ("case_file", "case_identity")] == [1, 1]


def rows_seen(database: Database, actor: Actor, table: str) -> int:
    try:
        with database.use_case(actor) as connection:
            return int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)
    except ProgrammingError as error:
        if "permission denied" in str(error):
            return 0
        raise


def test_the_service_files_identities_and_cannot_read_them(database: Database, town: Town) -> None:
    file(database, draft())
    with pytest.raises(ProgrammingError, match="permission denied"), database.use_case(SERVICE) as connection:
        connection.execute(text("SELECT * FROM case_identity"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_file SET reason = 'other'",
        "UPDATE case_file SET sealed = ''",
        "DELETE FROM case_file",
        "DELETE FROM case_event",
        "UPDATE case_event SET move = 'accept'",
        "DELETE FROM case_identity",
        "SELECT erase_case('R-1')",
    ],
)
def test_handlers_cannot_rewrite_what_happened(database: Database, town: Town, statement: str) -> None:
    file(database, draft())
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        database.use_case(town.handler) as connection,
    ):
        connection.execute(text(statement))


def test_a_handler_of_the_accused_party_is_kept_out(database: Database, town: Town) -> None:
    accusing = file(database, draft(carriers=["P-CARRIER"])).number
    other = file(database, draft()).number
    me = town.handler_of_carrier
    for act in (handling.read_case, handling.read_identity):
        with database.use_case(me) as connection, pytest.raises(Forbidden, match=r"cases\.own_party"):
            act(connection, KEYS, me, accusing)
    with pytest.raises(Forbidden, match=r"cases\.own_party"):
        move(database, me, accusing, "check", 1)
    with database.use_case(me) as connection:
        rows, total = desk_store.rows(connection, desk_store.CaseFilter())
    assert ([row.number for row in rows], total) == ([other], 1)
    assert move(database, me, other, "check", 1) == "checking"


@pytest.mark.parametrize(
    "typed",
    [
        {"other_carrier": "某某通信有限公司"},
        {"other_carrier": " 某某 通信"},
        {"other_carrier": "ＳＯＭＥ　Ｔｅｌｅｃｏｍ Co., Ltd."},
        {"property_manager": "某某通信山东分公司"},
        {"other_party": "some telecom"},
    ],
)
def test_a_handler_is_kept_out_however_the_accused_is_typed(
    database: Database, town: Town, typed: dict[str, str]
) -> None:
    number = file(database, draft(**typed)).number
    me = town.handler_of_carrier
    for act in (handling.read_case, handling.read_identity):
        with database.use_case(me) as connection, pytest.raises(Forbidden, match=r"cases\.own_party"):
            act(connection, KEYS, me, number)
    with pytest.raises(Forbidden, match=r"cases\.own_party"):
        move(database, me, number, "check", 1)
    for name in ("propose", "withdraw", "approve"):
        with database.use_case(me) as connection, pytest.raises(Forbidden, match=r"cases\.own_party"):
            erasure.act(connection, KEYS, me, number, name)
    assert move(database, town.handler, number, "check", 1) == "checking"


def test_a_declared_interest_keeps_out_until_somebody_else_ends_it(database: Database, town: Town) -> None:
    number = file(database, draft(carriers=["P-CARRIER"])).number
    written = file(database, draft(other_carrier="某某通信公司")).number
    me, security = town.handler, town.others["security_admin"]
    with database.use_case(me) as connection:
        ties.declare(connection, me, "P-CARRIER", "a brother works there")
    for case in (number, written):
        with database.use_case(me) as connection, pytest.raises(Forbidden, match=r"cases\.own_party"):
            handling.read_case(connection, KEYS, me, case)
    with database.use_case(me) as connection, pytest.raises(Invalid):
        ties.declare(connection, me, "P-CARRIER", "again the same")
    with database.use_case(me) as connection:
        assert connection.execute(text("UPDATE party_interest SET ended_at = now()")).rowcount == 0
    with database.use_case(town.handler_elsewhere) as connection:
        assert ties.of_user(connection, me.user_id) == []
    with database.use_case(security) as connection:
        (interest,) = ties.of_user(connection, me.user_id)
        ties.end(connection, security, "handler", interest.id)
    with database.use_case(me) as connection:
        assert handling.read_case(connection, KEYS, me, number)
        actions = "SELECT action FROM audit_event WHERE action LIKE 'interest%' ORDER BY id"
    with database.use_case(SERVICE) as connection:
        assert list(connection.scalars(text(actions))) == ["interest_declared", "interest_ended"]


def test_reading_is_audited_without_a_word_of_content(database: Database, town: Town) -> None:
    number = file(database, draft()).number
    with database.use_case(town.handler) as connection:
        handling.read_identity(connection, KEYS, town.handler, number)
    with database.use_case(town.others["auditor"]) as connection:
        events, _ = audit.events(connection, audit.EventFilter(action="read", ref=number))
    assert [(e.object, e.actor) for e in events] == [("case_identity", str(town.handler.user_id))]


def test_moves_name_what_is_open_and_refuse_a_stale_page(database: Database, town: Town) -> None:
    number = file(database, draft()).number
    with pytest.raises(Conflict) as shut:
        move(database, town.handler, number, "accept", 1)
    assert shut.value.params["allowed"] == ["check"]
    move(database, town.handler, number, "check", 1)
    with pytest.raises(Conflict, match=r"cases\.stale"):
        move(database, town.handler, number, "accept", 1)
    with pytest.raises(Invalid):
        move(database, town.handler, number, "not_accept", 2)
    with database.use_case(town.handler) as connection:
        assert handling.read_case(connection, KEYS, town.handler, number).facts["version"] == 2


def test_of_two_handlers_at_once_one_wins(database: Database, town: Town) -> None:
    number = file(database, draft()).number

    def one(_: int) -> str:
        try:
            return move(database, town.handler, number, "check", 1)
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        results = sorted(pool.map(one, range(4)))
    assert results.count("checking") == 1
    with database.use_case(town.handler) as connection:
        assert connection.scalar(text("SELECT count(*) FROM case_event WHERE move = 'check'")) == 1


def test_a_failed_move_leaves_no_event_and_no_audit(database: Database, town: Town) -> None:
    number = file(database, draft()).number
    count = text("SELECT (SELECT count(*) FROM case_event), (SELECT count(*) FROM audit_event)")
    with database.use_case(SERVICE) as connection:
        before = connection.execute(count).one()
    with (
        pytest.raises(RegistryError, match=r"cases\.key_wrong"),
        database.use_case(town.handler) as connection,
    ):
        handling.move_case(connection, Keys(b"x"), town.handler, number, handling.MoveRequest("check", 1))
    with database.use_case(SERVICE) as connection:
        assert connection.execute(count).one() == before


def test_erasure_leaves_codes_and_dates_only(database: Database, town: Town) -> None:
    receipt = file(database, draft())
    assert receipt.secret is not None
    move(database, town.handler, receipt.number, "check", 1, "", "We are looking at it.")
    with database.use_case(SERVICE) as connection:
        kept = connection.execute(text("SELECT wrapped_key, sealed FROM case_file")).one()
        handling.erase_case(connection, receipt.number)
    with database.use_case(town.handler) as connection:
        found = handling.read_case(connection, KEYS, town.handler, receipt.number)
        assert handling.read_identity(connection, KEYS, town.handler, receipt.number) is None
        row = text("SELECT wrapped_key, sealed, sealed_point, geom, capacity FROM case_file")
        left = connection.execute(row).one()
        assert connection.scalar(text("SELECT count(*) FROM case_identity")) == 0
        assert connection.scalar(text("SELECT count(*) FROM case_event WHERE said IS NOT NULL")) == 0
    assert tuple(left) == (None, b"", None, None, None)
    assert kept.wrapped_key is not None
    assert found.story == {}
    assert found.point is None
    assert all(not one.name for one in found.accused)
    assert look(database, receipt.number, receipt.secret) is None
    with pytest.raises(Conflict, match=r"cases\.erased"):
        move(database, town.handler, receipt.number, "accept", found.facts["version"])
    with database.use_case(SERVICE) as connection, pytest.raises(NotFound):
        handling.erase_case(connection, receipt.number)


def test_no_written_word_stands_in_a_dump(database: Database, addresses: Addresses, town: Town) -> None:
    number = file(database, draft()).number
    with database.use_case(town.handler) as connection:
        handling.read_case(connection, KEYS, town.handler, number)
        handling.read_identity(connection, KEYS, town.handler, number)
    move(database, town.handler, number, "check", 1, "", "CANARYsaid11 from the handler")
    assert addresses.superuser is not None
    dump = subprocess.run(
        [find_binaries().program("pg_dump"), "--inserts", addresses.superuser],
        capture_output=True,
        check=True,
    ).stdout
    assert number.encode() in dump
    assert b"192.0.2.1" not in dump
    for word in (*CANARIES.values(), "CANARY"):
        found = word.split()[0].encode()
        assert found not in dump
        assert found.hex().encode() not in dump


def test_a_flood_from_one_address_is_slowed_and_says_until_when(database: Database, town: Town) -> None:
    for _ in range(10):
        file(database, draft())
    with pytest.raises(Limited) as refused:
        file(database, draft())
    assert 0 < refused.value.params["retry_after_s"] <= 3600
    assert file(database, draft(), address="192.0.2.2").secret


def test_the_place_gives_city_and_district(database: Database, addresses: Addresses, town: Town) -> None:
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text(
                "INSERT INTO area_boundary (area_id, geom) "
                "SELECT :city, ST_Multi(ST_MakeEnvelope(117, 28, 118, 29, 4326))"
            ),
            {"city": town.other_city},
        )
    near = file(database, draft()).number
    far = file(database, draft(lat="28.5", lon="117.5")).number  # the point wins over the list
    nowhere = file(database, draft(lat="", lon="", district="other")).number
    with database.use_case(SERVICE) as connection:
        rows: Any = connection.execute(text("SELECT number, city_id FROM case_file")).all()
    assert dict(rows) == {near: town.city, far: town.other_city, nowhere: None}
    assert rows_seen(database, town.handler, "case_file") == 2
    assert rows_seen(database, town.handler_elsewhere, "case_file") == 2


def test_list_filters_sorts_and_counts(database: Database, town: Town) -> None:
    first, second = file(database, draft()).number, file(database, draft(reason="other")).number
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text("UPDATE case_file SET received_at = now() - interval '40 days' WHERE number = :n"),
            {"n": first},
        )
    move(database, town.handler, second, "check", 1)

    def numbers(**asked: object) -> list[str]:
        with database.use_case(town.handler) as connection:
            return [row.number for row in desk_store.rows(connection, desk_store.CaseFilter(**asked))[0]]  # type: ignore[arg-type]

    assert numbers() == [second, first]
    assert numbers(sort="received") == [first, second]
    assert numbers(state="checking") == [second]
    assert numbers(reason="other", district="370811") == [second]
    assert numbers(older_than=30) == [first]
    assert numbers(district="nowhere") == []
    for asked in ({"state": "x"}, {"reason": "'"}, {"older_than": 5}, {"sort": "id; DROP"}):
        with pytest.raises(Invalid):
            desk_store.CaseFilter(**asked)  # type: ignore[arg-type]
    with database.use_case(town.handler) as connection:
        assert desk_store.counts(connection) == {
            "received": 1,
            "checking": 1,
            "accepted": 0,
            "not_accepted": 0,
        }


def test_the_tile_shows_handlers_their_cases_alone(database: Database, town: Town) -> None:
    number = file(database, draft()).number
    tiles = {}
    for name, actor in (
        ("mine", town.handler),
        ("other", town.handler_elsewhere),
    ):
        with database.use_case(actor) as connection:
            tiles[name] = mapbox_vector_tile.decode(points.tile(connection, KEYS, actor, (0, 0, 0)))
    [feature] = tiles["mine"]["cases"]["features"]
    assert feature["properties"] == {
        "number": number,
        "code": number,
        "state": "received",
        "reason": "exclusive_agreement",
    }
    assert not tiles["other"].get("cases", {}).get("features")
    regulator = town.others["regulator"]
    with database.use_case(regulator) as connection, pytest.raises(Forbidden):
        points.tile(connection, KEYS, regulator, (0, 0, 0))
    with database.use_case(town.others["auditor"]) as connection:
        [event] = audit.events(connection, audit.EventFilter(action="read", object="case_file"))[0]
    assert (event.row_count, event.facts) == (1, {"what": "points"})


def test_marks_of_addresses_go_after_a_day(database: Database, addresses: Addresses, town: Town) -> None:
    file(database, draft())
    assert addresses.superuser is not None
    with psycopg.connect(addresses.superuser) as connection:
        connection.execute("UPDATE attempt SET at = at - interval '25 hours', digest = 'old'")
    file(database, draft())
    with database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM attempt WHERE digest = 'old'")) == 0
        assert connection.scalar(text("SELECT count(*) FROM attempt")) == 1
