"""Nothing that is kept leads from a report to its sender: dump, backup, write-ahead log, server log, files, replica."""

import shutil
import struct
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from infra_registry import limits
from infra_registry.access import SERVICE
from infra_registry.cases import filing, tracking
from infra_registry.cases.drafts import Draft
from infra_registry.cases.keys import Keys
from infra_registry.cli import periodic
from infra_registry.cluster import Addresses, Cluster, backup, cluster_addresses, restore
from infra_registry.cluster.backup import _copy_database
from infra_registry.cluster.binaries import find_binaries
from infra_registry.db import Database, migrate
from infra_registry.db.faults import Unavailable
from tests.server import copy_cluster, scratch

KEYS = Keys(b"test-key-of-the-operator-0123456789")
REPORTS = 50
LON, LAT, STEP = (
    116.58125432,
    35.41787654,
    2.0**-42,
)  # the points differ in the last bytes of each number alone
ANSWERS = {
    "reason": "exclusive_agreement", "district": "other", "place": "a place", "carriers": [], "other_carrier": "X",
    "lasting": "ongoing", "elsewhere": "no", "named": "confidential", "capacity": "resident",
    "story": "They let nobody else in.",
}  # fmt: skip
ADDRESSES = [f"2001:db8:77:{n:x}::7" for n in range(REPORTS)]


def canaries() -> dict[str, bytes]:
    """What all addresses and points have in common: as text, as the bytes of a number, as their hexadecimal digits."""
    found = {"address": b"2001:db8:77:"}
    for name, value in (("lon", LON), ("lat", LAT)):
        common = struct.pack("<d", value)[2:]
        found[f"{name} in words"] = f"{value:.7f}"[:-1].encode()
        found[f"{name} in bytes"] = common
        found[f"{name} in digits"] = common.hex().upper().encode()
        found[f"{name} in small digits"] = common.hex().encode()
    return found


def file(database: Database, address: str, n: int = 0) -> filing.Receipt:
    point = {"lon": f"{LON + n * STEP:.12f}", "lat": f"{LAT + n * STEP:.12f}"}
    draft = Draft().with_answers({**ANSWERS, **point})
    with database.use_case(SERVICE) as connection:
        return filing.file_report(connection, KEYS, draft, locale="en", address=address)


@dataclass(frozen=True)
class House:
    """An installation of its own with fifty reports; ``wal``: the log written meanwhile."""

    cluster: Cluster
    addresses: Addresses
    numbers: tuple[str, ...]
    wal: tuple[bytes, ...]


@pytest.fixture(scope="module")
def house(resting_cluster: Path) -> Iterator[House]:
    top = scratch("rt-")
    cluster = Cluster(top / "pg", fast=True)
    copy_cluster(resting_cluster, cluster.directory)
    cluster.up()
    addresses = cluster_addresses(cluster)
    migrate(addresses.owner, addresses.superuser)
    database = Database(addresses.app)
    first = wal_file(addresses)
    receipts = [file(database, address, n) for n, address in enumerate(ADDRESSES)]
    with database.use_case(SERVICE) as connection:
        tracking.track(connection, KEYS, receipts[0].number, receipts[0].secret or "", address=ADDRESSES[0])
    database.dispose()
    folder = cluster.place.data_dir / "pg_wal"  # read now: a checkpoint takes it away
    wal = tuple((folder / name).read_bytes() for name in {first, wal_file(addresses)})
    yield House(cluster, addresses, tuple(receipt.number for receipt in receipts), wal)
    cluster.destroy()
    shutil.rmtree(top)


def wal_file(addresses: Addresses) -> str:
    assert addresses.superuser is not None
    with psycopg.connect(addresses.superuser) as connection:
        row = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
    assert row is not None
    return str(row[0])


def dump(addresses: Addresses, *options: str) -> bytes:
    assert addresses.superuser is not None
    command = [find_binaries().program("pg_dump"), "--inserts", *options, addresses.superuser]
    return subprocess.run(command, capture_output=True, check=True).stdout


def leaks(content: bytes) -> set[str]:
    return {name for name, canary in canaries().items() if canary in content}


def below(directory: Path) -> Iterator[bytes]:
    yield from (path.read_bytes() for path in directory.rglob("*") if path.is_file())


def nothing(_: str) -> None:
    return None


def test_the_search_sees_what_it_looks_for() -> None:
    plain = f"{LON + 40 * STEP} {LAT + 40 * STEP} {ADDRESSES[40]}".encode()
    packed = b"".join(struct.pack("<d", value + 40 * STEP) for value in (LON, LAT))
    assert leaks(plain + packed + packed.hex().encode() + packed.hex().upper().encode()) == set(canaries())


def test_a_dump_holds_no_address_and_no_point(house: House) -> None:
    content = dump(house.addresses, "--no-unlogged-table-data")
    assert all(number.encode() in content for number in house.numbers)
    assert leaks(content) == set()
    assert b"INSERT INTO public.attempt" not in content
    assert b"INSERT INTO public.day_key" not in content
    assert leaks(dump(house.addresses)) == set()


def test_a_backup_its_log_and_the_servers_words_hold_none_and_come_back_without(house: House) -> None:
    assert house.addresses.superuser is not None
    saved, files = house.cluster.directory.parent / "saved", house.cluster.directory.parent / "files"
    files.mkdir(exist_ok=True)
    backup(house.addresses.superuser, saved, files_dir=files, audit_head=lambda _: None)
    contents = [*below(saved), *house.wal, *below(house.cluster.place.log_dir)]
    assert sum(house.numbers[0].encode() in content for content in contents) >= 2  # in the copy and its log
    assert set().union(*map(leaks, contents)) == set()
    twin = Cluster(scratch("rt-") / "pg", fast=True)
    try:
        restored = restore(
            saved,
            twin,
            files_dir=twin.directory.parent / "f",
            audit_head=lambda _: None,
            after_restore=nothing,
        )
        assert restored.differences == ()
        with psycopg.connect(cluster_addresses(twin).owner) as connection:
            query = "SELECT (SELECT count(*) FROM attempt), (SELECT count(*) FROM day_key), count(*) FROM case_file"
            assert connection.execute(query).fetchone() == (0, 0, REPORTS)
    finally:
        twin.destroy()


def test_a_replica_answers_that_it_takes_no_reports(house: House) -> None:
    assert house.addresses.superuser is not None
    twin = Cluster(scratch("rt-") / "pg", fast=True)
    copied = twin.directory.parent / "copied"
    command = [
        find_binaries().program("pg_basebackup"),
        "-d",
        house.addresses.superuser,
        "-D",
        str(copied),
        "-R",
    ]
    subprocess.run([*command, "-X", "stream", "-c", "fast"], capture_output=True, check=True)
    twin.directory.mkdir()
    _copy_database(copied, twin)
    database = Database(cluster_addresses(twin).app)
    try:
        twin.up()
        with pytest.raises(Unavailable, match=r"db\.replica"):
            file(database, "2001:db8:77:fffe::7")
        with (
            pytest.raises(Unavailable, match=r"db\.replica"),
            database.use_case(SERVICE) as connection,
        ):
            tracking.track(connection, KEYS, house.numbers[0], "x", address="2001:db8:77:fffe::7")
    finally:
        database.dispose()
        twin.destroy()


def test_no_table_keeps_the_second_of_a_report(database: Database, addresses: Addresses) -> None:
    with psycopg.connect(addresses.owner) as connection:
        started = connection.execute("SELECT now()").fetchone()
    file(database, ADDRESSES[0])
    exact = {}
    with psycopg.connect(addresses.owner) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = 'timestamp with time zone'"
        ).fetchall()
        for table, column in columns:
            query = f"SELECT {column} FROM {table} WHERE {column} > %s AND {column} < 'infinity' LIMIT 1"
            row = connection.execute(query, started).fetchone()  # type: ignore[call-overload]
            if row is not None and row[0] != row[0].replace(second=0, microsecond=0):
                exact[f"{table}.{column}"] = row[0]
        attempted = connection.execute("SELECT at FROM attempt").fetchall()
    assert exact == {}
    assert [(row[0].minute, row[0].second, row[0].microsecond) for row in attempted] == [(0, 0, 0)]


def test_a_mark_does_not_follow_from_the_operators_key(database: Database, addresses: Addresses) -> None:
    now = datetime.now(UTC)
    file(database, ADDRESSES[0])
    with psycopg.connect(addresses.owner) as connection:
        marks = {bytes(row[0]) for row in connection.execute("SELECT digest FROM attempt").fetchall()}
    guesses = {
        KEYS.mark("address", f"{(now + timedelta(days=day)).date().isoformat()} {address}")[:16]
        for day in (-1, 0, 1)
        for address in ADDRESSES
    }
    assert marks
    assert not marks & guesses


def keys_and_attempts(addresses: Addresses) -> tuple[Any, ...]:
    with psycopg.connect(addresses.owner) as connection:
        return connection.execute(
            "SELECT (SELECT count(*) FROM day_key), (SELECT count(*) FROM attempt)"
        ).fetchall()[0]


def mark(database: Database, label: str = "x", value: str = "192.0.2.7", *, days: int = 0) -> bytes:
    with database.use_case(SERVICE) as connection:
        return limits.mark(connection, label, value, datetime.now(UTC) + timedelta(days=days))


def test_all_processes_make_one_key_and_every_day_another(database: Database, addresses: Addresses) -> None:
    others = [Database(addresses.app, pool_size=1) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        marks = set(pool.map(mark, others))
    for other in others:
        other.dispose()
    assert len(marks) == 1
    assert marks == {mark(database)}
    assert mark(database, "y") not in marks
    assert mark(database, value="192.0.2.8") not in marks
    assert mark(database, days=1) not in marks


def test_the_next_day_begins_without_the_key_and_the_attempts_of_the_last(
    database: Database, addresses: Addresses
) -> None:
    file(database, ADDRESSES[0])
    assert keys_and_attempts(addresses) == (1, 1)
    mark(database, days=1)
    assert keys_and_attempts(addresses) == (1, 0)


def test_a_job_ends_the_day(database: Database, addresses: Addresses) -> None:
    file(database, ADDRESSES[0])
    assert periodic.end_days(database) == 0
    assert keys_and_attempts(addresses) == (1, 1)
    with psycopg.connect(addresses.owner) as connection:
        connection.execute("UPDATE day_key SET day = day - 1")
        connection.execute("UPDATE attempt SET at = at - interval '1 day'")
    assert periodic.end_days(database) == 1
    assert keys_and_attempts(addresses) == (0, 0)


def test_points_an_older_release_kept_in_the_open_are_sealed(
    database: Database, addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_CASE_KEY", KEYS.master.decode())
    mine, foreign = file(database, ADDRESSES[0]).number, file(database, ADDRESSES[1]).number
    with psycopg.connect(addresses.owner) as connection:
        connection.execute(
            "UPDATE case_file SET sealed_point = NULL, geom = ST_SetSRID(ST_MakePoint(%s, %s), 4326)",
            [LON, LAT],
        )
        connection.execute("UPDATE case_file SET wrapped_key = 'x' WHERE number = %s", [foreign])
    assert periodic.seal_points(database) == (1, 1)
    assert periodic.seal_points(database) == (0, 1)
    with database.use_case(SERVICE) as connection:
        query = text("SELECT number, geom IS NULL AS shut, sealed_point IS NULL AS bare FROM case_file")
        rows = {row.number: (row.shut, row.bare) for row in connection.execute(query)}
    assert rows == {mine: (True, False), foreign: (False, True)}
