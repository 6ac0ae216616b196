"""Backup, loss and return of a real cluster with its files."""

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql

from infra_registry import cli, words
from infra_registry.cli.doctor import CHECKS, describe
from infra_registry.cli.installation import Finding
from infra_registry.cluster import APP, DATABASE, SUPERUSER, Cluster, Restored, backup, restore
from infra_registry.db import Database
from infra_registry.db.state import read_state
from infra_registry.errors import RegistryError
from tests.server import copy_cluster, scratch

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
def house(resting_cluster: Path) -> Iterator[House]:
    house = House(scratch("rt-"))
    copy_cluster(resting_cluster, house.cluster.directory)
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
    shutil.rmtree(house.top)


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


def registry(var: Path, *words: str) -> tuple[int, str]:
    """Run a command of the real command line; its exit code and what it printed."""
    environment = {"REGISTRY_VAR": str(var), "DATABASE_URL": None, "PROFILE": None, "REGISTRY_LANG": "en"}
    result = CliRunner().invoke(cli.registry, words, env=environment)
    if isinstance(result.exception, RegistryError):
        return 1, result.exception.code
    return result.exit_code, result.output


def test_the_command_line_saves_and_brings_back_a_migrated_register() -> None:
    var = scratch("rt-")
    saved = str(var / "saved")
    try:
        assert registry(var, "db", "backup", saved) == (1, "db.not_running")
        assert registry(var, "db", "migrate")[0] == 0
        assert registry(var, "db", "backup", saved)[0] == 0
        assert registry(var, "db", "restore", saved) == (1, "restore.not_empty")
        Cluster(var / "pg").destroy()
        code, output = registry(var, "db", "restore", saved, "--json")
        assert code == 0
        assert json.loads(output)["differences"] == []
        state = json.loads(registry(var, "db", "status", "--json")[1])
        assert (state["state"], state["schema"]) == ("running", state["schema_newest"])
        register = Database(Cluster(var / "pg").url(SUPERUSER, DATABASE))
        with register.engine.connect() as connection:
            assert read_state(connection).leakproof
        register.dispose()
    finally:
        Cluster(var / "pg").destroy()
        shutil.rmtree(var)


def test_a_broken_chain_is_said_by_backup_and_restore() -> None:
    var = scratch("rt-")
    saved = str(var / "saved")
    try:
        assert registry(var, "db", "migrate")[0] == 0
        url = Cluster(var / "pg").url(SUPERUSER, DATABASE)
        with psycopg.connect(url) as connection:
            connection.execute("INSERT INTO party (code, name, kind) VALUES ('P-1', 'Original', 'company')")
        assert registry(var, "audit", "seal")[0] == 0
        with psycopg.connect(url) as connection:
            connection.execute("SET session_replication_role = replica")
            edit = "UPDATE audit_event SET actor = 'nobody' WHERE id = (SELECT max(id) FROM audit_event)"
            assert connection.execute(edit).rowcount == 1
        code, output = registry(var, "db", "backup", saved)
        assert (code, "Saved and verified" in output, "chain is not whole" in output) == (1, True, True)
        Cluster(var / "pg").destroy()
        code, output = registry(var, "db", "restore", saved, "--json")
        facts = json.loads(output)
        assert (code, facts["differences"]) == (1, [])
        assert [item["code"] for item in facts["audit_findings"]] == ["audit.found.edited"]
    finally:
        Cluster(var / "pg").destroy()
        shutil.rmtree(var)


def test_the_doctor_names_what_is_wrong_and_how_to_mend_it() -> None:
    var = scratch("rt-")
    try:
        code, output = registry(var, "doctor", "--json")
        found = {item["check"]: item["level"] for item in json.loads(output)}
        assert code == 1
        assert list(found) == list(CHECKS)
        assert (found["cluster"], found["schema"], found["server"]) == ("problem", "problem", "ok")
        assert "→ Run infra-registry db up." in registry(var, "doctor")[1]
    finally:
        shutil.rmtree(var)


@pytest.mark.parametrize("name", CHECKS)
def test_each_check_of_the_doctor_has_a_title_and_a_message_for_all_is_well(name: str) -> None:
    for language in words.LOCALES:
        line = describe(name, Finding("ok", "development" if name == "profile" else "ok"), language)
        assert "doctor." not in line


@pytest.mark.parametrize("url", ["postgresql://x@/x?host=%2Fnowhere", "postgresql://x@127.0.0.1:1/x"])
def test_an_external_database_that_does_not_answer_is_told_in_words(url: str) -> None:
    result = CliRunner().invoke(cli.registry, ["db", "status"], env={"DATABASE_URL": url})
    assert isinstance(result.exception, RegistryError)
    assert result.exception.code == "db.unreachable"
