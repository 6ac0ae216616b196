"""Backup, destruction and return of the benchmark's register: equal counts and audit head, seconds per gigabyte."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from infra_registry.cli.db import audit_head
from infra_registry.cluster import SUPERUSER, Cluster, backup, restore
from infra_registry.db import Database
from infra_registry.db.migrate import mark_leakproof
from infra_registry.db.state import read_state
from tests.benchmarks.register import DATABASE, home

DIGESTS = {
    "asset": "SELECT md5(string_agg(md5(a::text), '' ORDER BY id)) FROM asset a",
    "asset_place": "SELECT md5(string_agg(md5(p::text), '' ORDER BY asset_id, level)) FROM asset_place p",
    "audit_event": "SELECT md5(string_agg(md5(e::text), '' ORDER BY id)) FROM audit_event e",
}


@dataclass(frozen=True, slots=True)
class Saved:
    """Size of the database directory in gigabytes, rows compared, and seconds for each way."""

    gigabytes: float
    rows: int
    tables: int
    backup_s: float
    restore_s: float


def measure(say: Callable[[str], None]) -> Saved:
    """Save, destroy, bring back, compare. The register of the benchmarks is itself what comes back."""
    cluster, target = Cluster(home() / "pg"), home() / "saved"
    shutil.rmtree(target, ignore_errors=True)
    files = home() / "files"
    shutil.rmtree(files, ignore_errors=True)
    before = _digests(cluster)
    began = time.perf_counter()
    manifest = backup(cluster.url(SUPERUSER, DATABASE), target, files_dir=files, audit_head=audit_head)
    backup_s = time.perf_counter() - began
    gigabytes = sum(path.stat().st_size for path in (target / "database").rglob("*") if path.is_file()) / 1e9
    cluster.destroy()
    shutil.rmtree(files, ignore_errors=True)
    began = time.perf_counter()
    done = restore(target, cluster, files_dir=files, audit_head=audit_head, after_restore=_mark)
    restore_s = time.perf_counter() - began
    if done.differences or _digests(cluster) != before or not _is_leakproof(cluster):
        raise SystemExit(f"the restored register differs: {done.differences}")
    shutil.rmtree(target)
    counts = manifest.after.counts
    made = Saved(gigabytes, sum(counts.values()), len(counts), backup_s, restore_s)
    say(
        f"backup: {gigabytes:.2f} GB, {made.rows:,} rows equal; {backup_s / gigabytes:.1f} s/GB out, "
        f"{restore_s / gigabytes:.1f} s/GB back"
    )
    return made


def _digests(cluster: Cluster) -> dict[str, str]:
    with psycopg.connect(cluster.url(SUPERUSER, DATABASE)) as link:
        link.execute("SET work_mem = '256MB'")
        return {
            name: str((link.execute(query.encode()).fetchone() or ("",))[0])
            for name, query in DIGESTS.items()
        }


def _is_leakproof(cluster: Cluster) -> bool:
    register = Database(cluster.url(SUPERUSER, DATABASE))
    with register.engine.connect() as connection:
        state = read_state(connection)
    register.dispose()
    return state.leakproof


def _mark(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as link:
        mark_leakproof(link)
