"""Whole backups of database and files, and their return.

A backup is a directory: ``database`` (pg_basebackup, verified), ``files`` and ``manifest.json``. The
database is copied first, so that every file a row names is in the copy. Keys are never copied: they
live in the environment and have a backup of their own.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from infra_registry.cluster.account import account_for
from infra_registry.cluster.binaries import find_binaries
from infra_registry.cluster.manifest import AuditHead, Manifest, contents_of, describe_files
from infra_registry.cluster.place import decide_place
from infra_registry.cluster.server import SUPERUSER, Cluster
from infra_registry.errors import RegistryError


@dataclass(frozen=True, slots=True)
class Restored:
    """The outcome of a restore; ``differences`` is empty when everything is as it was saved."""

    manifest: Manifest
    differences: tuple[str, ...]


def backup(superuser_url: str, out_dir: Path, *, files_dir: Path, audit_head: AuditHead) -> Manifest:
    """Save a running database and its files to ``out_dir``, which must not exist or be empty.

    Raises RegistryError ``backup.exists``, or ``backup.failed`` with the tool's own words. A backup
    that fails leaves nothing under its final name.
    """
    if out_dir.exists() and any(out_dir.iterdir()):
        raise RegistryError("backup.exists", path=str(out_dir))
    partial = out_dir.with_name(out_dir.name + ".partial")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(mode=0o700, parents=True)
    try:
        manifest = _fill(superuser_url, partial, files_dir, audit_head)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    partial.replace(out_dir)
    return manifest


def restore(
    backup_dir: Path,
    cluster: Cluster,
    *,
    files_dir: Path,
    audit_head: AuditHead,
    after_restore: Callable[[str], None],
) -> Restored:
    """Bring a backup back into a cluster that has no data yet, start it and compare.

    ``after_restore`` gets the superuser's address and re-applies what only a superuser may set.
    Raises RegistryError ``restore.*`` before anything is written when the backup is damaged or the
    target is not empty.
    """
    manifest = check(backup_dir)
    if manifest.superuser != SUPERUSER:
        raise RegistryError("restore.foreign", superuser=manifest.superuser, expected=SUPERUSER)
    if files_dir.exists() and any(files_dir.iterdir()):
        raise RegistryError("restore.not_empty", path=str(files_dir))
    with cluster.locked():
        if cluster.place.data_dir.exists():
            raise RegistryError("restore.not_empty", path=str(cluster.place.data_dir))
        _copy_database(backup_dir / "database", cluster)
    _copy_files(backup_dir / "files", files_dir)
    cluster.up()
    url = cluster.url(SUPERUSER, manifest.database)
    after_restore(url)
    return Restored(manifest, manifest.differences(contents_of(url, audit_head)))


def check(backup_dir: Path) -> Manifest:
    """Read and verify a backup without touching anything else.

    Raises RegistryError ``restore.no_backup`` or ``restore.damaged``.
    """
    try:
        manifest = Manifest.read(backup_dir)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RegistryError("restore.no_backup", path=str(backup_dir), said=str(error)) from error
    major = int((backup_dir / "database" / "PG_VERSION").read_text("ascii"))
    _verify(backup_dir / "database", major, "restore.damaged")
    if describe_files(backup_dir / "files") != manifest.files:
        raise RegistryError("restore.damaged", said=f"{backup_dir / 'files'}: SHA-256")
    return manifest


def _fill(url: str, target: Path, files_dir: Path, audit_head: AuditHead) -> Manifest:
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT current_database(), current_user::text, current_setting('server_version'),"
            " system_identifier::text, current_setting('server_version_num')::int / 10000"
            " FROM pg_control_system()"
        ).fetchone()
    assert row is not None
    database, user, version, identifier, major = row
    before = contents_of(url, audit_head)
    command = [find_binaries(major).program("pg_basebackup"), "-d", url, "-D", str(target / "database")]
    _run([*command, "-X", "stream", "-c", "fast", "--no-password"], "backup.failed")
    after = contents_of(url, audit_head)
    _verify(target / "database", major, "backup.failed")
    _copy_files(files_dir, target / "files")
    files = describe_files(target / "files")
    manifest = Manifest(made_at, version, identifier, database, user, before, after, files)
    manifest.write(target)
    return manifest


def _copy_database(source: Path, cluster: Cluster) -> None:
    account = account_for(cluster.place.data_dir)
    place = decide_place(cluster.directory, account, temporary=cluster.fast)
    if place.data_dir.exists():
        raise RegistryError("restore.not_empty", path=str(place.data_dir))
    fresh = place.home / "data.new"
    if fresh.exists():
        shutil.rmtree(fresh)
    shutil.copytree(source, fresh, symlinks=True)
    fresh.chmod(0o700)
    account.own(fresh)
    if not cluster.fast:
        major = int((fresh / "PG_VERSION").read_text("ascii"))
        account.run([find_binaries(major).program("initdb"), "--sync-only", "-D", str(fresh)])
    fresh.rename(place.data_dir)


def _copy_files(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    if source.exists():
        shutil.copytree(source, target, dirs_exist_ok=True, copy_function=_copy_durably)


def _copy_durably(source: str, target: str) -> None:
    shutil.copy2(source, target)
    with Path(target).open("rb") as stream:
        os.fsync(stream.fileno())


def _verify(database: Path, major: int, code: str) -> None:
    _run([find_binaries(major).program("pg_verifybackup"), "--quiet", str(database)], code)


def _run(command: list[str], code: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RegistryError(code, said=(done.stderr or done.stdout).strip()[-2000:])
