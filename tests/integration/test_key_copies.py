"""Backups of the keys: apart from the database's, thirty days at most; an erased case opens with nothing after."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from infra_registry import cli, config
from infra_registry.access import SERVICE
from infra_registry.cases import erasure, key_copies, keys, secrets_folder
from infra_registry.cases.keys import Keys
from infra_registry.cli import periodic
from infra_registry.cluster import Cluster, cluster_addresses
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.errors import RegistryError
from tests.integration.case_town import CANARIES, case_town, draft, file
from tests.server import copy_cluster, scratch

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation whose folder of keys holds the two secrets of a case."""
    settings = Settings(var_dir=tmp_path)
    for part in ("story", "identity"):
        secrets_folder.make(settings.case_keys_dir, f"R-1.{part}")
    return settings


def test_a_copy_is_whole_readable_by_its_owner_alone_and_goes_after_thirty_days(settings: Settings) -> None:
    into = settings.key_backups_dir
    first = key_copies.save(settings, into, NOW)
    assert (first.secrets, first.removed, key_copies.newest(into)) == (2, 0, NOW)
    copy = Path(first.directory)
    assert copy.stat().st_mode & 0o777 == 0o700
    for path in copy.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_bytes() == (settings.case_keys_dir / path.name).read_bytes()
    (into / f".case-keys-{NOW.strftime(key_copies.STAMP)}").mkdir()  # of a command that was killed
    assert key_copies.end_old(into, NOW + timedelta(days=29)) == 0
    later = key_copies.save(settings, into, NOW + timedelta(days=30))
    assert later.removed == 2
    assert [path.name for path in into.iterdir()] == [Path(later.directory).name]


def test_the_worker_removes_old_copies(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_VAR", str(settings.var_dir))
    into = settings.key_backups_dir
    key_copies.save(settings, into, datetime.now(UTC) - timedelta(days=30))
    key_copies.save(settings, into, datetime.now(UTC) - timedelta(days=2))
    assert periodic.end_key_copies(Database("postgresql://nobody@127.0.0.1:1/none")) == 1
    assert len(list(into.iterdir())) == 1


@pytest.mark.parametrize(
    "into", ["backups", "backups/x", "files", "keys/cases/x", "saved", "saved/database", "above"]
)
def test_a_copy_is_refused_among_backups_of_the_database(settings: Settings, into: str) -> None:
    for top in ("saved", "above/saved"):
        (settings.var_dir / top / "database").mkdir(parents=True)
        (settings.var_dir / top / "manifest.json").write_text("{}")
    with pytest.raises(RegistryError, match=r"keys\.backup\.together"):
        key_copies.save(settings, settings.var_dir / into, NOW)


def test_a_backup_of_the_database_is_refused_among_copies_of_keys(settings: Settings) -> None:
    key_copies.save(settings, settings.var_dir / "all", NOW)
    key_copies.refuse_among(settings.var_dir / "elsewhere" / "saved")
    with pytest.raises(RegistryError, match=r"keys\.backup\.among"):
        key_copies.refuse_among(settings.var_dir / "all" / "saved")


def test_without_secrets_nothing_is_copied(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"keys\.backup\.empty"):
        key_copies.save(Settings(var_dir=tmp_path), tmp_path / "copies", NOW)


@pytest.fixture
def var(resting_cluster: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    var = scratch("rt-")
    copy_cluster(resting_cluster, var / "pg")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("REGISTRY_LANG", "en")
    at(var, monkeypatch)
    yield var
    for pg in var.rglob("pg"):
        Cluster(pg).destroy()
    shutil.rmtree(var)


def at(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_VAR", str(var))


def run(*command: str) -> dict[str, object]:
    result = CliRunner().invoke(cli.registry, [*command, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    answer: dict[str, object] = json.loads(result.output)
    return answer


def finding(name: str) -> tuple[str, str, dict[str, object]]:
    """What the doctor says: level, code and facts."""
    result = CliRunner().invoke(cli.registry, ["doctor", "--json"], catch_exceptions=False)
    [found] = [item for item in json.loads(result.output) if item["check"] == name]
    return found["level"], found["code"], found["params"]


def opened(database_at: Path, number: str, mine: Keys) -> set[str]:
    """Which parts of a case open in a register, with these keys tried in every way."""
    with psycopg.connect(cluster_addresses(Cluster(database_at)).owner) as connection:
        query = """SELECT f.wrapped_key, f.sealed, i.wrapped_key, i.sealed FROM case_file f
            JOIN case_identity i ON i.case_id = f.id WHERE f.number = %s"""
        [(story_key, story, own_key, identity)] = connection.execute(query, [number]).fetchall()
    parts = set()
    for part, wrapped, sealed in (("story", story_key, story), ("identity", own_key, identity)):
        for way in ("story", "identity"):
            try:
                content = keys.unseal(mine.unwrap(number, wrapped, way), sealed, bound_to=f"{part}:{number}")  # type: ignore[arg-type]
            except RegistryError:
                continue
            assert "CANARY" in json.dumps(content)
            parts.add(part)
    return parts


def test_a_backup_from_before_the_erasure_opens_with_no_key_that_is_left(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("db", "migrate")
    addresses = cluster_addresses(Cluster(var / "pg"))
    database = Database(addresses.app)
    town = case_town(database)
    mine = keys.load(config.load())
    number, other = (file(database, draft(), keys=mine).number for _ in range(2))
    saved, copies = var / "saved", var / "key-backups"
    run("db", "backup", str(saved))
    assert finding("case_keys")[1] == "uncopied"
    assert run("keys", "backup")["secrets"] == 4
    assert finding("case_keys")[:2] == ("ok", "ok")
    assert finding("erased_cases")[:2] == ("ok", "ok")
    with psycopg.connect(addresses.owner) as connection:
        change = "UPDATE case_file SET erasure_rule = 'wish', erasure_by = %s WHERE number = %s"
        connection.execute(change, [town.handler.user_id, number])
        query = "INSERT INTO user_account (login, name, password_hash) VALUES ('second', 'second', '-') RETURNING id"
        [(second,)] = connection.execute(query).fetchall()
    approver = type(town.handler)(second, 0, "s", town.handler.roles)
    with database.use_case(approver) as connection:
        erasure.act(connection, mine, approver, number, "approve")
    with database.use_case(SERVICE) as connection:
        assert erasure.tend_secrets(connection, mine) == 1
    assert finding("erased_cases") == ("ok", "days", {"days": 30})
    database.dispose()
    # Elsewhere, with every key that is left: the operator's and the whole folder of secrets.
    shutil.copytree(var / "keys", var / "elsewhere" / "keys")
    at(var / "elsewhere", monkeypatch)
    assert run("db", "restore", str(saved))["differences"] == []
    left, there = keys.load(config.load()), var / "elsewhere" / "pg"
    assert opened(there, number, left) == set()
    assert opened(there, other, left) == {"story", "identity"}
    assert finding("case_keys")[:2] == ("problem", "shut")
    # What the reporter is told of: until it is removed, a copy of the keys opens it.
    [copy] = copies.iterdir()
    assert opened(there, number, Keys(left.master, copy)) == {"story", "identity"}
    assert key_copies.end_old(copies, datetime.now(UTC) + timedelta(days=30)) == 1
    kept = b"".join(path.read_bytes() for path in saved.rglob("*") if path.is_file())
    assert number.encode() in kept
    assert not [word for word in CANARIES.values() if word.encode() in kept]


def test_the_doctor_says_what_is_missing_and_what_was_renewed(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("db", "migrate")
    addresses = cluster_addresses(Cluster(var / "pg"))
    database = Database(addresses.app)
    case_town(database)
    mine = keys.load(config.load())
    number = file(database, draft(), keys=mine).number
    database.dispose()
    (var / "keys" / "cases").rename(var / "away")
    assert finding("case_keys")[:2] == ("problem", "missing")
    (var / "keys" / "cases").mkdir()
    shutil.copy(var / "away" / f"{number}.story", var / "keys" / "cases")
    level, code, facts = finding("case_keys")
    assert (level, code, facts["count"]) == ("problem", "shut", 1)
    shutil.rmtree(var / "keys" / "cases")
    (var / "away").rename(var / "keys" / "cases")
    with psycopg.connect(addresses.owner) as connection:
        connection.execute(
            "UPDATE case_file SET own_keys_since = NULL, received_at = received_at - interval '9 days'"
        )
    assert finding("case_keys")[:2] == ("warn", "waiting")
    assert run("keys", "renew") == {"cases": 1, "shut": 0}
    level, code, facts = finding("erased_cases")
    assert (level, code, facts["days"]) == ("warn", "older", 30)
    monkeypatch.setenv("REGISTRY_CASE_KEY_BEFORE", "x" * 40)
    assert finding("case_keys")[1] == "before"
