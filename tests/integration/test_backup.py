"""Backup, loss and return of a real cluster with its files."""

import json
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from infra_registry.cluster import APP, DATABASE, SUPERUSER, Cluster, Restored, backup, restore
from infra_registry.errors import RegistryError

EVENTS = 250


@dataclass(frozen=True, slots=True)
class House:
    """One installation: cluster, files, keys, and where its backups go."""

    top: Path

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.top / "pg", fast=True)

    @property
    def files(self) -> Path:
        return self.top / "files"

    @property
    def saved(self) -> Path:
        return self.top / "saved"

    @property
    def url(self) -> str:
        return self.cluster.url(SUPERUSER, DATABASE)

    def save(self) -> None:
        backup(self.url, self.saved, files_dir=self.files, audit_head=head)

    def bring_back(self, seen: list[str] | None = None) -> Restored:
        return restore(
            self.saved,
            self.cluster,
            files_dir=self.files,
            audit_head=head,
            after_restore=(seen if seen is not None else []).append,
        )

    def lose_everything(self) -> None:
        self.cluster.destroy()
        shutil.rmtree(self.files)


def head(url: str) -> tuple[int, str] | None:
    """The end of a chain as a plain table keeps it."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT n, md5(n::text) FROM event ORDER BY n DESC LIMIT 1").fetchone()
    return (row[0], row[1]) if row else None


@pytest.fixture
def house() -> Iterator[House]:
    top = Path(tempfile.mkdtemp(prefix="rt-"))
    top.chmod(0o755)
    house = House(top)
    house.cluster.up()
    with psycopg.connect(house.cluster.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(APP)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    with psycopg.connect(house.url) as connection:
        connection.execute("CREATE TABLE event AS SELECT generate_series(1, %s) AS n", [EVENTS])
        connection.execute("CREATE TABLE 单位 (name text)")
        connection.execute("INSERT INTO 单位 VALUES ('济宁市')")
    (house.files / "ab").mkdir(parents=True)
    (house.files / "ab" / "abcdef").write_bytes(b"evidence")
    (house.top / "secret.key").write_text("never in a backup")
    yield house
    house.cluster.destroy()
    shutil.rmtree(top)


def test_what_was_saved_comes_back_whole(house: House) -> None:
    house.save()
    house.lose_everything()
    seen: list[str] = []
    restored = house.bring_back(seen)
    assert restored.differences == ()
    assert restored.manifest.after.counts == {"public.event": EVENTS, "public.单位": 1}
    assert seen == [house.url]
    assert (house.files / "ab" / "abcdef").read_bytes() == b"evidence"
    with psycopg.connect(house.cluster.url(APP, DATABASE)) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (APP,)
    house.cluster.down()
    assert house.cluster.up().state == "running"


def test_keys_stay_out_and_the_copy_is_closed_to_others(house: House) -> None:
    house.save()
    assert sorted(p.name for p in house.saved.iterdir()) == ["database", "files", "manifest.json"]
    assert house.saved.stat().st_mode & 0o777 == 0o700
    assert not list(house.saved.rglob("*.key"))


def test_writing_goes_on_during_a_backup(house: House) -> None:
    stop = threading.Event()

    def write() -> None:
        with psycopg.connect(house.url, autocommit=True) as connection:
            for n in range(EVENTS + 1, 20_000):
                connection.execute("INSERT INTO event VALUES (%s)", [n])
                if stop.wait(0.002):
                    return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        house.save()
    finally:
        stop.set()
        writer.join()
    house.lose_everything()
    restored = house.bring_back()
    manifest = restored.manifest
    assert restored.differences == ()
    assert EVENTS <= manifest.before.counts["public.event"] < manifest.after.counts["public.event"]


def test_nothing_is_overwritten(house: House) -> None:
    house.save()
    with pytest.raises(RegistryError) as twice:
        house.save()
    assert twice.value.code == "backup.exists"
    files = house.files
    shutil.rmtree(files)
    with pytest.raises(RegistryError) as living:
        house.bring_back()
    assert living.value.code == "restore.not_empty"
    house.cluster.destroy()
    files.mkdir()
    (files / "new").write_bytes(b"made since")
    with pytest.raises(RegistryError) as held:
        house.bring_back()
    assert held.value.params["path"] == str(files)
    assert house.cluster.status().state == "absent"


@pytest.mark.parametrize("victim", ["database/global/pg_filenode.map", "files/ab/abcdef"])
def test_a_damaged_backup_is_refused_before_anything_is_written(house: House, victim: str) -> None:
    house.save()
    house.lose_everything()
    path = house.saved / victim
    content = bytearray(path.read_bytes())
    content[5] ^= 1
    path.write_bytes(content)
    with pytest.raises(RegistryError) as refusal:
        house.bring_back()
    assert refusal.value.code == "restore.damaged"
    assert house.cluster.status().state == "absent"
    assert not house.files.exists()


@pytest.mark.parametrize(
    ("part", "value", "expected"),
    [
        ("counts", {"public.event": 1, "public.单位": 1}, "public.event"),
        ("audit_head", [EVENTS, "0"], "audit"),
    ],
)
def test_a_return_that_differs_from_the_manifest_says_where(
    house: House, part: str, value: object, expected: str
) -> None:
    house.save()
    house.lose_everything()
    path = house.saved / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["before"][part] = manifest["after"][part] = value
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert [text.split(":")[0] for text in house.bring_back().differences] == [expected]


def test_a_failed_backup_leaves_nothing_that_looks_like_one(house: House) -> None:
    url = house.cluster.url(APP, DATABASE)
    with pytest.raises((RegistryError, psycopg.Error)):
        backup(url, house.saved, files_dir=house.files, audit_head=head)
    assert not house.saved.exists()
    assert not house.saved.with_name("saved.partial").exists()


def test_an_empty_directory_is_no_backup(house: House) -> None:
    house.saved.mkdir()
    house.lose_everything()
    with pytest.raises(RegistryError) as refusal:
        house.bring_back()
    assert refusal.value.code == "restore.no_backup"
