"""A streaming replica: shows what the main server wrote within a second, and says where to write."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE, Role
from infra_registry.cluster import Cluster, cluster_addresses
from infra_registry.cluster.backup import _copy_database
from infra_registry.cluster.binaries import find_binaries
from infra_registry.config import Settings
from infra_registry.db import Database, migrate
from infra_registry.parties import record, tokens, users
from infra_registry.parties.login import actor_of
from tests.server import copy_cluster, scratch
from tests.web.site import Site

MAIN = "https://register.example"
PASSWORD = "a long enough secret"


@dataclass(frozen=True)
class Pair:
    """The main register and the pages of its replica."""

    main: Database
    replica: Site
    settings: Settings


@pytest.fixture(scope="module")
def pair(resting_cluster: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    top = scratch("rt-")
    first, twin = Cluster(top / "pg", fast=True), Cluster(top / "twin" / "pg", fast=True)
    copy_cluster(resting_cluster, first.directory)
    first.up()
    addresses = cluster_addresses(first)
    migrate(addresses.owner, addresses.superuser)
    assert addresses.superuser is not None
    copied = top / "copied"
    command = [find_binaries().program("pg_basebackup"), "-d", addresses.superuser, "-D", str(copied), "-R"]
    subprocess.run([*command, "-X", "stream", "-c", "fast"], capture_output=True, check=True)
    twin.directory.mkdir(parents=True)
    _copy_database(copied, twin)
    main, other = Database(addresses.app), Database(cluster_addresses(twin).app)
    try:
        twin.up()
        settings = Settings(var_dir=tmp_path_factory.mktemp("var"), public_address=MAIN)
        yield Pair(main, Site(other, settings), settings)
    finally:
        main.dispose()
        other.dispose()
        twin.destroy()
        first.destroy()
        shutil.rmtree(top, ignore_errors=True)


def visible_after_s(pair: Pair, code: str) -> float:
    """Seconds until the replica's page of organisations shows one that was just committed."""
    started = time.monotonic()
    while code not in pair.replica.visitor().get("/parties").text:
        assert time.monotonic() - started < 10
        time.sleep(0.01)
    return time.monotonic() - started


def test_a_write_is_seen_within_a_second(pair: Pair) -> None:
    took_s = []
    for number in range(5):
        with pair.main.use_case(SERVICE) as connection:
            code = record.create(connection, SERVICE, {"name": f"某单位{number}", "kind": "carrier"})
        took_s.append(visible_after_s(pair, code))
    assert max(took_s) < 1, took_s


def test_pages_are_shown_and_writes_say_where_to_go(pair: Pair) -> None:
    visitor = pair.replica.visitor()
    for path in ("/", "/assets", "/api/v1/assets", "/law", "/map", "/login", "/report"):
        assert visitor.get(path).status_code == 200, path
    answer = visitor.post("/login", {"login": "anna", "password": PASSWORD})
    assert (answer.status_code, MAIN in answer.text) == (503, True)
    assert answer.headers["Retry-After"] == "60"
    chinese = pair.replica.visitor("zh-Hans").post("/login", {"login": "anna", "password": PASSWORD})
    assert f"请改用主站：{MAIN}" in chinese.text


def test_who_is_signed_in_elsewhere_reads_and_cannot_write(pair: Pair) -> None:
    with pair.main.use_case(SERVICE) as connection:
        users.create(connection, SERVICE, users.NewUser("anna", "anna", password=PASSWORD))
        users.give_role(connection, SERVICE, "anna", "security_admin")
    actor = actor_of(pair.main, "anna")
    with pair.main.use_case(actor) as connection:
        token = tokens.make(connection, actor, name="x", scopes=["own.read"], days=9)
    signed_in = Site(pair.main, pair.settings).user("berta", (Role.SECURITY_ADMIN, None))
    with pair.main.use_case(SERVICE) as connection:
        # Long enough ago that the main server would note the use of the session.
        connection.execute(text("UPDATE login_session SET seen_at = now() - interval '5 minutes'"))
        code = record.create(connection, SERVICE, {"name": "最后一个", "kind": "carrier"})
    visible_after_s(pair, code)
    cookie = signed_in.client.get_cookie("session")
    assert cookie is not None
    visitor = pair.replica.visitor()
    visitor.client.set_cookie("session", cookie.value)
    assert visitor.get("/admin/users").status_code == 200
    answer = visitor.post("/admin/users/anna/active", {"active": "0"}, form="/account")
    assert (answer.status_code, MAIN in answer.text) == (503, True)
    bearer = {"Authorization": f"Bearer {token}"}
    assert pair.replica.visitor().get("/api/v1/assets", headers=bearer).status_code == 200
