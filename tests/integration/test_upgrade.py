"""A register of an older release, with its data, becomes one of the newest schema.

``dumps/register_0004.sql.xz`` was written by ``pg_dump`` from a register at revision 0004 that holds a few rows of
everything: an asset of each kind, works, a grant, a campaign with a letter, a claim, runs with their jobs, a case.
"""

import lzma
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from infra_registry import jobs
from infra_registry.access import SERVICE
from infra_registry.assets import history_store
from infra_registry.cluster import Addresses, Cluster, cluster_addresses
from infra_registry.cluster.binaries import find_binaries
from infra_registry.coverage.evidence import claim_store
from infra_registry.coverage.runs import store as run_store
from infra_registry.db import Database
from infra_registry.db.connection import sqlalchemy_url
from infra_registry.db.migrate import configuration, current, head, migrate, prepare
from infra_registry.duties.letters import campaign_store
from infra_registry.duties.steps import works_store
from infra_registry.parties import grants
from infra_registry.publish import record
from tests.conftest import drop

DUMP = Path(__file__).with_name("dumps") / "register_0004.sql.xz"
COUNTED = ("asset", "asset_place", "project", "campaign", "letter", "case_file", "case_identity", "coverage_run",
           "coverage_claim", "place_grant", "job", "remedy", "duty_current", "opening_event",
           "history.asset", "history.project")  # fmt: skip


@pytest.fixture
def old(cluster: Cluster) -> Iterator[Addresses]:
    """The register of revision 0004, restored and not yet upgraded."""
    addresses = cluster_addresses(cluster, f"t{uuid4().hex[:16]}")
    assert addresses.superuser is not None
    prepare(addresses.owner, addresses.superuser, app_user="registry_app")
    psql = [find_binaries().program("psql"), "-q", "-X", "-v", "ON_ERROR_STOP=1", addresses.superuser]
    done = subprocess.run(psql, input=lzma.decompress(DUMP.read_bytes()), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    try:
        yield addresses
    finally:
        drop(cluster, addresses)


def counts(addresses: Addresses) -> dict[str, int]:
    """Rows of each counted table."""
    with psycopg.connect(addresses.owner) as connection:
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]  # type: ignore[call-overload]
            for name in COUNTED
        }


def audit_rows(addresses: Addresses) -> list[tuple[object, ...]]:
    """The audit as it stood at the dump."""
    with psycopg.connect(addresses.owner) as connection:
        return connection.execute("SELECT * FROM audit_event WHERE id <= 508 ORDER BY id").fetchall()


def test_a_dump_of_revision_0004_upgrades_with_its_data(old: Addresses) -> None:
    assert current(old.owner) == "0004"
    before, audited = counts(old), audit_rows(old)
    assert all(before.values())
    migrate(old.owner, old.superuser)
    assert current(old.owner) == head()
    assert counts(old) == before
    assert audit_rows(old) == audited
    with psycopg.connect(old.owner) as connection:
        kinds = connection.execute("SELECT DISTINCT kind FROM asset ORDER BY 1").fetchall()
        case = connection.execute("SELECT number FROM case_file").fetchall()
        letter = connection.execute("SELECT code FROM letter").fetchall()
        attempts = connection.execute("SELECT label FROM attempt").fetchall()
        seconds = connection.execute(
            "SELECT sum(extract(second FROM received_at)), sum(extract(second FROM e.at)) "
            "FROM case_file f JOIN case_event e ON e.case_id = f.id"
        ).fetchone()
    assert len(kinds) == 10
    assert attempts == []
    assert seconds == (0, 0)
    assert case == [("R-AT4A-1YYD",)]
    assert letter == [("L-Q4TFAXE4",)]


# Thing, table, old letter, new letter: those whose codes revision 0005 rewrote.
REWRITTEN = (
    ("room", "asset WHERE kind = 'room'", "R", "M"),
    ("cable", "asset WHERE kind = 'cable'", "L", "F"),
    ("works", "project", "J", "S"),
    ("job", "job", "J", "Q"),
    ("run", "coverage_run", "N", "X"),
    ("campaign", "campaign", "N", "Z"),
    ("claim", "coverage_claim", "L", "Y"),
    ("grant", "place_grant", "G", "V"),
)


def codes_of(addresses: Addresses, rows: str) -> list[str]:
    """Codes of the rows, in the order they were made."""
    with psycopg.connect(addresses.owner) as connection:
        query = f"SELECT code FROM {rows} ORDER BY id"
        return [row[0] for row in connection.execute(query).fetchall()]  # type: ignore[call-overload]


def test_codes_get_their_own_letter_and_the_old_ones_are_kept(old: Addresses) -> None:
    before = {thing: codes_of(old, rows) for thing, rows, _, _ in REWRITTEN}
    migrate(old.owner, old.superuser)
    with psycopg.connect(old.owner) as connection:
        aliases = connection.execute("SELECT thing, old, code FROM code_alias").fetchall()
        places = connection.execute(
            "SELECT count(*) FROM asset_place p JOIN asset a ON a.id = p.asset_id WHERE a.code <> p.code"
        ).fetchone()
        history = connection.execute(
            "SELECT code FROM history.asset UNION ALL SELECT code FROM history.project"
        )
        former = {row[0][0] for row in history.fetchall()}
        queued = connection.execute("SELECT args, queueing_lock FROM procrastinate_jobs").fetchall()
        compared = connection.execute(
            "SELECT r.parameters ->> 'compared_with', e.code FROM coverage_run r "
            "JOIN coverage_run e ON e.id = r.compared_with_id"
        ).fetchall()
    for thing, rows, letter, new in REWRITTEN:
        assert before[thing], thing
        assert {code[0] for code in before[thing]} == {letter}
        assert codes_of(old, rows) == [new + code[1:] for code in before[thing]]
        assert sorted(row[1:] for row in aliases if row[0] == thing) == sorted(
            (code, new + code[1:]) for code in before[thing]
        )
    assert places == (0,)
    assert former == {"R", "J"}
    assert queued
    assert all(row[0]["code"][0] == row[1][0] == "Q" and row[0]["run_code"][0] == "X" for row in queued)
    assert compared
    assert all(given == code for given, code in compared)


def test_the_rewritten_codes_go_back_with_the_revision(old: Addresses) -> None:
    before = {rows: codes_of(old, rows) for _, rows, _, _ in REWRITTEN}
    migrate(old.owner, old.superuser)
    revision = ScriptDirectory.from_config(configuration(old.owner)).get_revision("0005")
    engine = create_engine(sqlalchemy_url(old.owner))
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        revision.module.downgrade()
    engine.dispose()
    assert {rows: codes_of(old, rows) for _, rows, _, _ in REWRITTEN} == before


def test_old_codes_still_lead_to_their_things(old: Addresses) -> None:
    before = {thing: codes_of(old, rows)[0] for thing, rows, _, _ in REWRITTEN}
    after = {thing: new + before[thing][1:] for thing, _, _, new in REWRITTEN}
    migrate(old.owner, old.superuser)
    database = Database(old.app)
    with database.use_case(SERVICE) as connection:
        room = record.detail(connection, SERVICE, before["room"])
        versions = history_store.asset_versions(connection, room.id)
        read = {
            "room": room.item.values["code"],
            "cable": record.detail(connection, SERVICE, before["cable"]).item.values["code"],
            "works": works_store.by_code(connection, before["works"]).code,
            "job": jobs.read(connection, before["job"]).code,
            "run": run_store.run(connection, before["run"])["code"],
            "campaign": campaign_store.by_code(connection, before["campaign"]).code,
            "claim": claim_store.claim(connection, before["claim"])["code"],
        }
        grants.revoke(connection, SERVICE, before["grant"])
        listed = grants.listed(connection, SERVICE, all_times=True)
    database.dispose()
    assert read == {thing: after[thing] for thing in read}
    assert len(versions) == 2
    assert [(grant.code, grant.revoked_at is None) for grant in listed] == [(after["grant"], False)]


def test_time_zones_that_are_none_become_those_of_the_area_above(old: Addresses) -> None:
    zones = {
        "abroad": (None, "Europe/Paris"),
        "abroad.city": ("abroad", "Mars/Olympus"),
        "abroad.city.district": ("abroad.city", "Mars/Olympus"),
        "city": (None, "+08"),
        "city.district": ("city", "America/New_York"),
    }
    with psycopg.connect(old.owner) as connection:
        for code, (parent, zone) in zones.items():
            connection.execute(
                "INSERT INTO area (scheme, code, name, level, parent_id, time_zone) SELECT 'foreign', %(code)s, 'x', "
                "'city', (SELECT id FROM area WHERE scheme = 'foreign' AND code = %(parent)s), %(zone)s",
                {"code": code, "parent": parent, "zone": zone},
            )
    migrate(old.owner, old.superuser)
    with psycopg.connect(old.owner) as connection:
        query = "SELECT code, time_zone FROM area WHERE scheme = 'foreign' ORDER BY code"
        stored: dict[str, str] = dict(connection.execute(query).fetchall())
        days = connection.execute("SELECT count(area_day(id)) FROM area").fetchone()
    assert stored == {
        "abroad": "Europe/Paris",
        "abroad.city": "Europe/Paris",
        "abroad.city.district": "Europe/Paris",
        "city": "Asia/Shanghai",
        "city.district": "America/New_York",
    }
    assert days is not None
    assert days[0] > len(zones)


def test_a_register_goes_back_revision_by_revision_and_forward_again(old: Addresses) -> None:
    before, codes = counts(old), {rows: codes_of(old, rows) for _, rows, _, _ in REWRITTEN}
    migrate(old.owner, old.superuser)
    for revision in ("0011", "0010", "0009", "0008", "0007", "0006", "0005", "0004"):
        command.downgrade(configuration(old.owner), revision)
        assert current(old.owner) == revision
        with psycopg.connect(old.owner) as connection:
            for changed in (
                "publication SET access_class",
                "publication_field SET access_class",
                "asset SET kind",
            ):
                connection.execute(f"UPDATE {changed} = NULL WHERE false")  # type: ignore[call-overload]  # runs triggers
    assert {rows: codes_of(old, rows) for _, rows, _, _ in REWRITTEN} == codes
    with psycopg.connect(old.owner) as connection:
        left = connection.execute(
            "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'needs%' UNION ALL SELECT proname FROM pg_proc "
            "WHERE proname IN ('needs_follow', 'refresh_needs', 'opening_rests', 'standing_needed', 'standing_of')"
        ).fetchall()
    assert left == []
    migrate(old.owner, old.superuser)
    assert current(old.owner) == head()
    assert counts(old) == before
