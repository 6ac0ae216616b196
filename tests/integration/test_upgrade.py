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

from infra_registry.cluster import Addresses, Cluster, cluster_addresses
from infra_registry.cluster.binaries import find_binaries
from infra_registry.db.migrate import current, head, migrate, prepare
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
    assert len(kinds) == 10
    assert case == [("R-AT4A-1YYD",)]
    assert letter == [("L-Q4TFAXE4",)]
