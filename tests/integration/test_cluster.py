"""The private cluster on a real server: starting, stopping, crashes, odd places, other accounts."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from infra_registry.cluster import SUPERUSER, Cluster
from infra_registry.cluster.place import SOCKET_PATH_LIMIT
from infra_registry.cluster.tuning import MIB, render, server_settings
from infra_registry.errors import RegistryError
from tests.server import copy_cluster, scratch

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory the server's account can reach, unlike pytest's own below a closed one."""
    top = scratch("rt-")
    yield top / "pg"
    Cluster(top / "pg", fast=True).destroy()
    shutil.rmtree(top)


@pytest.fixture
def cluster(directory: Path, resting_cluster: Path) -> Cluster:
    copy_cluster(resting_cluster, directory)
    cluster = Cluster(directory, fast=True)
    cluster.up()
    return cluster


def do(cluster: Cluster, statement: LiteralString, database: str = "postgres") -> None:
    with psycopg.connect(cluster.url(SUPERUSER, database)) as connection:
        connection.execute(statement)


def one(cluster: Cluster, query: LiteralString, database: str = "postgres") -> str:
    with psycopg.connect(cluster.url(SUPERUSER, database)) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return str(row[0])


def test_a_cluster_goes_from_absent_to_running_to_stopped(directory: Path) -> None:
    cluster = Cluster(directory, fast=True)
    assert cluster.status().state == "absent"
    assert cluster.down().state == "absent"
    first = cluster.up()
    assert first.state == "running"
    assert first.pid is not None
    assert first.postgis_version is not None
    assert cluster.up().pid == first.pid
    stopped = cluster.down()
    assert (stopped.state, stopped.pid) == ("stopped", None)
    assert cluster.up().pid != first.pid


def test_chinese_text_is_sorted_and_searched_as_utf8(cluster: Cluster) -> None:
    assert one(cluster, "SHOW server_encoding") == "UTF8"
    assert one(cluster, "SELECT datctype FROM pg_database WHERE datname = 'template1'") == "C.UTF-8"
    assert one(cluster, "SELECT 'é' ~ '[[:alpha:]]'") == "True"


def test_no_network_port_and_a_socket_for_the_account_alone(cluster: Cluster) -> None:
    assert one(cluster, "SHOW listen_addresses") == ""
    assert cluster.status().socket_dir.stat().st_mode & 0o777 == 0o700
    assert cluster.status().data_dir.stat().st_mode & 0o777 == 0o700


def test_the_durable_cluster_syncs_and_the_fast_one_does_not(directory: Path) -> None:
    durable = Cluster(directory)
    durable.up()
    assert one(durable, "SHOW fsync") == "on"
    assert one(durable, "SHOW wal_level") == "replica"
    durable.down()
    fast = Cluster(directory, fast=True)
    fast.up()
    assert one(fast, "SHOW fsync") == "off"


def test_postgis_knows_the_projections_of_china(cluster: Cluster) -> None:
    do(cluster, "CREATE EXTENSION postgis")
    east = one(cluster, "SELECT ST_X(ST_Transform(ST_SetSRID(ST_MakePoint(117, 35), 4326), 4547))")
    assert float(east) == pytest.approx(773_907.66, abs=0.01)


def test_committed_rows_survive_a_killed_postmaster(cluster: Cluster) -> None:
    do(cluster, "CREATE TABLE kept AS SELECT generate_series(1, 100000) AS n")
    pid = cluster.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert cluster.up().pid != pid
    assert one(cluster, "SELECT count(*) FROM kept") == "100000"


def test_a_lock_file_with_a_recycled_process_id_neither_kills_nor_blocks(cluster: Cluster) -> None:
    cluster.down()
    other = subprocess.Popen(["sleep", "60"])
    try:
        text = f"{other.pid}\n{cluster.status().data_dir}\n0\n5432\n\n\n  0 0\n"
        (cluster.status().data_dir / "postmaster.pid").write_text(text)
        (cluster.status().socket_dir / ".s.PGSQL.5432.lock").write_text(text)
        assert cluster.status().state == "stopped"
        assert cluster.down().state == "stopped"
        assert other.poll() is None
        assert cluster.up().state == "running"
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_several_processes_may_start_it_at_once(directory: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from infra_registry.cluster import Cluster;"
        "print(Cluster(Path(sys.argv[1]), fast=True).up().pid)"
    )
    command = [sys.executable, "-c", code, str(directory)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    pids = {process.communicate(timeout=60)[0].strip() for process in running}
    assert pids == {str(Cluster(directory, fast=True).status().pid)}


def test_a_path_too_long_for_a_socket_is_recorded_and_left_behind_clean(directory: Path) -> None:
    deep = Cluster(directory / ("x" * 100) / "pg", fast=True)
    (directory / ("x" * 100)).mkdir(parents=True)
    status = deep.up()
    assert status.state == "running"
    assert not status.elsewhere
    assert len(os.fsencode(status.socket_dir / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT
    deep.down()
    assert deep.up().socket_dir == status.socket_dir
    deep.destroy()
    assert not status.socket_dir.exists()


@pytest.mark.skipif(not AS_ROOT, reason="only root runs the server as somebody else")
def test_data_moves_where_the_servers_account_can_reach_it(directory: Path) -> None:
    closed = directory / "closed"
    closed.mkdir(parents=True)
    closed.chmod(0o700)
    cluster = Cluster(closed / "pg", fast=True)
    status = cluster.up()
    assert status.elsewhere
    assert not status.data_dir.is_relative_to(directory)
    assert Cluster(closed / "pg").status() == status
    cluster.destroy()
    assert not status.data_dir.exists()


@pytest.mark.skipif(not AS_ROOT, reason="only root can become another account")
def test_an_ordinary_account_runs_its_own_and_leaves_that_of_others(cluster: Cluster) -> None:
    nobody = pwd.getpwnam("nobody")
    top = scratch("rt-")
    os.chown(top, nobody.pw_uid, nobody.pw_gid)

    def own() -> None:
        mine = Cluster(top / "pg", fast=True)
        assert mine.up().state == "running"
        assert mine.status().data_dir.stat().st_uid == nobody.pw_uid
        assert one(mine, "SELECT 1 + 1") == "2"
        assert mine.down().state == "stopped"

    def of_others() -> None:
        with pytest.raises(RegistryError) as refusal:
            cluster.up()
        assert refusal.value.code == "cluster.not_yours"

    try:
        assert _as_account(nobody, own) == ""
        assert _as_account(nobody, of_others) == ""
        # Root continues what an ordinary account began, as that account.
        again = Cluster(top / "pg", fast=True)
        pid = again.up().pid
        assert Path(f"/proc/{pid}").stat().st_uid == nobody.pw_uid
        again.down()
    finally:
        shutil.rmtree(top)


def _as_account(account: pwd.struct_passwd, action: Callable[[], None]) -> str:
    """Run ``action`` in a child that has become ``account``; its traceback, or nothing."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        try:
            action()
        except BaseException:  # noqa: BLE001 - an assertion's failure must reach the parent
            os.write(writer, traceback.format_exc().encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        said = stream.read().decode()
    os.waitpid(child, 0)
    return said


@pytest.mark.parametrize(
    ("megabytes", "shared", "work"),
    [(512, "64MB", "4MB"), (4096, "512MB", "5MB"), (24_000, "2048MB", "31MB")],
)
def test_memory_settings_follow_the_machine(megabytes: int, shared: str, work: str) -> None:
    settings = server_settings(
        megabytes * MIB, 2, socket_dir=Path("/s"), log_dir=Path("/l"), port=5432, fast=False
    )
    assert (settings["shared_buffers"], settings["work_mem"]) == (shared, work)


def test_settings_with_quotes_in_a_path_stay_one_value() -> None:
    assert "log_directory = 'it''s \\\\ here'" in render({"log_directory": "it's \\ here"})
