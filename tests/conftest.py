"""One fast private cluster for all test processes, one migrated template, clones of it for tests."""

import fcntl
import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.templating import Environment
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

from infra_registry import demo
from infra_registry.cases import receipt
from infra_registry.cluster import Addresses, Cluster, cluster_addresses
from infra_registry.db import Database, migrate
from infra_registry.parties import passwords
from tests.server import start

TEMPLATE = "registry_template"
SMALL = min(demo.cities(), key=lambda item: sum(item.counts.values()))
# What one process compiles the next need not, whichever directory its register has.
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parents[1] / "var" / "test" / "compiled"))
gc.disable()  # nothing that the imports of all test files make is ever garbage


def pytest_collection_finish() -> None:
    """Let the collector begin, without what all tests share: it would walk through that in vain every time."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running cluster, shared by the workers of a run; stopped by the process that outlives them."""
    shared = os.environ.get("REGISTRY_TEST_CLUSTER")
    if shared:
        yield Cluster(Path(shared), fast=True)
        return
    private = start()
    try:
        yield private
    finally:
        private.destroy()


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """A migrated database that clones are made from."""
    with (cluster.directory / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one test process migrates, the others find it done
        addresses = cluster_addresses(cluster, TEMPLATE)
        migrate(addresses.owner, addresses.superuser)
    return TEMPLATE


@pytest.fixture(scope="session")
def sample_city(cluster: Cluster, template: str) -> str:
    """A database with the smallest sample city, ``SMALL``, that clones are made from."""
    return filled(cluster, template, "sample_city", _load)


def _load(database: Database) -> None:
    assert demo.load(database, SMALL).added > 0


def clone(cluster: Cluster, template: str) -> Addresses:
    """A fresh copy of a database."""
    name = f"t{uuid4().hex[:16]}"
    with psycopg.connect(cluster.url("registry_super", "postgres"), autocommit=True) as connection:
        connection.execute(
            f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER registry_owner STRATEGY file_copy'
        )
    return cluster_addresses(cluster, name)


def filled(cluster: Cluster, template: str, name: str, fill: Callable[[Database], None]) -> str:
    """The database that clones are made from and that ``fill`` has written to, once for all test processes."""
    title = f"registry_{name}"
    with (cluster.directory / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the process that comes second waits, then has it
        with psycopg.connect(cluster.url("registry_super", "postgres"), autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [title]).rowcount:
                return title
        begun = clone(cluster, template)
        database = Database(begun.app)
        try:
            fill(database)
        except BaseException:
            drop(cluster, begun)
            raise
        finally:
            database.dispose()
        with psycopg.connect(cluster.url("registry_super", "postgres"), autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{database_name(begun)}" RENAME TO "{title}"')
    return title


def database_name(addresses: Addresses) -> str:
    """What the server calls the database."""
    return addresses.app.split("?")[0].rsplit("/", 1)[1]


def drop(cluster: Cluster, addresses: Addresses) -> None:
    """Remove a clone, ending what still uses it."""
    with psycopg.connect(cluster.url("registry_super", "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database_name(addresses)}" WITH (FORCE)')


@contextmanager
def cloned(cluster: Cluster, template: str) -> Iterator[Database]:
    """A register of one's own that begins as a copy of ``template``, on the application's log-in."""
    addresses = clone(cluster, template)
    database = Database(addresses.app)
    try:
        yield database
    finally:
        database.dispose()
        drop(cluster, addresses)


@pytest.fixture
def addresses(cluster: Cluster, template: str) -> Iterator[Addresses]:
    """Log-ins of a fresh, migrated, empty register for one test."""
    made = clone(cluster, template)
    try:
        yield made
    finally:
        drop(cluster, made)


@pytest.fixture
def database(addresses: Addresses) -> Iterator[Database]:
    """The fresh register on the application's log-in."""
    made = Database(addresses.app)
    try:
        yield made
    finally:
        made.dispose()


@pytest.fixture(scope="module")
def module_database(cluster: Cluster, template: str) -> Iterator[Database]:
    """A register shared by the tests of one file that only read what a fixture of the file wrote."""
    with cloned(cluster, template) as database:
        yield database


@pytest.fixture(scope="module")
def sample_database(cluster: Cluster, sample_city: str) -> Iterator[Database]:
    """A register with the smallest sample city, shared by the tests of one file."""
    with cloned(cluster, sample_city) as database:
        yield database


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's own directory as the register's, also for what reads the environment."""
    monkeypatch.setenv("REGISTRY_VAR", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="session", autouse=True)
def job_actors() -> None:
    """Jobs run as the user who queued them, as in a worker."""
    import_module("infra_registry.parties.actors")


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Passwords and receipts hashed with argon2's least cost: what is tested is what comes of a match."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", cheap)
        patch.setattr(receipt, "_HASHER", cheap)
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each test makes its own application; what templates and routes compile to is the same for all."""
    cache, create = (
        FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates"))),
        Flask.create_jinja_environment,
    )
    builders, build = {}, Rule._compile_builder

    def with_cache(app: Flask) -> Environment:
        environment = create(app)
        environment.bytecode_cache = cache
        return environment

    def built(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, repr(rule.defaults), append_unknown)
        if key not in builders:
            builders[key] = build(rule, append_unknown)
        return builders[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "create_jinja_environment", with_cache)
        patch.setattr(Rule, "_compile_builder", built)
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of published files, or a skip that says so."""
    folder = os.environ.get("REGISTRY_REAL_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("no real data: set REGISTRY_REAL_DATA")
    return Path(folder)
