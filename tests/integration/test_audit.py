"""Sealing and verifying against a database that somebody with all powers has tampered with."""

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from infra_registry import audit
from infra_registry.access import ANONYMOUS, SERVICE, Actor, Role, RoleGrant
from infra_registry.cluster import Addresses, Cluster, cluster_addresses
from infra_registry.db import Database, migrate
from infra_registry.errors import RegistryError
from tests.server import scratch

AUDITOR = Actor(user_id=7, roles=frozenset({RoleGrant(Role.AUDITOR)}))
EDITOR = Actor(user_id=8, party_id=3, roles=frozenset({RoleGrant(Role.CARRIER_EDITOR)}))
BATCHES, PER_BATCH = 4, 5

Tamper = Callable[..., None]


def note(database: Database, count: int) -> None:
    for number in range(count):
        with database.use_case(SERVICE) as connection:
            audit.note(connection, "read", "thing", ref=f"R{number}", facts={"n": number})


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server of their own: the sealer waits for every open transaction of a server, other tests' too."""
    directory = scratch("registry-audit-")
    made = Cluster(directory, fast=True)
    made.up()
    try:
        yield made
    finally:
        made.destroy()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def template(cluster: Cluster) -> str:
    """A migrated database on that server."""
    addresses = cluster_addresses(cluster, "audit_template")
    migrate(addresses.owner, addresses.superuser)
    return "audit_template"


def seal(database: Database) -> audit.Seal | None:
    with database.use_case(SERVICE) as connection:
        return audit.seal(connection)


def verify(database: Database, anchor: audit.Anchor | None = None) -> list[tuple[str, int]]:
    with database.use_case(SERVICE) as connection:
        findings = audit.verify(connection, anchor)
    return [(finding.code.rsplit(".", 1)[1], finding.seq) for finding in findings]


@pytest.fixture
def sealed(database: Database) -> Database:
    """A chain of four seals with five events each."""
    seal(database)
    for _ in range(BATCHES):
        note(database, PER_BATCH)
        assert seal(database) is not None
    return database


@pytest.fixture
def tamper(addresses: Addresses) -> Tamper:
    """Run statements as the superuser with every trigger off."""

    def run(*statements: str) -> None:
        assert addresses.superuser is not None
        with psycopg.connect(addresses.superuser) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                assert connection.execute(statement.encode()).rowcount > 0, statement

    return run


def last_seq(database: Database) -> int:
    with database.use_case(SERVICE) as connection:
        return audit.head(connection)[0]


IN_LAST = (
    "(txid >= (SELECT from_txid FROM audit_seal ORDER BY seq DESC LIMIT 1) "
    "AND txid < (SELECT below_txid FROM audit_seal ORDER BY seq DESC LIMIT 1))"
)


def test_clean_chain_verifies_also_for_the_auditor(sealed: Database, tmp_path: Path) -> None:
    with sealed.use_case(AUDITOR) as connection:
        anchor = audit.export_head(connection, tmp_path / "head.json")
        assert audit.verify(connection, audit.read_anchor(tmp_path / "head.json")) == []
        assert anchor.count == last_seq(sealed)
        assert audit.waiting(connection) == 0


def test_nothing_new_makes_no_seal(sealed: Database) -> None:
    assert seal(sealed) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "'999'"),
        ("at", "at + interval '1 microsecond'"),
        ("ref", "NULL"),
        ("facts", """'{"n": 99}'"""),
    ],
)
def test_an_edit_is_found(sealed: Database, tamper: Tamper, column: str, value: str) -> None:
    tamper(f"UPDATE audit_event SET {column} = {value} WHERE id = (SELECT max(id) FROM audit_event)")
    assert verify(sealed) == [("edited", last_seq(sealed))]


def test_moving_a_value_to_the_next_field_is_an_edit(sealed: Database, tamper: Tamper) -> None:
    tamper(
        "UPDATE audit_event SET action = 'rea', object = 'dthing' WHERE id = (SELECT max(id) FROM audit_event)"
    )
    assert verify(sealed) == [("edited", last_seq(sealed))]


def test_a_deletion_is_found(sealed: Database, tamper: Tamper) -> None:
    tamper(f"DELETE FROM audit_event WHERE id = (SELECT min(id) FROM audit_event WHERE {IN_LAST})")
    assert verify(sealed) == [("deleted", last_seq(sealed))]


def test_an_insertion_is_found(sealed: Database, tamper: Tamper) -> None:
    tamper(
        "INSERT INTO audit_event (at, txid, actor, role, action, object, ref, row_count, digest) "
        "SELECT at, txid, '1', role, action, object, ref, row_count, digest FROM audit_event "
        "WHERE id = (SELECT max(id) FROM audit_event)"
    )
    assert verify(sealed) == [("inserted", last_seq(sealed))]


def test_a_reordering_is_found(sealed: Database, tamper: Tamper) -> None:
    tamper(
        "WITH two AS (SELECT id, txid, row_number() OVER (ORDER BY txid, id) AS n FROM audit_event "
        f"WHERE {IN_LAST} LIMIT 2), a AS (SELECT * FROM two WHERE n = 1), b AS (SELECT * FROM two WHERE n = 2) "
        "UPDATE audit_event e SET txid = CASE e.id WHEN a.id THEN b.txid ELSE a.txid END "
        "FROM a, b WHERE e.id IN (a.id, b.id)"
    )
    assert verify(sealed) == [("reordered", last_seq(sealed))]


def test_a_fork_is_found(sealed: Database, tamper: Tamper) -> None:
    with sealed.use_case(SERVICE) as connection:
        row = connection.execute(text("SELECT * FROM audit_seal ORDER BY seq DESC LIMIT 1")).one()
    forked = audit.link(
        row.seq + 1,
        row.from_txid,
        row.below_txid,
        audit.Batch(row.row_count, bytes(row.events), bytes(row.content)),
        bytes(row.previous),
    )
    tamper(
        "INSERT INTO audit_seal (seq, events, content, from_txid, below_txid, row_count, previous, hash) "
        f"SELECT seq + 1, events, content, from_txid, below_txid, row_count, previous, '\\x{forked.hash.hex()}' "
        f"FROM audit_seal WHERE seq = {row.seq}"
    )
    assert verify(sealed) == [("fork", row.seq + 1)]


def test_a_cut_tail_is_found_with_the_exported_head(sealed: Database, tamper: Tamper, tmp_path: Path) -> None:
    with sealed.use_case(SERVICE) as connection:
        anchor = audit.export_head(connection, tmp_path / "head.json")
    tamper(
        f"DELETE FROM audit_event WHERE {IN_LAST}",
        "DELETE FROM audit_seal WHERE seq = (SELECT max(seq) FROM audit_seal)",
    )
    assert verify(sealed) == []
    assert verify(sealed, anchor) == [("tail_cut", anchor.count - 1)]


def test_a_chain_written_anew_is_found_with_the_exported_head(
    sealed: Database, tamper: Tamper, tmp_path: Path
) -> None:
    with sealed.use_case(SERVICE) as connection:
        anchor = audit.export_head(connection, tmp_path / "head.json")
    tamper("UPDATE audit_event SET actor = '999'", "DELETE FROM audit_seal")
    while last_seq(sealed) < anchor.count:
        note(sealed, 1)
        assert seal(sealed) is not None
    assert verify(sealed) == []
    assert ("rewritten", anchor.count) in verify(sealed, anchor)


def test_open_transactions_hold_the_horizon_and_lose_nothing(database: Database) -> None:
    seal(database)
    with database.engine.connect() as slow:
        slow.execute(text("SET ROLE registry_service"))
        slow.execute(text("SELECT audit_note('read', 'slow', 'early', 1, NULL)"))
        note(database, 3)
        assert seal(database) is None  # the three came after one that is still open
        slow.commit()
    made = seal(database)
    assert made is not None
    assert made.batch.row_count == 4
    assert verify(database) == []


def test_backlog_is_sealed_in_several_links(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra_registry.audit.sealing.BATCH_LIMIT", 2)
    note(database, 5)
    with database.use_case(SERVICE) as connection:
        made = audit.seal_all(connection)
        assert audit.waiting(connection) == 0
    assert len(made) >= 3
    assert verify(database) == []


def test_a_counter_behind_the_seals_stops_the_sealer(sealed: Database, tamper: Tamper) -> None:
    tamper("UPDATE audit_seal SET below_txid = 1::bigint << 60 WHERE seq = (SELECT max(seq) FROM audit_seal)")
    with pytest.raises(RegistryError, match=r"audit\.counter_behind"):
        seal(sealed)


def test_two_sealers_at_once_make_one_chain(database: Database) -> None:
    note(database, 10)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: seal(database), range(8)))
    assert verify(database) == []


@pytest.mark.parametrize("actor", [ANONYMOUS, EDITOR])
def test_others_read_no_event(sealed: Database, actor: Actor) -> None:
    with sealed.use_case(actor) as connection:
        try:
            seen = connection.scalar(text("SELECT count(*) FROM audit_event"))
        except ProgrammingError as error:
            assert "permission denied" in str(error)  # noqa: PT017
        else:
            assert seen == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = '1'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "DELETE FROM audit_seal",
    ],
)
def test_the_application_cannot_change_the_audit(sealed: Database, statement: str) -> None:
    with pytest.raises(ProgrammingError), sealed.use_case(SERVICE) as connection:
        connection.execute(text(statement))


def test_events_are_filtered_and_paged(sealed: Database) -> None:
    with sealed.use_case(AUDITOR) as connection:
        page, more = audit.events(connection, audit.EventFilter(action="read", object="thing"), limit=7)
        assert (len(page), more) == (7, True)
        assert page[0].id > page[-1].id
        assert all(event.sealed for event in page)
        one, more = audit.events(connection, audit.EventFilter(ref="R2", object="thing"))
        assert (len(one), more) == (BATCHES, False)
        assert audit.events(connection, audit.EventFilter(actor=4711)) == ([], False)
        assert "thing" in audit.objects(connection)


def test_a_hundred_thousand_events_verify_quickly(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text(
                "SELECT audit_note('read', 'bulk', n::text, 1, jsonb_build_object('n', n)) "
                "FROM generate_series(1, 100000) n"
            )
        )
    assert seal(database) is not None
    started = time.perf_counter()
    assert verify(database) == []
    assert time.perf_counter() - started < 15
