"""Rows of an import that name another party wait for it, are told before accepting, and end with the import."""

import pytest
from shapely.geometry import Point

from infra_registry.access import SERVICE, Actor
from infra_registry.assets import consents
from infra_registry.assets.kinds import KINDS, Kind, Shape
from infra_registry.db import Database
from infra_registry.exchange import batches, store
from infra_registry.exchange.staged import Row
from infra_registry.exchange.store import Batch
from tests.integration.test_imports import TOWERS, check, codes, editor, party, read, run, scalar, upload
from tests.worker import run_pending

pytestmark = pytest.mark.usefixtures("var")
POINTS = [kind for kind in Kind if KINDS[kind].shape is not Shape.LINE]


def masts(**named: str) -> str:
    """The two masts with these party columns."""
    first, *rows = TOWERS.splitlines()
    return "\n".join([",".join([first, *named]), *(",".join([row, *named.values()]) for row in rows), ""])


def state(database: Database, batch: Batch) -> dict[tuple[str, str], int]:
    with database.use_case(SERVICE) as connection:
        return store.outcomes(connection, batch.id)


@pytest.mark.parametrize("kind", POINTS)
@pytest.mark.parametrize(
    "named", [{"owner": "B"}, {"operator": "B"}, {"owner": "B", "operator": "A"}], ids=str
)
def test_rows_that_name_another_party_are_not_written(
    database: Database, kind: Kind, named: dict[str, str]
) -> None:
    mine, _ = party(database, "A"), party(database, "B")
    required = {
        f.name: f.choices[0] if f.choices else str(int(f.high or 1)) for f in KINDS[kind].fields if f.required
    }
    columns = {"owner_ref": "R1", "name": "One", "lon": "116.59", "lat": "35.41"} | required | named
    sent = upload(f"{','.join(columns)}\n{','.join(columns.values())}\n", f"kind:{kind}")
    batch = run(database, editor(database, mine), sent=sent)
    assert (batch.state, batch.rows_written) == ("accepted", 0), codes(database, batch)
    assert scalar(database, "SELECT count(*) FROM asset") == 0


def test_waiting_rows_are_told_before_and_written_once_agreed(database: Database) -> None:
    mine, other = party(database, "A"), party(database, "B")
    actor, asked = editor(database, mine), editor(database, other)
    batch = check(database, actor, upload(masts(operator="B")))
    assert (batch.state, batch.rows_staged, codes(database, batch)) == ("staged", 2, {"finding.consent": 2})
    with database.use_case(actor) as connection:
        assert [tuple(row) for row in store.consents(connection, batch.id)] == [("B", 2)]
        batches.accept(connection, actor, batch.code, partial=False)
    run_pending(database)
    assert state(database, batch) == {("tower", "waiting"): 2}
    code = answer(database, asked, agree=True)
    assert scalar(database, "SELECT state FROM consent") == "waiting"  # until the rows are written
    run_pending(database)
    assert scalar(database, "SELECT state FROM consent WHERE code = :code", code=code) == "agreed"
    assert state(database, batch) == {("tower", "new"): 2}
    assert read(database, batch.code).rows_written == 2
    whose = """SELECT string_agg(DISTINCT o.code || p.code, ' ') FROM asset a
      JOIN party o ON o.id = a.owner_id JOIN party p ON p.id = a.operator_id"""
    assert scalar(database, whose) == "AB"
    assert run(database, actor, sent=upload(masts(operator="B"))).rows_written == 0


def answer(database: Database, actor: Actor, *, agree: bool) -> str:
    """Answer the one consent that waits."""
    with database.use_case(actor) as connection:
        code = str(scalar(database, "SELECT code FROM consent WHERE state = 'waiting'"))
        consents.answer(connection, actor, code, agree=agree, reason="as agreed by letter")
    return code


def test_refused_rows_are_not_written(database: Database) -> None:
    actor, asked = (editor(database, party(database, name)) for name in ("A", "B"))
    batch = run(database, actor, sent=upload(masts(operator="B")))
    answer(database, asked, agree=False)
    run_pending(database)
    assert state(database, batch) == {("tower", "refused"): 2}
    assert scalar(database, "SELECT count(*) FROM asset") == 0


@pytest.mark.parametrize("agreed", [False, True])
def test_an_undo_ends_what_waits_and_leaves_what_was_agreed(database: Database, agreed: bool) -> None:
    actor, asked = (editor(database, party(database, name)) for name in ("A", "B"))
    batch = run(database, actor, sent=upload(masts(operator="B")))
    if agreed:
        answer(database, asked, agree=True)
        run_pending(database)
    with database.use_case(actor) as connection:
        batches.undo(connection, actor, batch.code)
    run_pending(database)
    assert read(database, batch.code).state == "undone"
    assert scalar(database, "SELECT count(*) FROM asset") == (2 if agreed else 0)
    assert scalar(database, "SELECT state FROM consent") == ("agreed" if agreed else "withdrawn")
    with database.use_case(SERVICE) as connection:
        left = {c.code: c.count for c in store.summary(connection, batch.id)}
    assert left.get("finding.agreed", 0) == (2 if agreed else 0)


def test_what_hangs_on_a_waiting_host_waits_with_it(database: Database) -> None:
    """Stations of one's own on a mast of another: both are written together, and the cells too."""
    mine, other = party(database, "A"), party(database, "B")
    actor, asked = editor(database, mine), editor(database, other)
    batch = check(database, actor, upload(TOWERS))
    place = Point(116.59, 35.41)
    rows = [
        Row("a", 2, "cell", "", {"technology": "4g"}, parent_key="S1"),
        Row("b", 2, "base_station", "S1", {"name": "S", "owner_id": mine}, parent_key="M1", geometry=place),
        Row("c", 2, "tower", "M1", {"name": "M", "owner_id": other}, geometry=place),
    ]
    with database.use_case(SERVICE) as connection:
        store.clear(connection, batch.id)
        store.put_rows(connection, batch.id, rows)
    with database.use_case(actor) as connection:
        batches.accept(connection, actor, batch.code, partial=True)
    run_pending(database)
    assert state(database, batch) == {
        ("tower", "waiting"): 1,
        ("base_station", "waiting"): 1,
        ("cell", "waiting"): 1,
    }
    answer(database, asked, agree=True)
    run_pending(database)
    hosts = "SELECT h.owner_ref FROM asset s JOIN asset h ON h.id = s.host_id WHERE s.kind = 'base_station'"
    assert scalar(database, hosts) == "M1"
    assert scalar(database, "SELECT count(*) FROM cell") == 1


def test_only_the_changed_party_makes_a_registered_row_wait(database: Database) -> None:
    mine, other = party(database, "A"), party(database, "B")
    actor, asked = editor(database, mine), editor(database, other)
    assert run(database, actor, sent=upload(masts(operator="A"))).rows_written == 2
    changed = masts(operator="B").replace("Mast 1", "Mast one").replace("30,idle,B", "30,idle,A")
    batch = run(database, actor, sent=upload(changed))
    assert state(database, batch) == {("tower", "waiting"): 1, ("tower", "unchanged"): 1}
    assert scalar(database, "SELECT name FROM asset WHERE owner_ref = 'T1'") == "Mast 1"
    answer(database, asked, agree=True)
    run_pending(database)
    assert (
        scalar(database, "SELECT name FROM asset WHERE owner_ref = 'T1' AND operator_id = :o", o=other)
        == "Mast one"
    )


def test_the_product_and_the_regulator_write_at_once(database: Database) -> None:
    for name in ("A", "B"):
        party(database, name)
    assert run(database, sent=upload(masts(owner="A", operator="B"))).rows_written == 2
    assert scalar(database, "SELECT count(*) FROM consent") == 0


@pytest.mark.parametrize("before", [True, False], ids=["registered before", "registered meanwhile"])
def test_what_is_registered_otherwise_is_not_overwritten_by_a_consent(
    database: Database, before: bool
) -> None:
    """The sender does not see B's mast, which C operates; B's consent must not take it from C, nor tell of it."""
    mine, other, third = (party(database, name) for name in ("A", "B", "C"))
    actor, asked = editor(database, mine), editor(database, other)
    theirs = upload(masts(owner="B", operator="C").replace("Mast", "Old"))
    if before:
        run(database, sent=theirs)
    batch = run(database, actor, sent=upload(masts(owner="B", operator="A")))
    assert state(database, batch) == {("tower", "waiting"): 2}
    if not before:
        run(database, sent=theirs)
    answer(database, asked, agree=True)
    run_pending(database)
    assert scalar(database, "SELECT problem FROM job WHERE task = 'imports.agreed'") == "consent.changed"
    assert (
        scalar(database, "SELECT count(*) FROM asset WHERE operator_id = :c AND name ~ 'Old'", c=third) == 2
    )
    assert scalar(database, "SELECT count(*) FROM asset") == 2
    answer(database, asked, agree=False)
    assert state(database, batch) == {("tower", "refused"): 2}
