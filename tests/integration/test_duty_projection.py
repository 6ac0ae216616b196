"""``duty_current`` says what asking says, follows every change, and a rebuild touches only what it can change."""

import threading
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from shapely.geometry import box
from sqlalchemy import Connection, delete, func, insert, select, update

from infra_registry import jobs
from infra_registry.access import ANONYMOUS, SERVICE, Actor, Role, RoleGrant
from infra_registry.areas.tables import area
from infra_registry.assets import capacity, edit, ledger_store
from infra_registry.assets.edit import Change
from infra_registry.assets.kinds import Kind
from infra_registry.assets.tables import asset
from infra_registry.config import today
from infra_registry.db import Database
from infra_registry.duties.inforce.loading import REBUILD
from infra_registry.duties.judging import asking, projection, projection_store, work
from infra_registry.duties.judging.projection import Judge, Tally, lines
from infra_registry.duties.judging.projection_store import Line
from infra_registry.duties.judging.reach_store import TABLES
from infra_registry.duties.tables import duty_current, duty_stale, evidence
from infra_registry.parties.tables import party
from infra_registry.rules.engine import Standing, ask
from infra_registry.rules.model import Rulebook, SubjectKind
from tests.integration.duty_register import (
    BUILDING,
    OTHER_CODE,
    SOUTH,
    WEST,
    ZONE_NAME,
    Books,
    Town,
    add,
    book,
    clause,
    list_area,
    show,
    town,
    works,
)
from tests.integration.rebuilding import rebuild

SAFE = """
kept_when = { fact = "opened", is = true }
[[clause.condition]]
key = "safety"
text = { zh = "安全", en = "safe" }
test = { fact = "safety", is = true }
"""
WIFI = 'when = { fact = "key_public_area", is = true }\nkept_when = { fact = "free_wifi", is = true }'
IS_BUILDING = '{ fact = "kind", is = "public_building" }'
OPEN_LIST = '{ fact = "venue", in = ["hospital"], open = true, never = ["school"] }'
SHARED = 'when = { fact = "kind", is = "tower" }\nkept_when = { fact = "shared", is = true }'
DEALERS = '["telecom_operator", "property_firm"]'
DEAL = 'kept_when = { not = { fact = "exclusive", is = true } }'
ZONES = f"""
[[zone]]
code = ""
name = {{ zh = "{ZONE_NAME}", en = "Sample zone" }}
mode = "reference"
article = "9"
"""


def city_book() -> Rulebook:
    return book(
        "one",
        clause("open", BUILDING + SAFE, effect="open", addressee='["controller", "owner"]'),
        clause("venue", f"when = {{ all = [{IS_BUILDING}, {OPEN_LIST}] }}"),
        clause("share", SHARED, addressee='["operator"]'),
        clause("works", 'kept_when = { fact = "accepted", is = true }', subject="project", addressee='["builder"]'),
        clause("deal", DEAL, subject="agreement", modality="shall_not", addressee=DEALERS),
        clause("wifi", WIFI, subject="area", addressee='["government"]'),
    )  # fmt: skip


def nation_book() -> Rulebook:
    return book(
        "nation", clause("39", 'when = { fact = "kind", in = ["tower", "public_building"] }'), areas='["*"]'
    )


def other_book() -> Rulebook:
    return book("two", clause("1"), areas=f'["{OTHER_CODE}"]')


LAW = Books((city_book(), nation_book(), other_book()))


def fill(connection: Connection) -> tuple[Town, dict[str, int]]:
    """Buildings in both cities and outside, a tower with a tenant, works, an agreement, two key areas."""
    made = town(connection)
    who, ids = made.parties, {}
    for i, venue in enumerate(("hospital", "school", "park", None)):
        fields = {} if venue is None else {"venue": venue}
        ids[f"building{i}"], _ = add(
            connection, Kind.PUBLIC_BUILDING, (150, 100 + i), fields=fields, controller_id=who["school"]
        )
    ids["there"], _ = add(connection, Kind.PUBLIC_BUILDING, (300, 100))
    ids["nowhere"], _ = add(connection, Kind.PUBLIC_BUILDING, (900, 900))
    ids["tower"], _ = add(connection, Kind.TOWER, (150, 120), operator_id=who["tower"])
    ids["tenant"], _ = add(
        connection, Kind.BASE_STATION, (150, 120), host_id=ids["tower"], operator_id=who["one"]
    )
    ids["works"] = works(connection, made.areas["city"], builder_id=who["maker"])
    row = {
        "code": "A-1", "asset_id": ids["building0"], "grantor_id": who["keeper"], "grantee_id": who["two"],
        "deal_type": "exclusive_access", "basis": "copy",
    }  # fmt: skip
    ids["deal"] = ledger_store.add_agreements(connection, [row])[0]
    square = box(WEST + 0.1, SOUTH + 0.1, WEST + 0.101, SOUTH + 0.101)
    ids["square"] = list_area(connection, made.areas["city"], square)
    show(connection, "safety", True, date(2021, 1, 1), asset_id=ids["building0"])
    return made, ids


def rows(connection: Connection) -> dict[tuple[Any, ...], Any]:
    """Every stored duty by subject, rulebook and clause."""
    c = duty_current.c
    return {
        (row.asset_id or row.project_id or row.agreement_id or row.key_area_id, row.rulebook, row.clause): row
        for row in connection.execute(select(duty_current).order_by(c.id))
    }


def live(connection: Connection, law: Books) -> set[Line]:
    """What asking each subject anew says, without the shortcuts of the projection."""
    found: set[Line] = set()
    for kind, load in asking.LOADERS.items():
        ids = list(connection.scalars(select(_table(kind).c.id)))
        for known in load(connection, ids, today()):
            duties = ask(law.books, known.subject, today()).duties
            judge = _Said(duties, Judge(tuple(law.books), today()))
            found |= set(lines(judge, known))  # type: ignore[arg-type]
    return found


class _Said:
    def __init__(self, duties: Sequence[Any], judge: Judge) -> None:
        self._duties = duties
        self.rests_on = judge.rests_on

    def duties(self, _: Any) -> Sequence[Any]:
        return self._duties


def _table(kind: SubjectKind) -> Any:
    return duty_current.metadata.tables[TABLES[kind]]


def held(connection: Connection) -> set[Line]:
    found: set[Line] = set()
    for kind in asking.LOADERS:
        ids = list(connection.scalars(select(_table(kind).c.id)))
        found |= projection_store.stored(connection, kind, ids, None).keys()
    assert len(found) == connection.scalar(select(func.count()).select_from(duty_current))
    return found


@pytest.fixture
def register(database: Database) -> tuple[Database, Town, dict[str, int]]:
    with database.use_case(SERVICE) as connection:
        connection.execute(delete(duty_current))
        made, ids = fill(connection)
        rebuild(connection, LAW)
    with database.use_case(SERVICE) as connection:
        connection.execute(delete(duty_stale))
    return database, made, ids


def test_what_a_rebuild_says(register: Any) -> None:
    database, made, ids = register
    with database.use_case(SERVICE) as connection:
        found = rows(connection)
        assert held(connection) == live(connection, LAW)
    hospital = found[ids["building0"], "one", "open"]
    assert (hospital.standing, hospital.kept, hospital.missing) == ("binds", "not_shown", ["opened"])
    assert (hospital.addressee, hospital.addressee_id) == ("controller", made.parties["school"])
    assert hospital.city_id == made.areas["city"]
    assert found[ids["building1"], "one", "open"].standing == "conditions_not_shown"
    assert (ids["building1"], "one", "venue") not in found  # a school is never meant: nothing is stored
    assert (
        found[ids["building2"], "one", "venue"].standing == "scope_not_shown"
    )  # a park may be: the list is open
    assert (
        found[ids["building3"], "one", "venue"].standing == "scope_not_shown"
    )  # nobody said which venue it is
    assert found[ids["deal"], "one", "deal"].kept == "broken"
    assert found[ids["deal"], "one", "deal"].addressee_ids == [made.parties["two"], made.parties["keeper"]]
    assert found[ids["works"], "one", "works"].addressee_id == made.parties["maker"]
    assert found[ids["square"], "one", "wifi"].standing == "binds"
    assert found[ids["square"], "one", "wifi"].addressee == "government"
    assert {key[1] for key in found if key[0] == ids["there"]} == {"two", "nation"}
    assert {key[1] for key in found if key[0] == ids["nowhere"]} == {"nation"}


def test_a_second_rebuild_writes_nothing(register: Any) -> None:
    database, _, _ = register
    with database.use_case(SERVICE) as connection:
        before = rows(connection)
        tally = rebuild(connection, LAW)
        assert (tally.written, tally.removed, tally.kept) == (0, 0, len(before))
        assert rows(connection) == before


def changed(connection: Connection) -> Books:
    """The law with another city book: one clause gone, one new, one that says otherwise."""
    mine = book(
        "one",
        clause("open", BUILDING, effect="open"),
        clause("venue", f'when = {{ all = [{IS_BUILDING}, {{ fact = "venue", is = "park" }}] }}'),
        clause("roof"),
    )  # fmt: skip
    return Books((mine, nation_book(), other_book()))


def test_one_changed_rulebook_touches_only_its_own_rows(register: Any) -> None:
    database, _, ids = register
    with database.use_case(SERVICE) as connection:
        before, law = rows(connection), changed(connection)
        seen: list[tuple[int, int]] = []
        tally = rebuild(connection, law, books=["one"], progress=lambda *n: seen.append(n))
        after = rows(connection)
        assert held(connection) == live(connection, law)
    others = {key: row for key, row in before.items() if key[1] != "one"}
    assert {key: row for key, row in after.items() if key[1] != "one"} == others  # ids and times as well
    assert ids["there"] not in {key[0] for key in after if key[1] == "one"}
    # Four buildings of the city, and what had rows of it: a tower, works, an agreement, a key area.
    assert tally.subjects == 8
    assert tally.written == sum(1 for key in after if key[1] == "one") == 10
    assert tally.removed == sum(1 for key in before if key[1] == "one")
    assert seen[-1] == (8, 8)


def test_a_rebuild_of_a_book_that_did_not_change_writes_nothing(register: Any) -> None:
    database, _, _ = register
    with database.use_case(SERVICE) as connection:
        tally = rebuild(connection, LAW, books=["two"])
    assert (tally.subjects, tally.written, tally.removed, tally.kept) == (1, 0, 0, 1)


def test_a_rebuild_of_a_city_looks_only_there(register: Any) -> None:
    database, made, ids = register
    with database.use_case(SERVICE) as connection:
        connection.execute(delete(duty_current))
        tally = rebuild(connection, LAW, city_id=made.areas["other"])
        assert {key[0] for key in rows(connection)} == {ids["there"]}
    assert tally.subjects == 1


def test_a_rulebook_no_longer_in_force_leaves_nothing(register: Any) -> None:
    database, _, _ = register
    law = Books((nation_book(),))
    with database.use_case(SERVICE) as connection:
        tally = rebuild(connection, law, books=["one"])
        assert {key[1] for key in rows(connection)} == {"nation"}
    assert tally.removed > 0


def test_before_any_rulebook(register: Any) -> None:
    database, _, ids = register
    with database.use_case(SERVICE) as connection:
        code = connection.scalar(select(asset.c.code).where(asset.c.id == ids["building0"]))
        answer = asking.of(connection, LAW, SubjectKind.ASSET, code, date(2019, 12, 31))
        assert (answer.duties, answer.in_force) == ((), ())
        tally = rebuild(connection, LAW, on=date(2019, 12, 31))
        assert rows(connection) == {}
    assert tally.removed > 0


def test_a_subject_under_two_rulebooks(register: Any) -> None:
    database, _, ids = register
    with database.use_case(SERVICE) as connection:
        assert {key[1] for key in rows(connection) if key[0] == ids["building0"]} == {"one", "nation"}


def test_a_zone_by_reference_is_never_broken(register: Any) -> None:
    """A zone the text names binds by reference: the same clause that is broken in the city is not shown there."""
    database, _, _ = register
    tests = 'when = { fact = "kind", is = "pole" }\nkept_when = { fact = "pole_use", is = "smart" }'
    law = Books((book("one", clause("1", tests), more=ZONES),))
    with database.use_case(SERVICE) as connection:
        inside, _ = add(connection, Kind.POLE, (20, 20), fields={"use": "sign"})
        outside, _ = add(connection, Kind.POLE, (150, 150), fields={"use": "sign"})
        rebuild(connection, law)
        found = rows(connection)
    assert (found[inside, "one", "1"].by_reference, found[inside, "one", "1"].kept) == (True, "not_shown")
    assert (found[outside, "one", "1"].by_reference, found[outside, "one", "1"].kept) == (False, "broken")


def test_a_draft_yields_no_breach(register: Any) -> None:
    database, _, ids = register
    tests = 'when = { fact = "kind", is = "public_building" }\nkept_when = { fact = "has_works", is = true }'
    law = Books((book("plan", clause("1", tests), force="draft"),))
    with database.use_case(SERVICE) as connection:
        rebuild(connection, law)
        row = rows(connection)[ids["building0"], "plan", "1"]
    assert (row.standing, row.kept) == ("draft", "untested")


def code_of(connection: Connection, key: int) -> str:
    return str(connection.scalar(select(asset.c.code).where(asset.c.id == key)))


def seen_there(connection: Connection, made: Town, ids: dict[str, int]) -> None:
    row = {"party_id": made.parties["two"], "service": "mobile", "seen_on": today(), "basis": "survey"}
    ledger_store.add_presence(connection, [{"asset_id": ids["tower"], **row}])


def set_of(connection: Connection, kind: SubjectKind, **values: Any) -> None:
    connection.execute(update(_table(kind)).values(**values))


def act_done(connection: Connection, ids: dict[str, int]) -> None:
    acts = duty_current.metadata.tables["project_act"]
    row = {"project_id": ids["works"], "act": "accepted", "done_on": today(), "basis": "paper"}
    connection.execute(insert(acts).values(**row))


FAR = box(WEST + 0.3, SOUTH + 0.1, WEST + 0.3001, SOUTH + 0.1001)
CHANGES = {
    "evidence": lambda c, m, ids: show(c, "safety", False, today(), asset_id=ids["building1"]),
    "evidence of works": lambda c, m, ids: show(c, "feasible", True, today(), project_id=ids["works"]),
    "evidence of a deal": lambda c, m, ids: show(c, "dominant", True, today(), agreement_id=ids["deal"]),
    "presence": seen_there,
    "units": lambda c, m, ids: capacity.add_units(c, ids["tower"], "platform", 2),
    "a second tenant": lambda c, m, ids: add(
        c, Kind.BASE_STATION, (150, 120), host_id=ids["tower"], operator_id=m.parties["two"]
    ),
    "the tenant leaves": lambda c, m, ids: c.execute(
        update(asset).where(asset.c.id == ids["second"]).values(host_id=None)
    ),
    "the tenant is removed": lambda c, m, ids: c.execute(delete(asset).where(asset.c.id == ids["second"])),
    "an act of works": lambda c, m, ids: act_done(c, ids),
    "works": lambda c, m, ids: set_of(c, SubjectKind.PROJECT, builder_id=None),
    "a deal": lambda c, m, ids: set_of(c, SubjectKind.AGREEMENT, exclusive=False),
    "a zone near a key area": lambda c, m, ids: add(
        c, Kind.WIFI_ZONE, (100.5, 100.5), fields={"free": True, "reach_m": 100}
    ),
    "a list that ended": lambda c, m, ids: set_of(c, SubjectKind.AREA, ends_on=date(2021, 1, 1)),
    "the sort of a party": lambda c, m, ids: c.execute(
        update(party).where(party.c.id == m.parties["keeper"]).values(kind="company")
    ),
    "the code of a city": lambda c, m, ids: c.execute(
        update(area).where(area.c.id == m.areas["city"]).values(code="999999")
    ),
    "a new building": lambda c, m, ids: add(c, Kind.PUBLIC_BUILDING, (160, 160)),
    "a building moves to the other city": lambda c, m, ids: edit.edit(
        c, SERVICE, code_of(c, ids["building0"]), 1, Change(geometry=FAR)
    ),
    "the venue becomes known": lambda c, m, ids: edit.edit(
        c, SERVICE, code_of(c, ids["building3"]), 1, Change(fields={"venue": "school"})
    ),
    "the controller changes": lambda c, m, ids: c.execute(
        update(asset).where(asset.c.id == ids["building0"]).values(controller_id=None)
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_marked_and_followed(register: Any, what: str) -> None:
    database, made, ids = register
    if what.startswith("the tenant"):
        with database.use_case(SERVICE) as connection:
            ids["second"], _ = add(
                connection,
                Kind.BASE_STATION,
                (150, 120),
                host_id=ids["tower"],
                operator_id=made.parties["two"],
            )
            assert projection.catch_up(connection, LAW) is not None
    with database.use_case(SERVICE) as connection:
        before = held(connection)
        CHANGES[what](connection, made, ids)
        expected = live(connection, LAW)
        assert connection.scalar(select(func.count()).select_from(duty_stale)) > 0
    with database.use_case(SERVICE) as connection:
        tally = projection.catch_up(connection, LAW)
        assert held(connection) == expected
        assert connection.scalar(select(func.count()).select_from(duty_stale)) == 0
    assert tally is not None
    assert (tally.written, tally.removed) == (len(expected - before), len(before - expected))
    if not what.startswith("evidence of"):  # no clause of these books asks for it
        assert expected != before
    with database.use_case(SERVICE) as connection:
        assert projection.catch_up(connection, LAW) is None


def test_marks_left_while_others_are_taken_are_not_lost(register: Any) -> None:
    """A writer that commits between taking marks and reading facts is found the next time at the latest."""
    database, _, ids = register
    go, done = threading.Event(), threading.Event()

    def writer() -> None:
        with database.use_case(SERVICE) as connection:
            show(connection, "safety", False, today(), asset_id=ids["building1"])
            go.set()
            done.wait(10)

    thread = threading.Thread(target=writer)
    thread.start()
    go.wait(10)
    with database.use_case(SERVICE) as connection:
        projection.catch_up(connection, LAW)  # does not see the open transaction, and does not wait for it
    done.set()
    thread.join()
    with database.use_case(SERVICE) as connection:
        assert projection.catch_up(connection, LAW) is not None
        assert held(connection) == live(connection, LAW)
        assert (ids["building1"], "one", "open") not in rows(connection)


def test_two_rebuilds_at_once(register: Any) -> None:
    database, _, _ = register
    with database.use_case(SERVICE) as connection:
        connection.execute(delete(duty_current))
    tallies: list[Tally] = []

    def one() -> None:
        with database.use_case(SERVICE) as connection:
            tallies.append(rebuild(connection, LAW))

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.use_case(SERVICE) as connection:
        assert held(connection) == live(connection, LAW)
    assert sorted(tally.written > 0 for tally in tallies) == [False, False, True]


def test_alike_subjects_are_judged_as_each_alone(register: Any) -> None:
    database, _, _ = register
    with database.use_case(SERVICE) as connection:
        found = asking.LOADERS[SubjectKind.ASSET](
            connection, sorted(connection.scalars(select(asset.c.id))), today()
        )
    judge = Judge(LAW.books, today())
    for _ in range(2):
        for known in found:
            alone = ask(LAW.books, known.subject, today()).duties
            assert [(d.citation, d.standing, d.kept, d.missing) for d in judge.duties(known)] == [
                (d.citation, d.standing, d.kept, d.missing) for d in alone
            ]
    assert Standing.NOT_BOUND not in {d.standing for known in found for d in judge.duties(known)}


def test_the_job_says_what_the_product_says(database: Database) -> None:
    """With the law that came with the product: the job, step by step, equals asking each subject."""
    from infra_registry.duties.inforce.law import law

    with database.use_case(SERVICE) as connection:
        made, _ = fill(connection)
        connection.execute(update(area).where(area.c.id == made.areas["city"]).values(code="370800"))
        code = jobs.ask(connection, REBUILD, SERVICE)
    ended = jobs.run_now(database, code)
    assert ended.state == "done", ended.problem
    with database.use_case(SERVICE) as connection:
        law_now = Books(tuple(law(connection).books))
        assert held(connection) == live(connection, law_now)
        assert ended.result is not None
        assert ended.result["written"] == len(held(connection)) > 10
    assert work.catch_up(database).written == 0


def test_nobody_but_the_product_writes_or_reads_marks(register: Any) -> None:
    import psycopg
    from sqlalchemy.exc import ProgrammingError

    database, _, _ = register
    admin = Actor(1, 0, "r", frozenset({RoleGrant(Role.REGULATOR)}))
    for actor in (ANONYMOUS, admin):
        for statement in (select(duty_stale), delete(duty_current), update(duty_current).values(kept="kept")):
            with pytest.raises(ProgrammingError) as refused, database.use_case(actor) as connection:
                connection.execute(statement)
            assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
    with database.use_case(SERVICE) as connection:
        assert connection.scalar(select(func.count()).select_from(evidence)) == 1
        assert connection.scalar(select(func.count()).select_from(duty_current)) > 0
