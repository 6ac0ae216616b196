"""The content of a case that is due goes by two persons, and nothing left in the register opens it."""

import hashlib
import hmac
import html
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from infra_registry import audit, cli, config
from infra_registry.access import SERVICE, Actor, Role, RoleGrant
from infra_registry.cases import (
    erasure,
    filing,
    handling,
    keys,
    renewal,
    renewal_store,
    secrets_folder,
    tracking,
)
from infra_registry.cases.keys import Keys
from infra_registry.cli import periodic
from infra_registry.cluster import Addresses
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.errors import Conflict, Forbidden, Limited, RegistryError
from tests.integration.case_town import KEYS, Town, case_town, draft, file, move
from tests.web.site import Site

YEARS = "interval '3 years'"


@pytest.fixture
def town(database: Database) -> Town:
    return case_town(database)


@pytest.fixture
def second(database: Database, town: Town) -> Actor:
    with database.use_case(SERVICE) as connection:
        query = text(
            "INSERT INTO user_account (login, name, password_hash) VALUES ('second', 'second', '-') RETURNING id"
        )
        user = connection.scalars(query).one()
    return Actor(user, 0, "second", frozenset({RoleGrant(Role.CASE_HANDLER, town.city)}))


def old(database: Database, addresses: Addresses, keys: Keys = KEYS, **changes: object) -> str:
    """A report whose last step is three years old, and which the job has looked at."""
    number = file(database, draft(**changes), keys=keys).number
    with psycopg.connect(addresses.owner) as connection:
        connection.execute(f"UPDATE case_event SET at = at - {YEARS}")
    periodic.mark_due(database)
    return number


def act(database: Database, actor: Actor, number: str, name: str) -> None:
    with database.use_case(actor) as connection:
        erasure.act(connection, KEYS, actor, number, name)


def listed(database: Database, actor: Actor) -> list[tuple[Any, ...]]:
    with database.use_case(actor) as connection:
        return [(row.number, row.rule, row.proposed, row.mine) for row in erasure.due(connection, actor)]


def test_every_rule_says_its_days_and_that_they_are_the_houses_own() -> None:
    assert set(erasure.rules()) == {"not_taken_up", "expired"}
    for rule in erasure.rules().values():
        assert f"{rule.days} days" in rule.basis("en")
        assert "house's own" in rule.basis("en")
        assert "自定" in rule.basis("zh-Hans")


def test_two_persons_erase_a_case_that_is_due(
    database: Database,
    addresses: Addresses,
    town: Town,
    second: Actor,
) -> None:
    number = old(database, addresses)
    file(database, draft())
    assert listed(database, town.handler) == [(number, "expired", False, False)]
    with pytest.raises(Conflict, match=r"cases\.erasure\.shut"):
        act(database, second, number, "approve")
    act(database, town.handler, number, "propose")
    assert listed(database, second) == [(number, "expired", True, False)]
    for name in ("approve", "propose"):
        with pytest.raises(Conflict, match=r"cases\.erasure\.shut"):
            act(database, town.handler, number, name)
    act(database, second, number, "approve")
    assert listed(database, second) == []
    with database.use_case(second) as connection:
        case = handling.read_case(connection, KEYS, second, number)
        assert (case.story, case.point) == ({}, None)
        assert handling.read_identity(connection, KEYS, second, number) is None
    with database.use_case(town.others["auditor"]) as connection:
        filters = audit.EventFilter(action="update", object="case_file", ref=number)
        actors = {event.actor for event in audit.events(connection, filters)[0]}
    assert {str(town.handler.user_id), str(second.user_id)} <= actors


def test_no_key_that_is_left_opens_a_dump_taken_before(
    database: Database, addresses: Addresses, town: Town, site: Site, tmp_path: Path
) -> None:
    mine = keys.load(site.app.extensions["registry.settings"])
    number = old(database, addresses, mine)
    others = [file(database, draft(), keys=mine).number for _ in range(3)]
    with psycopg.connect(addresses.owner) as connection:
        query = """SELECT f.wrapped_key, i.wrapped_key, f.sealed, f.sealed_point, i.sealed FROM case_file f
            JOIN case_identity i ON i.case_id = f.id WHERE f.number = %s"""
        [(wrapped, own, *written)] = connection.execute(query, [number]).fetchall()
    keys.unseal(mine.unwrap(number, wrapped), written[0], bound_to=f"story:{number}")
    one, other = (site.user(name, (Role.CASE_HANDLER, town.city)) for name in ("one", "other"))
    assert one.post(f"/cases/{number}/erasure", {"act": "propose"}, form="/cases/erasure").status_code == 303
    assert (
        other.post(f"/cases/{number}/erasure", {"act": "approve"}, form="/cases/erasure").status_code == 303
    )
    assert mine.folder is not None
    left = {path.name: path.read_bytes() for path in mine.folder.iterdir()}
    assert sorted(left) == sorted(f"{name}.{part}" for name in others for part in ("identity", "story"))
    for n, secret in enumerate((None, *left.values())):
        folder = tmp_path / f"guess{n}"
        folder.mkdir()
        if secret is not None:
            for name in (number, f"{number}.story", f"{number}.identity"):
                (folder / name).write_bytes(secret)
        guess = Keys(mine.master, folder)
        with pytest.raises(RegistryError, match=r"cases\.key_wrong"):
            guess.unwrap(number, wrapped)
        with pytest.raises(RegistryError, match=r"cases\.key_wrong"):
            guess.unwrap(number, own, "identity")
    rest = [mine.derive(purpose) for purpose in ("wrap", "draft", "ticket", "receipt", "address")]
    with psycopg.connect(addresses.owner) as connection:
        rows = connection.execute("SELECT number, wrapped_key FROM case_file").fetchall()
    rest += [mine.unwrap(name, key) for name, key in rows if key is not None]
    assert len(rest) == 8
    for key in rest:
        for sealed, purpose in zip(written, ("story", "point", "identity"), strict=True):
            with pytest.raises(RegistryError, match=r"cases\.key_wrong"):
                keys.unseal(key, sealed, bound_to=f"{purpose}:{number}")


def test_a_secret_is_on_the_disk_before_the_case_is_committed(
    database: Database, town: Town, tmp_path: Path
) -> None:
    mine = Keys(KEYS.master, tmp_path / "secrets")

    def file_and_fail() -> None:
        with database.use_case(SERVICE) as connection:
            filing.file_report(connection, mine, draft(), locale="en", address="192.0.2.1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        file_and_fail()
    paths = list((tmp_path / "secrets").iterdir())
    assert [(path.stat().st_mode & 0o777, path.stat().st_size) for path in paths] == [(0o600, 32)] * 2


@pytest.fixture
def owner(addresses: Addresses) -> Iterator[Database]:
    owner = Database(addresses.owner, pool_size=1)
    yield owner
    owner.dispose()


def as_before(addresses: Addresses, number: str, folder: Path | None, master: bytes = KEYS.master) -> bytes:
    """Put a case back to how earlier releases kept it: one key, wrapped alone or with one secret of the case."""
    secret = secrets_folder.make(folder, number) if folder else b""
    base = Keys(master).derive("wrap")
    wrapper = hmac.new(secret, base, hashlib.sha256).digest() if secret else base
    key, nonce = keys.new_key(), b"n" * 12
    wrapped = nonce + AESGCM(wrapper).encrypt(nonce, key, f"key:{number}".encode())
    with psycopg.connect(addresses.owner) as connection:
        query = """SELECT f.wrapped_key, f.sealed, i.wrapped_key, i.sealed FROM case_file f
            JOIN case_identity i ON i.case_id = f.id WHERE f.number = %s"""
        [(story, sealed, own, identity)] = connection.execute(query, [number]).fetchall()
        change = """UPDATE case_file SET wrapped_key = %s, sealed = %s, sealed_point = NULL, own_keys_since = NULL
            WHERE number = %s"""
        written = keys.unseal(KEYS.unwrap(number, story), sealed, bound_to=f"story:{number}")
        connection.execute(change, [wrapped, keys.seal(key, written, bound_to=f"story:{number}"), number])
        person = keys.unseal(KEYS.unwrap(number, own, "identity"), identity, bound_to=f"identity:{number}")
        change = """UPDATE case_identity SET wrapped_key = NULL, sealed = %s
            WHERE case_id = (SELECT id FROM case_file WHERE number = %s)"""
        connection.execute(change, [keys.seal(key, person, bound_to=f"identity:{number}"), number])
    return key


@pytest.mark.parametrize("secret", [True, False])
def test_cases_of_before_are_sealed_anew_under_keys_of_their_own(
    database: Database, addresses: Addresses, owner: Database, town: Town, tmp_path: Path, *, secret: bool
) -> None:
    mine = Keys(KEYS.master, tmp_path / "secrets")
    number = file(database, draft()).number
    former = as_before(addresses, number, mine.folder if secret else None)
    with database.use_case(town.handler) as connection:
        assert handling.read_case(connection, mine, town.handler, number).story["story"]
        assert handling.read_identity(connection, mine, town.handler, number)
    assert renewal.renew(owner, mine) == renewal.Renewed(1, 0)
    assert renewal.renew(owner, mine) == renewal.Renewed(0, 0)
    with database.use_case(town.handler) as connection:
        assert handling.read_case(connection, mine, town.handler, number).story["story"]
        assert handling.read_identity(connection, mine, town.handler, number)
    with psycopg.connect(addresses.owner) as connection:
        query = """SELECT f.wrapped_key, f.sealed, i.wrapped_key, i.sealed FROM case_file f
            JOIN case_identity i ON i.case_id = f.id"""
        [(story_key, story, own_key, identity)] = connection.execute(query).fetchall()
    one, other = mine.unwrap(number, story_key), mine.unwrap(number, own_key, "identity")
    for key, sealed, purpose in ((former, story, "story"), (former, identity, "identity"),
                                 (one, identity, "identity"), (other, story, "story")):  # fmt: skip
        with pytest.raises(RegistryError, match=r"cases\.key_wrong"):
            keys.unseal(key, sealed, bound_to=f"{purpose}:{number}")


def test_a_renewal_that_is_stopped_goes_on_with_the_rest(
    database: Database,
    addresses: Addresses,
    owner: Database,
    town: Town,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = Keys(KEYS.master, tmp_path / "secrets")
    for _ in range(3):
        as_before(addresses, file(database, draft()).number, None)
    kept = renewal_store.keep

    def stopped(connection: Any, case_id: int, *values: Any, **more: Any) -> None:
        kept(connection, case_id, *values, **more)
        if case_id == waiting[1]:
            raise ZeroDivisionError

    waiting = renewal.waiting(owner, mine)
    monkeypatch.setattr(renewal_store, "keep", stopped)
    with pytest.raises(ZeroDivisionError):
        renewal.renew(owner, mine)
    monkeypatch.setattr(renewal_store, "keep", kept)
    assert renewal.waiting(owner, mine) == waiting[1:]
    assert renewal.renew(owner, mine) == renewal.Renewed(2, 0)


def test_after_a_change_of_the_operators_key_the_old_one_opens_nothing(
    database: Database,
    owner: Database,
    town: Town,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    addresses: Addresses,
) -> None:
    weak, strong = "registry-registry-registry-registry", "Zr8pQv2Lx9Tn4Wb7Kc3Ymd6Hs1Gf5Jt0aUe"
    folder = tmp_path / "secrets"
    old_keys = Keys(weak.encode(), folder)
    number = file(database, draft(), keys=old_keys).number
    monkeypatch.setenv("REGISTRY_CASE_KEY", strong)
    monkeypatch.setenv("REGISTRY_CASE_KEYS", str(folder))
    assert renewal.renew(owner, keys.load(config.load())) == renewal.Renewed(0, 1)
    monkeypatch.setenv("REGISTRY_CASE_KEY_BEFORE", weak)
    both = keys.load(config.load())
    with database.use_case(town.handler) as connection:
        assert handling.read_identity(connection, both, town.handler, number)
    assert renewal.renew(owner, both) == renewal.Renewed(1, 0)
    monkeypatch.delenv("REGISTRY_CASE_KEY_BEFORE")
    with database.use_case(town.handler) as connection:
        assert handling.read_identity(connection, keys.load(config.load()), town.handler, number)
        with pytest.raises(RegistryError, match=r"cases\.key_wrong"):
            handling.read_identity(connection, old_keys, town.handler, number)


@pytest.fixture
def shell(
    addresses: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """A command line of this register with keys in a folder of its own; gives exit code and words."""
    assert addresses.superuser is not None
    values = {
        "REGISTRY_VAR": str(tmp_path), "REGISTRY_LANG": "en", "REGISTRY_CASE_KEY": KEYS.master.decode(),
        "REGISTRY_CASE_KEYS": str(tmp_path / "secrets"), "DATABASE_URL": addresses.app,
        "DATABASE_OWNER_URL": addresses.owner, "DATABASE_SUPERUSER_URL": addresses.superuser,
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(name, value)

    def run(*command: str) -> tuple[int, str]:
        try:
            done = CliRunner().invoke(cli.registry, command, catch_exceptions=False)
        except RegistryError as error:
            return 1, error.code
        return done.exit_code, done.output

    return run


def test_commands_renew_keys_and_name_what_does_not_open(
    database: Database, addresses: Addresses, town: Town, shell: Callable[..., tuple[int, str]]
) -> None:
    number = file(database, draft()).number
    as_before(addresses, number, None)
    code, output = shell("db", "migrate")
    assert (code, "Cases with fresh keys: 1." in output) == (0, True)
    assert shell("keys", "renew", "--json") == (0, '{"cases": 0, "shut": 0}\n')
    with psycopg.connect(addresses.owner) as connection:
        connection.execute("UPDATE case_file SET wrapped_key = 'x'")
    code, output = shell("keys", "renew")
    assert (code, "do not open: 1. Check REGISTRY_CASE_KEY" in output) == (1, True)


def test_a_decided_case_is_archived_without_its_reporter(
    database: Database, addresses: Addresses, town: Town, tmp_path: Path, site: Site
) -> None:
    mine = keys.load(site.app.extensions["registry.settings"])
    receipt = file(database, draft(), keys=mine)
    number = receipt.number
    with database.use_case(town.handler) as connection:
        for n, name in enumerate(("check", "accept"), 1):
            handling.move_case(connection, mine, town.handler, number, handling.MoveRequest(name, n))
    assert periodic.mark_due(database) == 0
    with psycopg.connect(addresses.owner) as connection:
        connection.execute(f"UPDATE case_event SET at = at - {YEARS}")
        [(wrapped,)] = connection.execute("SELECT wrapped_key FROM case_identity").fetchall()
    assert periodic.mark_due(database) == 1
    assert periodic.mark_due(database) == 0
    with database.use_case(SERVICE) as connection:
        assert erasure.tend_secrets(connection, mine) == 1
        assert erasure.tend_secrets(connection, mine) == 0
    assert mine.folder is not None
    assert [path.name for path in mine.folder.iterdir()] == [f"{number}.story"]
    with pytest.raises(RegistryError, match=r"cases\.key_wrong"):
        mine.unwrap(number, wrapped, "identity")
    with database.use_case(town.handler) as connection:
        assert handling.read_case(connection, mine, town.handler, number).story["story"]
        assert handling.read_identity(connection, mine, town.handler, number) is None
    with database.use_case(SERVICE) as connection:
        status = tracking.track(connection, mine, number, receipt.secret or "", address="192.0.2.1")
    assert status is not None
    assert (status.state, status.heard[-1].move) == ("accepted", "archive")
    with database.use_case(town.others["auditor"]) as connection:
        filters = audit.EventFilter(action="delete", object="case_identity")
        assert len(audit.events(connection, filters)[0]) == 1
    handler = site.user("one", (Role.CASE_HANDLER, town.city))
    page = html.unescape(handler.get(f"/cases/{number}").get_data(as_text=True))
    assert erasure.identity_rule().basis("en") in page
    assert erasure.identity_rule().basis("en") in html.unescape(
        handler.get("/cases/erasure").get_data(as_text=True)
    )


def test_the_reporter_asks_and_two_persons_erase(database: Database, town: Town, second: Actor) -> None:
    receipt = file(database, draft())
    assert listed(database, town.handler) == []
    for _ in range(2):
        with database.use_case(SERVICE) as connection:
            status = tracking.wish_erasure(
                connection, KEYS, receipt.number, receipt.secret or "", address="192.0.2.1"
            )
        assert status is not None
        assert status.erasure_wished
        assert [step.move for step in status.heard] == ["file", "wish_erasure"]
    move(database, town.handler, receipt.number, "check", 1)
    assert listed(database, town.handler) == [(receipt.number, "wish", False, False)]
    act(database, town.handler, receipt.number, "propose")
    act(database, second, receipt.number, "approve")
    with database.use_case(second) as connection:
        assert handling.read_case(connection, KEYS, second, receipt.number).story == {}


def test_a_wish_needs_the_secret_and_has_a_limit_of_its_own(database: Database, town: Town) -> None:
    number = file(database, draft()).number
    with database.use_case(SERVICE) as connection:
        for _ in range(tracking.WISHES.most):
            assert tracking.wish_erasure(connection, KEYS, number, "A" * 20, address="192.0.2.1") is None
        with pytest.raises(Limited):
            tracking.wish_erasure(connection, KEYS, number, "A" * 20, address="192.0.2.1")
        assert tracking.track(connection, KEYS, number, "A" * 20, address="192.0.2.1") is None
    assert listed(database, town.handler) == []


@pytest.mark.parametrize("statement", [
    "UPDATE case_file SET erasure_by = {other} WHERE number = '{number}'",
    "SELECT erase_case('{number}')",
])  # fmt: skip
def test_the_database_keeps_one_person_from_doing_both(
    database: Database,
    addresses: Addresses,
    town: Town,
    second: Actor,
    statement: str,
) -> None:
    number = old(database, addresses)
    with pytest.raises(DBAPIError), database.use_case(town.handler) as connection:
        connection.execute(text(statement.format(other=second.user_id, number=number)))


def test_a_case_that_moves_is_due_no_longer(
    database: Database,
    addresses: Addresses,
    town: Town,
    second: Actor,
) -> None:
    number = old(database, addresses)
    act(database, town.handler, number, "propose")
    move(database, second, number, "check", 1)
    assert listed(database, second) == []
    periodic.mark_due(database)
    assert listed(database, second) == []


def test_a_handler_of_the_accused_and_another_citys_erase_nothing(
    database: Database,
    addresses: Addresses,
    town: Town,
) -> None:
    number = old(database, addresses, carriers=["P-CARRIER"])
    act(database, town.handler, number, "propose")
    for actor in (town.handler_of_carrier, town.handler_elsewhere):
        assert listed(database, actor) == []
        with pytest.raises(Conflict):
            act(database, actor, number, "approve")
    for actor in town.others.values():
        with pytest.raises(Forbidden):
            act(database, actor, number, "approve")


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(database, Settings(var_dir=tmp_path))


@pytest.mark.parametrize(
    ("language", "words"), [("en", "this house's own limit"), ("zh-Hans", "本机构自定期限")]
)
def test_the_page_leads_two_handlers_to_the_erasure(
    database: Database,
    addresses: Addresses,
    town: Town,
    site: Site,
    language: str,
    words: str,
) -> None:
    number = old(database, addresses)
    one, other = (
        site.user(name, (Role.CASE_HANDLER, town.city), language=language) for name in ("one", "other")
    )
    page = one.get("/cases/erasure").get_data(as_text=True)
    assert number in page
    assert words in html.unescape(page)
    assert one.post(f"/cases/{number}/erasure", {"act": "approve"}, form="/cases/erasure").status_code == 409
    assert one.post(f"/cases/{number}/erasure", {"act": "propose"}, form="/cases/erasure").status_code == 303
    assert (
        other.post(f"/cases/{number}/erasure", {"act": "approve"}, form="/cases/erasure").status_code == 303
    )
    assert f'href="/cases/{number}"' not in other.get("/cases/erasure").get_data(as_text=True)
    assert other.get(f"/cases/{number}/erasure").status_code == 303
    assert site.user("reg", (Role.REGULATOR, None)).get("/cases/erasure").status_code == 403
