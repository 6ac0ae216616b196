"""Attempts to learn or to do more than one may, where the law is served: secrets, races, former holders, bad files."""

import io
import re
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from infra_registry.access import SERVICE, Actor, Role
from infra_registry.assets.kinds import Kind, Status
from infra_registry.assets.tables import asset
from infra_registry.config import today
from infra_registry.db import Database
from infra_registry.duties.answers import opening, opening_store
from infra_registry.duties.answers.opening_checks import Act
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging import projection_store, work
from infra_registry.errors import Conflict
from infra_registry.rules.node import MOST_FAULTS, Source
from tests.integration.law_towns import Towns, building, plant, settle
from tests.integration.rebuilding import rebuild
from tests.web.site import Site

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
LINK = re.compile(r"https?://localhost(/answer/[0-9A-Z-]{34})")


@pytest.fixture
def towns(database: Database) -> Towns:
    with database.use_case(SERVICE) as connection:
        return settle(connection)


def hall(database: Database, towns: Towns, **values: int) -> str:
    with database.use_case(SERVICE) as connection:
        code = building(connection, towns, "yinchuan", **values)
        rebuild(connection, law(connection))
    return code


def did(database: Database, actor: Actor, act: str, code: str) -> str:
    with database.use_case(actor) as connection:
        (event,) = opening.record(connection, law(connection), actor, [Act(code, act, wanted="屋顶")])
    return event


def test_whether_a_zone_is_secure_is_told_to_who_is_shown_its_record(
    site: Site, database: Database, towns: Towns
) -> None:
    with database.use_case(SERVICE) as connection:
        values = {"access_class": "P1", "status": Status.IN_USE, "fields": {"free": True, "log_days": 3}}
        code = plant(connection, towns, "jining", Kind.WIFI_ZONE, **values)
        rebuild(connection, law(connection))
    owner = site.user("owner_of_it", (Role.CARRIER_EDITOR, None), party_id=towns.parties["carrier"])
    rival = site.user("rival_of_it", (Role.CARRIER_EDITOR, None), party_id=towns.parties["other_carrier"])
    assert "wifi_security,shall,binds,broken" in owner.get(f"/duties.csv?code={code}").text
    assert 'id="d-jining-14.2"' in owner.get(f"/assets/{code}").text
    for reader in (site.visitor(), rival):
        assert "wifi_security" not in reader.get(f"/duties.csv?code={code}").text
        assert code not in reader.get("/duties?kept=broken").text
        page = reader.get(f"/assets/{code}").text
        assert 'id="duties"' in page
        assert 'id="d-jining-14.2"' not in page


def test_of_two_who_take_the_same_answer_back_one_is_told(
    database: Database, towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = towns.actors["carrier"]
    event = did(database, actor, "asked", hall(database, towns))
    both, lock = threading.Barrier(2), opening_store.lock
    said: list[str] = []

    def late(connection, ids) -> None:
        both.wait(10)
        lock(connection, ids)

    def take_back() -> None:
        try:
            with database.use_case(actor) as connection:
                said.append(opening.withdraw(connection, actor, event, reason="不再需要")[:2])
        except Conflict as refused:
            said.append(refused.code)

    monkeypatch.setattr(opening_store, "lock", late)
    threads = [threading.Thread(target=take_back) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["O-", "opening.taken_back"]


def test_who_controls_a_place_takes_back_what_he_said_of_it(database: Database, towns: Towns) -> None:
    code = hall(database, towns, owner_id=towns.parties["rival"])
    actor = towns.actors["holder"]
    event = did(database, actor, "offered", code)
    with database.use_case(actor) as connection:
        assert opening.withdraw(connection, actor, event, reason="填写有误").startswith("O-")


def test_the_ledger_keeps_an_answer_that_commits_while_it_is_computed(
    database: Database, towns: Towns
) -> None:
    code, actor = hall(database, towns), towns.actors["carrier"]
    with database.use_case(SERVICE) as connection:
        key = connection.scalar(select(asset.c.id).where(asset.c.code == code))

    def compute() -> None:
        with database.use_case(SERVICE) as connection:
            connection.execute(text("SELECT opening_refresh(ARRAY[CAST(:id AS bigint)])"), {"id": key})

    worker = threading.Thread(target=compute)
    with database.use_case(actor) as connection:
        opening.record(connection, law(connection), actor, [Act(code, "asked", wanted="屋顶")])
        worker.start()
        for _ in range(100):
            time.sleep(0.05)
            if connection.scalar(text(WAITING)):
                break
    worker.join()
    with database.use_case(SERVICE) as connection:
        assert (
            connection.scalar(text("SELECT state FROM opening_current WHERE asset_id = :id"), {"id": key})
            == "asked"
        )


@pytest.mark.parametrize(("job", "turn"), [(work.catch_up, 1), (work.rebuild_in_steps, 2)])
def test_old_law_is_not_written_over_new(
    database: Database, towns: Towns, monkeypatch: pytest.MonkeyPatch, job: Any, turn: int
) -> None:
    code = hall(database, towns)
    touched = update(asset).where(asset.c.code == code).values(name="体育馆")
    with database.use_case(SERVICE) as connection:
        assert connection.execute(text("DELETE FROM duty_current WHERE rulebook = 'yinchuan'")).rowcount > 0
        connection.execute(touched)
    turns, lock = iter(range(1, 1000)), projection_store.lock

    def late(connection: Any) -> None:
        """While the job waits for its turn, the city's rulebook goes."""
        if next(turns) == turn:
            with database.use_case(SERVICE) as other:
                other.execute(text("UPDATE law_document SET state = 'replaced' WHERE doc_key = 'yinchuan'"))
        lock(connection)

    monkeypatch.setattr(projection_store, "lock", late)
    assert job(database).subjects > 0
    with database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM duty_current WHERE rulebook = 'yinchuan'")) == 0


def test_a_letter_answers_for_its_owner_as_long_as_he_is_it(
    site: Site, database: Database, towns: Towns
) -> None:
    code = hall(database, towns)
    desk = site.user("office", (Role.REGULATOR, towns.cities["yinchuan"]))
    says = {"title": "征询开放", "sender": "示例局", "contact": "电话0000", "link_days": "60"}
    says |= {"answer_by": str(today() + timedelta(days=30)), "city": "640100", "owners": "holder"}
    address = desk.post("/campaigns", says, form="/account").location
    link = LINK.findall(desk.post(f"{address}/print", {"all": "1"}, form="/account").text)[0]
    owner = site.visitor()
    with database.use_case(SERVICE) as connection:
        number = connection.scalar(text("SELECT code FROM letter"))
    owner.post(link, {"number": number}, form=link)
    with database.use_case(SERVICE) as connection:
        rival = towns.parties["rival"]
        connection.execute(update(asset).values(controller_id=rival, owner_id=rival))
    owner.post(
        "/answer/save", {f"{code}.answer": "open", f"{code}.wanted": "屋顶", "go": "check"}, form="/answer"
    )
    assert owner.post("/answer/send", {"respondent": "李某"}, form="/answer").status_code == 422
    owner.post("/answer/save", {f"{code}.answer": "not_ours", "go": "check"}, form="/answer")
    assert owner.post("/answer/send", {"respondent": "李某"}, form="/answer").status_code == 303
    with database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM opening_event")) == 0


@pytest.mark.parametrize(
    "content", [b"a=" + b"9" * 5000, b"a=" + b"[" * 5000, b".".join([b"a"] * 200_000) + b"=1"]
)
def test_a_file_made_to_be_hard_to_read_is_refused_at_once(
    site: Site, database: Database, content: bytes
) -> None:
    began = time.monotonic()
    sent = {"file": (io.BytesIO(content), "../<b>.toml")}
    answer = site.user("author", (Role.REGULATOR, None)).post("/law/changes", sent, form="/law/changes")
    assert answer.status_code == 422
    assert "<b>.toml" not in answer.text
    assert time.monotonic() - began < 20


def test_nobody_is_told_of_more_faults_than_he_reads() -> None:
    source = Source("x.toml", "a = 1\n" * 50_000)
    for _ in range(20_000):
        source.wrong(("b",), 1, "law.unknown_key")
    assert len(source.faults) == MOST_FAULTS
